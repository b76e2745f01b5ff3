"""Asks name servers, with a time limit, without search domains and without a cache."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdata
import dns.rdatatype
import dns.resolver

from core.safehttp.policy import Policy


@dataclass(frozen=True)
class Lookup:
    """What the name servers said. Besides DNS's own codes `rcode` may be TIMEOUT, UNREACHABLE, BADNAME, DISABLED."""

    rcode: str
    records: dict[str, tuple[str, ...]] = field(default_factory=dict)  # by type, in the order of the answer
    ad: bool = False  # every answer was marked as authentic (DNSSEC) by the resolver
    aliases: tuple[str, ...] = ()  # where CNAME and DNAME records led, each once; also when nothing is there


def lookup(
    name: str, types: Sequence[str] = ("A", "AAAA"), *, seconds: float = 3.0, policy: Policy | None = None
) -> Lookup:
    """Return the records of `name` for each of `types`, all within `seconds`.

    NOERROR when at least one type has records or every question was answered; otherwise the first failure.
    """
    policy = policy or Policy.from_settings()
    if not policy.enabled:
        return Lookup("DISABLED")
    try:
        resolver = _resolver(policy)
        asked = dns.name.from_text(name)
    except dns.resolver.NoResolverConfiguration:
        return Lookup("UNREACHABLE")
    except (dns.exception.DNSException, UnicodeError, ValueError):
        return Lookup("BADNAME")
    deadline = time.monotonic() + seconds
    rcodes, records, authentic = [], {}, []
    aliases: list[str] = []
    for kind in types:
        rcode, found, ad, through = _ask(resolver, asked, kind, max(deadline - time.monotonic(), 0.001))
        rcodes.append(rcode)
        aliases += through
        authentic.append(ad)
        if found:
            records[kind] = found
        if rcode in {"NXDOMAIN", "TIMEOUT"}:  # no other type exists either, or no time is left
            break
    failures = [rcode for rcode in rcodes if rcode != "NOERROR"]
    rcode = "NOERROR" if records or not failures else failures[0]
    return Lookup(rcode, records, all(authentic), tuple(dict.fromkeys(aliases)))


def name_servers(policy: Policy | None = None) -> tuple[tuple[str, int], ...]:
    """Return address and port of each name server that `lookup` would ask, in order, each once."""
    policy = policy or Policy.from_settings()
    try:
        resolver = _resolver(policy)
    except dns.resolver.NoResolverConfiguration:
        return ()
    return tuple(dict.fromkeys((str(server), resolver.port) for server in resolver.nameservers))


def _resolver(policy: Policy) -> dns.resolver.Resolver:
    resolver = dns.resolver.Resolver(configure=policy.resolver is None)
    if policy.resolver:
        resolver.nameservers, resolver.port = [policy.resolver[0]], policy.resolver[1]
    resolver.search, resolver.domain = [], dns.name.root
    resolver.flags = dns.flags.RD | dns.flags.AD
    resolver.timeout = 1.5  # seconds for one server before the next is tried
    return resolver


def _ask(
    resolver: dns.resolver.Resolver, name: dns.name.Name, kind: str, seconds: float
) -> tuple[str, tuple[str, ...], bool, tuple[str, ...]]:
    try:
        answer = resolver.resolve(name, kind, lifetime=seconds, search=False, raise_on_no_answer=False)
    except dns.resolver.NXDOMAIN as error:
        return "NXDOMAIN", (), False, _aliases(*error.kwargs.get("responses", {}).values())
    except dns.exception.Timeout:
        return "TIMEOUT", (), False, ()
    except dns.resolver.NoNameservers as error:
        return _failure(error), (), False, ()
    except dns.exception.DNSException:
        return "SERVFAIL", (), False, ()
    found = tuple(_text(rdata) for rdata in answer.rrset or ())
    return "NOERROR", found, bool(answer.response.flags & dns.flags.AD), _aliases(answer.response)


def _aliases(*responses: dns.message.Message) -> tuple[str, ...]:
    """Return the targets of all aliases in these answers, lower case."""
    rows = (row for response in responses for row in response.answer)
    aliases = (row for row in rows if row.rdtype in {dns.rdatatype.CNAME, dns.rdatatype.DNAME})
    return tuple(rdata.target.to_text(omit_final_dot=True).lower() for row in aliases for rdata in row)


def _failure(error: dns.resolver.NoNameservers) -> str:
    """Return the rcode of the last server that answered, UNREACHABLE when none could be asked at all."""
    errors = error.kwargs.get("errors") or []
    answered = [response for *_, response in errors if response is not None]
    if answered:
        rcode = answered[-1].rcode()
        if rcode == dns.rcode.REFUSED:  # the resolver that we ask serves us not at all, which says nothing of the name
            return "UNREACHABLE"
        return "SERVFAIL" if rcode == dns.rcode.NOERROR else dns.rcode.to_text(rcode)  # a loop, a broken answer
    return "UNREACHABLE" if all(isinstance(failure, OSError) for _, _, _, failure, _ in errors) else "SERVFAIL"


def _text(rdata: dns.rdata.Rdata) -> str:
    strings = getattr(rdata, "strings", None)  # TXT: its pieces as one text, without quotes
    return b"".join(strings).decode("utf-8", "replace") if strings is not None else rdata.to_text()
