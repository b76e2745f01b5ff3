"""One look at what should be published, whatever the method."""

from __future__ import annotations

import datetime as dt
import math
from typing import Any

from core.safehttp import Policy
from verification import redaction
from verification.context import Context, Gate
from verification.contract import Outcome
from verification.models.ownership import Method, OwnershipClaim
from verification.ownership import tokens
from verification.ownership.asking import Asked, context_for
from verification.ownership.methods import WAYS
from verification.polite import PoliteGate, Postponed
from verification.services import clean_json


def context(claim: OwnershipClaim, *, gate: Gate | None = None, policy: Policy | None = None) -> Context:
    """Return what a claim's probe asks with; by default politely, without a daily budget: a person waits."""
    way = WAYS[Method(claim.method)]
    return context_for(claim.name, gate or PoliteGate(asked_for=True), limits=way.limits, policy=policy)


def look(claim: OwnershipClaim, *, token_id: str, token_hash: str, at: dt.datetime, asks: Context) -> Outcome:
    """Look for the token whose hash this is; return what was seen. Needs no transaction, and should have none."""

    def fits(text: str) -> bool:
        bound = tokens.token_hash(text, account=claim.account_id, name=claim.name, method=claim.method)
        return tokens.same(token_hash, bound)

    try:
        return WAYS[Method(claim.method)].probe(Asked(claim.name, token_id, fits, at, claim.proved_at), asks)
    except Postponed as wait:
        return asks.say("no_turn", key=wait.key, seconds=math.ceil(wait.seconds))


def evidence(outcome: Outcome, at: dt.datetime) -> dict[str, Any]:
    """Return what is kept of a look, without secrets: addresses to which a site redirects may hold some."""
    return {
        "at": at.isoformat(timespec="seconds"),
        "verdict": str(outcome.verdict),
        "code": outcome.code,
        "sentence": redaction.text(outcome.sentence),
        "seen": redaction.strings(clean_json(dict(outcome.detail))),
    }
