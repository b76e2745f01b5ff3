"""The one place that writes a claim's state: compare-and-set on the old state, and one event for each change."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.db import transaction

from verification.models.ownership import (
    ChallengeState,
    ClaimState,
    OwnershipChallenge,
    OwnershipClaim,
    OwnershipEvent,
)
from verification.ownership.transitions import after
from verification.services import clean_json

NOTHING_PROVED = {"token_id": "", "token_hash": "", "proved_at": None, "next_check_at": None, "missing_since": None}


class Overtaken(Exception):
    """Somebody else changed the claim meanwhile; nothing was written."""


@transaction.atomic
def move(
    claim: OwnershipClaim,
    event: str,
    *,
    at: dt.datetime,
    by: int | None = None,
    detail: Mapping[str, Any] | None = None,
    **facts: Any,
) -> None:
    """Let `event` happen to a claim as it was read, and write it down; `facts` are further fields, `by` an account.

    Raises NotAllowed when a claim in that state cannot, Overtaken when it is in another state by now.
    """
    old, new = claim.state, after(event, claim.state)
    values: dict[str, Any] = {"state": new}
    if new in {ClaimState.UNVERIFIED, ClaimState.PENDING}:
        values |= NOTHING_PROVED
    elif new == ClaimState.VERIFIED:
        values["missing_since"] = None
    elif new == ClaimState.LOST:
        values["next_check_at"] = None
    if new != ClaimState.STALE:
        values["unsure"] = dt.timedelta()
    write(claim, **values | facts)
    if new in {ClaimState.UNVERIFIED, ClaimState.LOST}:
        close(claim, ChallengeState.SUPERSEDED)
    OwnershipEvent.objects.create(
        claim=claim, at=at, event=event, old=old, new=new, by_id=by, detail=clean_json(dict(detail or {}))
    )


def write(claim: OwnershipClaim, **values: Any) -> None:
    """Write fields of a claim if its state and token are as they were read. Raises Overtaken."""
    if "evidence" in values:
        values["evidence"] = clean_json(values["evidence"])
    unchanged = OwnershipClaim.objects.filter(pk=claim.pk, state=claim.state, token_hash=claim.token_hash)
    if not unchanged.update(**values):
        raise Overtaken
    for name, value in values.items():
        setattr(claim, name, value)


def close(claim: OwnershipClaim, state: ChallengeState) -> None:
    """End the open challenge of a claim, if there is one."""
    OwnershipChallenge.objects.filter(claim=claim, state=ChallengeState.OPEN).update(state=state)
