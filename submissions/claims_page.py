"""One's own proofs as their page shows them: until when each counts, and what happens when it is gone, beforehand."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

from django.utils import timezone

from catalog.models import Tool
from submissions.models import Submission
from submissions.models.submission import OPEN
from verification import ownership
from verification.models import OwnershipChallenge, OwnershipClaim
from verification.models.ownership import GRACE, LOST, MAILED, UNSEEN, ChallengeState, ClaimState, Method
from verification.ownership import owners, scope

DRAWN = {
    ClaimState.UNVERIFIED: "skip",
    ClaimState.PENDING: "unk",
    ClaimState.VERIFIED: "ok",
    ClaimState.STALE: "warn",
    ClaimState.LOST: "fail",
}
WHAT = {
    Method.DNS_TXT: "the record",
    Method.HTTP_FILE: "the file",
    Method.META: "the tag",
    Method.PACKAGE: "the line in the package",
}


@dataclass(frozen=True)
class Told:
    """A sentence, and the moments that stand behind it: [(words, moment)]."""

    first: str
    dates: list[tuple[str, dt.datetime]] = field(default_factory=list)


@dataclass(frozen=True)
class Row:
    """One claim with all that its account should know."""

    claim: OwnershipClaim
    holds: bool
    told: Told
    challenge: OwnershipChallenge | None = None
    tools: list[Tool] = field(default_factory=list)
    submissions: list[Submission] = field(default_factory=list)
    neighbours: list[tuple[OwnershipClaim, bool]] = field(default_factory=list)  # and whether it could be evicted

    @property
    def drawn(self) -> tuple[str, str]:
        """Return its state as (kind, words)."""
        if self.claim.state == ClaimState.VERIFIED and not self.holds:
            return "warn", "Proved, does not count now"
        return DRAWN[ClaimState(self.claim.state)], self.claim.get_state_display()

    @property
    def releasable(self) -> bool:
        """Whether there is anything to give up."""
        return self.claim.state != ClaimState.UNVERIFIED


def rows(user: Any, at: dt.datetime | None = None) -> list[Row]:
    """Return the claims of an account that are more than history: those that hold first, then by name.

    Four statements, and two for each claim that holds: who else has proved the same name.
    """
    at = at or timezone.now()
    claims = list(
        OwnershipClaim.objects.filter(account=user)
        .exclude(state=ClaimState.UNVERIFIED)
        .select_related("account")
        .order_by("name", "method")
    )
    opened = OwnershipChallenge.objects.filter(claim__in=claims, state=ChallengeState.OPEN, expires_at__gt=at)
    challenges = {one.claim_id: one for one in opened.select_related("claim")}
    tools = list(Tool.objects.listed().filter(owners.about(claims)).by_name()) if claims else []
    mine = list(Submission.objects.of(user).filter(state__in=OPEN).latest_first()) if claims else []
    found = [_row(claim, challenges.get(claim.pk), tools, mine, at) for claim in claims]
    return sorted(found, key=lambda row: (not row.holds, row.claim.name, row.claim.method))


def row(claim: OwnershipClaim, at: dt.datetime | None = None) -> Row:
    """Return one claim so."""
    at = at or timezone.now()
    tools = list(Tool.objects.listed().filter(owners.about([claim])).by_name())
    mine = list(Submission.objects.of(claim.account).filter(state__in=OPEN).latest_first())
    return _row(claim, None, tools, mine, at)


def _row(
    claim: OwnershipClaim,
    challenge: OwnershipChallenge | None,
    tools: list[Tool],
    mine: list[Submission],
    at: dt.datetime,
) -> Row:
    holds = claim.holds(at)
    return Row(
        claim=claim,
        holds=holds,
        told=told(claim, at),
        challenge=challenge,
        tools=[one for one in tools if ownership.covers(claim, one.homepage)],
        submissions=[one for one in mine if ownership.covers(claim, str(one.record.get("homepage", "")))],
        neighbours=[(one, _evictable(claim, one)) for one in ownership.neighbours(claim, at)] if holds else [],
    )


def _evictable(claim: OwnershipClaim, other: OwnershipClaim) -> bool:
    """Say whether the page offers to end another account's claim; `ownership.evict` decides."""
    by_dns = claim.method == Method.DNS_TXT and claim.state == ClaimState.VERIFIED
    return by_dns and other.method != Method.DNS_TXT and scope.covers_name(claim, other)


def told(claim: OwnershipClaim, at: dt.datetime) -> Told:
    """Return until when a claim counts and what happens then, with dates; said before it happens."""
    state = ClaimState(claim.state)
    if state == ClaimState.PENDING:
        return Told("Nothing is proved yet, and nothing counts.")
    if state == ClaimState.LOST:
        return Told("It was missing for 30 days, so it counts for nothing. It needs a new token.")
    assert claim.proved_at is not None
    if claim.method == Method.EMAIL:
        end = claim.proved_at + MAILED
        return Told(
            "Nothing stays published that could be looked for, so it ends by itself."
            if at < end
            else "Its 90 days are over, so it counts for nothing. Ask for a new link.",
            [("Counts until", end)],
        )
    what = WHAT[Method(claim.method)]
    if state == ClaimState.STALE:
        assert claim.missing_since is not None
        gone = claim.missing_since + claim.unsure
        return Told(
            f"The last looks did not find {what}. Publish it again and all is as it was; we look every day.",
            [("Missing since", claim.missing_since), ("Counts until", gone + GRACE), ("Lost after", gone + LOST)],
        )
    assert claim.checked_at is not None
    look = claim.next_check_at or claim.checked_at
    return Told(
        f"It counts as long as we find {what}. If it is gone at the next look, you get a mail and nothing changes for"
        f" {GRACE.days} days; after {LOST.days} days it is lost. While we cannot look at all, it counts until the last"
        " date.",
        [
            ("Next look", look), ("If it is gone then: counts until", look + GRACE), ("And is lost after", look + LOST),
            ("If no look can tell: counts until", claim.checked_at + UNSEEN),
        ],
    )  # fmt: skip
