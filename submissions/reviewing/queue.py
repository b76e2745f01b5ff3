"""The queue as its page shows it: what waits, how long, who has it, what a reviewer may not decide."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.db.models.fields.json import KeyTextTransform
from django.utils import timezone

from submissions import services, speakers
from submissions.models import Appeal, Decision, Report, State, Submission

FILTERS = {
    "waiting": "Waiting",
    "unassigned": "Unassigned",
    "mine": "Mine",
    "second": "Second reviewer",
    "listings": "Suspended, to archive",
    "appeals": "Appeals",
    "reports": "Reports",
}


@dataclass(frozen=True)
class Row:
    """One submission of the queue, for one reviewer."""

    submission: Submission
    hindrance: str  # why they may not decide it; "" when they may
    mine: bool
    taken_by: str  # who else has it, "" when nobody has, or since too long

    @property
    def is_free(self) -> bool:
        """Whether the reviewer may take it."""
        return not (self.hindrance or self.mine or self.taken_by)


def counts(reviewer: Any) -> dict[str, int]:
    """Return how much each filter shows, in four statements."""
    since = timezone.now() - services.HELD
    waiting = Q(state=State.IN_REVIEW)
    found = Submission.objects.aggregate(
        waiting=Count("pk", filter=waiting),
        unassigned=Count("pk", filter=waiting & (Q(assigned_to=None) | Q(assigned_at__lt=since))),
        mine=Count(
            "pk",
            filter=Q(state__in=[State.IN_REVIEW, State.APPROVED], assigned_to=reviewer.pk, assigned_at__gte=since),
        ),
        second=Count("pk", filter=Q(state=State.APPROVED)),
    )
    return found | {
        "listings": Decision.objects.unconfirmed().count(),
        "appeals": Appeal.objects.waiting().count(),
        "reports": Report.objects.waiting().count(),
    }


def submissions(show: str, reviewer: Any) -> QuerySet[Submission]:
    """Return the submissions that a filter shows, the riskiest first, then the longest waiting."""
    since = timezone.now() - services.HELD
    if show == "second":
        found = Submission.objects.filter(state=State.APPROVED).order_by("-risk", "state_since", "id")
    elif show == "mine":
        both = Submission.objects.filter(state__in=[State.IN_REVIEW, State.APPROVED])
        found = both.filter(assigned_to=reviewer, assigned_at__gte=since).order_by("-risk", "state_since", "id")
    else:
        found = Submission.objects.waiting()
        if show == "unassigned":
            found = found.filter(Q(assigned_to=None) | Q(assigned_at__lt=since))
    with_words = found.annotate(tagline=KeyTextTransform("tagline", "record"))
    return with_words.select_related("tool", "submitter", "assigned_to").defer("record", "sources")


def rows(found: Sequence[Submission], reviewer: Any) -> list[Row]:
    """Return them as a reviewer sees them, in four statements for any number."""
    known = speakers.interests(reviewer)
    approved = [one.pk for one in found if one.state == State.APPROVED]
    decisions = Decision.objects.filter(submission__in=approved, action="approve").order_by("created_at", "id")
    first = dict(decisions.values_list("submission", "decided_by")) if approved else {}
    return [_row(one, known, reviewer, first.get(one.pk)) for one in found]


def _row(one: Submission, known: speakers.Interests, reviewer: Any, first: int | None) -> Row:
    why = speakers.hindrance(known, one)
    if not why and first is not None and first == reviewer.pk:
        why = "You approved it yourself: somebody else has to agree."
    held = one.assigned_to_id is not None and not is_long_ago(one.assigned_at)
    mine = held and one.assigned_to_id == reviewer.pk
    return Row(one, why, mine, str(one.assigned_to) if held and not mine else "")


def is_long_ago(taken: dt.datetime | None) -> bool:
    """Say whether what was taken then is free again."""
    return taken is None or taken < timezone.now() - services.HELD


def next_for(reviewer: Any) -> Submission | None:
    """Return what this reviewer should look at next: what they took, else the first that is free."""
    mine = list(submissions("mine", reviewer)[:20])
    for row in rows(mine or [], reviewer):
        if not row.hindrance:
            return row.submission
    free = [row for row in rows(list(submissions("unassigned", reviewer)[:50]), reviewer) if row.is_free]
    return free[0].submission if free else None
