"""Looking again, every week: what is missing becomes stale, then lost; what could not be told changes nothing.

Claims are rows with a due date, taken one by one with FOR UPDATE SKIP LOCKED and put back for an hour while somebody
looks, so that two workers never look at one, and a killed one delays it only.
"""

from __future__ import annotations

import datetime as dt
import logging
import time
from collections import Counter
from typing import Any

from django.db import DatabaseError, transaction
from django.utils import timezone

from core.safehttp import Policy
from verification.context import Gate
from verification.contract import Outcome
from verification.models.ownership import (
    LOST,
    MAILED,
    ChallengeState,
    ClaimState,
    Method,
    OwnershipChallenge,
    OwnershipClaim,
    Scope,
)
from verification.ownership import looking, mails, marks, rdap
from verification.ownership.moves import Overtaken, move, write
from verification.ownership.services import EVERY, expire
from verification.polite import PoliteGate, Postponed
from verification.verdicts import Verdict

log = logging.getLogger(__name__)

LEASE = dt.timedelta(hours=1)
MISSING_EVERY = dt.timedelta(days=1)
UNSURE_EVERY = dt.timedelta(hours=6)
FAILURES = (DatabaseError, ArithmeticError, AttributeError, LookupError, OSError, TypeError, ValueError)
SECONDS = 240.0  # a sweep ends after; the rest is due in the next one
BATCH = 200


def recheck_due(
    at: dt.datetime | None = None, *, gate: Gate | None = None, policy: Policy | None = None, seconds: float = SECONDS
) -> dict[str, int]:
    """Look at every claim that is due at `at` (now), and close challenges that ran out; return how many by verdict."""
    at, until = at or timezone.now(), time.monotonic() + seconds
    done: Counter[str] = Counter()
    overdue = OwnershipChallenge.objects.filter(state=ChallengeState.OPEN, expires_at__lte=at).order_by("expires_at")
    for challenge in overdue[:BATCH]:
        done["expired"] += expire(challenge, at=at)
    while time.monotonic() < until and (claim := _take(at)) is not None:
        try:
            done[str(recheck(claim, at=at, gate=gate, policy=policy).verdict)] += 1
        except Overtaken:
            done["overtaken"] += 1
        except FAILURES:  # of one claim; it is due again when its hour is over, and the others have their turn
            log.exception("Ownership claim %s could not be looked at.", claim.pk)
            done["failed"] += 1
    return dict(done)


@transaction.atomic
def _take(at: dt.datetime) -> OwnershipClaim | None:
    """Take the claim that has waited longest, for an hour."""
    claim = OwnershipClaim.objects.due(at).select_for_update(skip_locked=True, of=("self",)).first()
    if claim is not None:
        claim.next_check_at = at + LEASE
        claim.save(update_fields=["next_check_at"])
    return claim


def recheck(
    claim: OwnershipClaim, *, at: dt.datetime | None = None, gate: Gate | None = None, policy: Policy | None = None
) -> Outcome:
    """Look at one claim that is verified or stale, and write what follows. Raises Overtaken when it was changed."""
    at = at or timezone.now()
    asks = looking.context(claim, gate=gate or PoliteGate(), policy=policy)
    known, registered = "not checked: packages have none", None
    if claim.scope != Scope.PACKAGE:
        try:
            registered, known = rdap.ask(claim.name, gate or PoliteGate(asked_for=True), policy=policy)
        except Postponed as wait:
            known = f"not known: {wait.key} has to be left alone for {wait.seconds:.0f} seconds"
    assert claim.proved_at is not None
    if registered is not None and registered > claim.proved_at:
        proved = f"{claim.proved_at:%Y-%m-%d}"
        outcome = asks.say("domain_reregistered", domain=known, registered=f"{registered:%Y-%m-%d}", proved=proved)
    else:
        outcome = looking.look(claim, token_id=claim.token_id, token_hash=claim.token_hash, at=at, asks=asks)
    seen = {**looking.evidence(outcome, at), "registered": registered.isoformat() if registered else known}
    _apply(claim, outcome, seen, at)
    return outcome


@transaction.atomic
def _apply(claim: OwnershipClaim, outcome: Outcome, seen: dict[str, object], at: dt.datetime) -> None:
    facts: dict[str, Any] = {"evidence": seen, "tried_at": at}
    detail = {"code": outcome.code, "sentence": outcome.sentence}
    if outcome.code == "domain_reregistered":
        move(claim, "domain_reregistered", at=at, detail=detail, **facts)
        mails.reset(claim, at, outcome.sentence)
    elif outcome.verdict == Verdict.INCONCLUSIVE:
        unsure = claim.unsure
        if claim.state == ClaimState.STALE and claim.tried_at:
            unsure += max(at - claim.tried_at, dt.timedelta())  # the clock stands still since the last look
        write(claim, next_check_at=at + UNSURE_EVERY, unsure=unsure, **facts)
        if claim.holds(at):
            return  # as before, so the marks are
    elif outcome.verdict == Verdict.PASS:
        again = at + EVERY
        if claim.method == Method.EMAIL and claim.proved_at is not None:
            again = min(again, claim.proved_at + MAILED)  # it ends then, and so do its marks
        facts |= {"checked_at": at, "next_check_at": again}
        if claim.state == ClaimState.STALE:
            move(claim, "seen_again", at=at, detail=detail, **facts)
        else:
            write(claim, **facts)
    elif claim.state == ClaimState.VERIFIED:
        move(
            claim, "missing", at=at, detail=detail, missing_since=at, checked_at=at, next_check_at=at + MISSING_EVERY,
            **facts,
        )  # fmt: skip
        mails.missing(claim, at, outcome.sentence)
    elif claim.missing_for(at) >= LOST:
        move(claim, "lost", at=at, detail=detail, checked_at=at, **facts)
        mails.lost(claim, at, outcome.sentence)
    else:
        write(claim, checked_at=at, next_check_at=at + MISSING_EVERY, **facts)
    marks.note(claim, at=at)
