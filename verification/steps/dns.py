"""The name resolves, and to addresses of the public internet."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from core import safehttp
from core.safehttp import Lookup
from core.templatetags.ui import plural
from verification.context import Context
from verification.contract import Code, Listing, Outcome, Step, Subject
from verification.domains import host_of, registrable
from verification.robots import origin_of
from verification.verdicts import Verdict


def origin(listing: Listing) -> Sequence[Subject]:
    """Return the origin of the home page over https: one piece of work for all tools of one host."""
    host = host_of(listing.homepage)
    return (Subject(f"https://{host}/"),) if host else (Subject(origin_of(listing.homepage)),)


def check(context: Context) -> Outcome:
    """Look the host up; name servers and mail servers are asked of its registrable domain."""
    host = host_of(context.subject.address)
    own = context.lookup(host)
    failed = _failed(context, host, own)
    if failed is not None:
        return failed
    addresses = [*own.records.get("A", ()), *own.records.get("AAAA", ())][:50]
    detail: dict[str, Any] = {"addresses": addresses, "dnssec": own.ad}
    if not addresses:
        return context.say("no_address", host=host, detail=detail)
    detail |= _facts(context, host)
    refused = {ip: safehttp.refusal(ip, context.policy) for ip in addresses}
    private = [ip for ip, why in refused.items() if why]
    if private:
        detail["private"] = {ip: str(why)[:100] for ip, why in refused.items() if why}
        code = "private_address" if len(private) == len(addresses) else "mixed_addresses"
        return context.say(code, host=host, ip=private[0], detail=detail)
    return context.say("resolves", host=host, addresses=plural(len(addresses), "address,addresses"), detail=detail)


def _failed(context: Context, host: str, own: Lookup) -> Outcome | None:
    if own.rcode == "NOERROR":
        return None
    if own.rcode == "NXDOMAIN":
        return context.say("no_such_name", host=host)
    if own.rcode == "DISABLED":
        return context.say("probes_disabled")
    if own.rcode == "BADNAME":
        return context.say("bad_name", host=host)
    if own.rcode == "UNREACHABLE":
        return context.say("our_side", reason="our name server cannot be reached.")
    code = "no_answer" if own.rcode == "TIMEOUT" else "servers_failed"
    return context.say(code, host=host, rcode=own.rcode, detail={"rcode": own.rcode})


def _facts(context: Context, host: str) -> dict[str, Any]:
    domain = registrable(host)
    found = {kind.lower(): list(records)[:20] for kind, records in context.lookup(host, ("CNAME",)).records.items()}
    more = context.lookup(domain, ("NS", "MX"))
    found |= {kind.lower(): list(records)[:20] for kind, records in more.records.items()}
    return {"domain": domain, "mx_known": more.rcode == "NOERROR"} | found


P, F = Verdict.PASS, Verdict.FAIL
STEP = Step(
    key="dns",
    title="The name resolves",
    group="site",
    proves="The host's name leads to addresses of the public internet.",
    codes={
        "resolves": Code(P, "{host} has {addresses} of the public internet."),
        "no_address": Code(F, "The name {host} exists but has no address."),
        "private_address": Code(F, "{host} leads to {ip}, which is not on the public internet."),
        # some visitors reach it, others are sent into their own network
        "mixed_addresses": Code(F, "One of the addresses of {host} is {ip}, which is not on the public internet."),
        "bad_name": Code(F, "{host} is not a valid host name."),
        "servers_failed": Code(F, "The name servers of {host} failed ({rcode}).", soft=True),
        "no_answer": Code(F, "The name servers of {host} did not answer in time.", soft=True),
    },
    check=check,
    shared=True,
    subjects=origin,
    asks_names=True,
)
