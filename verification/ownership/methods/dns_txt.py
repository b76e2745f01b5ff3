"""dns-txt: a TXT record at _<brand>-challenge.<domain>, or at a registrable domain itself."""

from __future__ import annotations

import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from core import safehttp
from core.safehttp import Lookup, Policy
from verification.context import Context
from verification.contract import Outcome
from verification.domains import registrable
from verification.ownership import asking
from verification.ownership.asking import Asked
from verification.ownership.tokens import TOKEN, brand

MOST_SERVERS = 3
MOST_RECORDS = 100  # of one name; more are not read
SECONDS = 3.0  # for one question
TOTAL = 20.0  # for all of them
SETTLED = {"NOERROR", "NXDOMAIN"}
FOUND, ABSENT, OTHER, WILDCARD, UNSURE = "found", "absent", "other", "wildcard", "unsure"


@dataclass(frozen=True)
class Told:
    """What one name server says of the name made for this, of the domain itself, and of a name nobody made."""

    server: str
    own: Lookup
    apex: Lookup
    sibling: Lookup


def place(domain: str) -> str:
    """Return the name that the record belongs to."""
    return f"_{brand()}-challenge.{domain}"


def instructions(domain: str, token_id: str, token: str) -> str:
    """Return what has to be published."""
    itself = "The domain itself may carry it instead. " if _is_whole(domain) else ""
    return (
        f'Add this TXT record to the zone of {domain}:\n\n    {place(domain)}. 3600 IN TXT "v=1; t={token}"\n\n'
        f"{itself}Keep it there: it is looked for every week."
    )


def token_of(record: str) -> str:
    """Return the token of a record "v=1; t=TOKEN", "" for the records of others."""
    fields = dict(part.strip().partition("=")[::2] for part in record[:500].split(";") if part.strip())
    token = fields.get("t", "")
    return token if fields.get("v") == "1" and TOKEN.fullmatch(token) else ""


def judge(asked: Asked, told: Sequence[Told], context: Context) -> Outcome:
    """Return what the answers of all name servers mean together: two must agree where there are two."""
    opinions = [_opinion(asked, one) for one in told]
    where = place(asked.name)
    detail: dict[str, Any] = {"servers": [_seen(one, said) for one, said in zip(told, opinions, strict=True)]}
    found, unsure = opinions.count(FOUND), opinions.count(UNSURE)
    answered = len(told) - unsure
    if WILDCARD in opinions:
        return context.say("wildcard_dns", name=asked.name, where=where, detail=detail)
    if answered < min(2, len(told)):
        reason = ", ".join(sorted({lookup.rcode for one in told for lookup in _lookups(one)} - SETTLED))
        return context.say(
            "dns_unanswered", answered=answered, asked=len(told), where=where, reason=reason, detail=detail
        )
    if found == answered:
        return context.say("found", where=where, detail=detail)
    if found:
        return context.say("resolvers_disagree", found=found, asked=answered, detail=detail)
    return context.say("other_token" if OTHER in opinions else "missing", where=where, detail=detail)


def probe(asked: Asked, context: Context) -> Outcome:
    """Ask every name server for itself."""
    policy = context.policy or Policy.from_settings()
    if not policy.enabled:
        return context.say("probes_disabled")
    known = asking.servers(policy)[:MOST_SERVERS]
    if not known:
        return context.say("no_name_server")
    until = time.monotonic() + TOTAL
    sibling = f"_{secrets.token_hex(8)}.{asked.name}"
    told = []
    for address, port in known:
        there = replace(policy, resolver=(address, port))
        answers: list[Lookup] = []
        for name in (place(asked.name), asked.name if _is_whole(asked.name) else "", sibling):
            if not name:
                answers.append(Lookup("NOERROR"))
                continue
            left = min(SECONDS, until - time.monotonic())
            silent = any(answer.rcode == "TIMEOUT" for answer in answers)  # it will not speak now
            answers.append(_ask(name, left, there) if left > 0 and not silent else Lookup("TIMEOUT"))
        told.append(Told(f"{address}:{port}", *answers))
    return judge(asked, told, context)


def _is_whole(domain: str) -> bool:
    """Whether a domain is a registrable one. Another name may be answered for by a wildcard of a zone above it."""
    return registrable(domain) == domain


def _ask(name: str, seconds: float, policy: Policy) -> Lookup:
    return safehttp.lookup(f"{name}.", ("TXT",), seconds=seconds, policy=policy)


def _tokens(lookup: Lookup) -> list[str]:
    return [token for token in map(token_of, lookup.records.get("TXT", ())[:MOST_RECORDS]) if token]


def _lookups(told: Told) -> tuple[Lookup, ...]:
    return told.own, told.apex, told.sibling


def _opinion(asked: Asked, told: Told) -> str:
    """Return what one name server's answers mean.

    No wildcard answers for a registrable domain itself, so a record there needs no sibling. Where an alias leads is
    somebody else's zone, whose server may answer twice differently: the aliases themselves are compared.
    """
    own, apex, sibling = (any(map(asked.fits, _tokens(lookup))) for lookup in _lookups(told))
    if apex and not told.apex.aliases:
        return FOUND
    if own and (sibling or set(told.own.aliases) & set(told.sibling.aliases)):
        return WILDCARD
    if own:
        return FOUND if told.sibling.rcode in SETTLED else UNSURE
    if told.own.rcode not in SETTLED or told.apex.rcode not in SETTLED:
        return UNSURE
    return OTHER if _tokens(told.own) else ABSENT


def _seen(told: Told, opinion: str) -> dict[str, Any]:
    return {
        "server": told.server,
        "said": opinion,
        "rcodes": [lookup.rcode for lookup in _lookups(told)],
        "records": [asking.shown(text) for text in told.own.records.get("TXT", ())[:5]],
        "aliases": list(told.own.aliases[:5]),
        "dnssec": told.own.ad,
    }
