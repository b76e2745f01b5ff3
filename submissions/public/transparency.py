"""What was decided, in numbers per month and one by one, without anybody's name.

Small numbers about people are not given: what somebody sent back, rejected, reported or appealed against in a month
with fewer than five of them could be known to be theirs. What is decided about a listed tool is public anyway.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Case, Count, F, Q, QuerySet, Value, When
from django.db.models.functions import Concat, TruncMonth
from django.utils import timezone

from submissions import times
from submissions.models import Appeal, Decision, Move, Report
from submissions.rules import RULES

MONTHS = 12
FEW, FEWER = 5, "fewer than 5"
COLUMNS = {
    "sent": "Sent",
    "approved": "Approved",
    "at_once": "Published at once",
    "changes": "Changes asked for",
    "by_checks": "Sent back by checks",
    "rejected": "Rejected",
    "suspended": "Suspended",
    "archived": "Archived",
    "reinstated": "Listed again",
    "reports": "Reports",
    "followed": "Reports followed",
    "refused": "Reports refused",
    "appeals": "Appeals",
    "overturned": "Overturned",
}
# what counts what single people did, or what was decided about them
ABOUT_PEOPLE = {"changes", "by_checks", "rejected", "reports", "followed", "refused", "appeals", "overturned"}
UNLISTED = "A tool that is not listed"
UNNAMED = {"reject", "dismiss", "act"}  # about somebody's submission or report
LOGGED = ("approve", "reject", "suspend", "archive", "reinstate", "dismiss", "act")


@dataclass(frozen=True)
class Month:
    """One month in numbers."""

    first: dt.datetime
    counts: Counter[str]
    took: times.Measured | None

    @property
    def cells(self) -> list[tuple[str, str]]:
        """Return the columns as (name, what is shown)."""
        return [(name, shown(name, self.counts[name])) for name in COLUMNS]

    @property
    def decided(self) -> int:
        """What reviewers decided about submissions."""
        return self.counts["approved"] + self.counts["changes"] + self.counts["rejected"]


@dataclass(frozen=True)
class Bar:
    """A row of a picture: the width of its bar in per cent, and what is shown beside it."""

    label: str
    value: str
    width: float
    rest: float = 0.0


@dataclass(frozen=True)
class Entry:
    """One decision of the log."""

    when: str
    subject: str
    url: str
    action: str
    rule: str


@dataclass(frozen=True)
class Transparency:
    """All that the page shows."""

    months: Sequence[Month]
    answered: int = 0
    overturned: int = 0
    reasons: Sequence[Bar] = ()
    volume: Sequence[Bar] = ()
    waits: Sequence[Bar] = ()

    @property
    def table(self) -> list[tuple[str, list[str]]]:
        """Return a row for each count: its name, and what is shown of each month."""
        return [(title, [shown(name, month.counts[name]) for month in self.months]) for name, title in COLUMNS.items()]

    @property
    def overturn_rate(self) -> str:
        """How many of the answered appeals were right, in words; said from five answers on."""
        if self.answered < FEW:
            return f"not said: {FEWER} appeals were answered"
        return f"{round(100 * self.overturned / self.answered)}% of {self.answered} answered appeals"


def shown(name: str, count: int) -> str:
    """Return a number as it may be said in public."""
    return FEWER if name in ABOUT_PEOPLE and 0 < count < FEW else f"{count:,}"


def transparency(now: dt.datetime | None = None) -> Transparency:
    """Count the last twelve months, the latest first; a constant number of statements."""
    now = now or timezone.now()
    firsts = _firsts(now)
    counts = _counts(firsts[-1])
    ends = [now + dt.timedelta(seconds=1), *firsts[:-1]]
    months = [
        Month(first, counts.get(first, Counter()), times.measured(first, end))
        for first, end in zip(firsts, ends, strict=True)
    ]
    while len(months) > 1 and not months[-1].counts and months[-1].took is None:
        months.pop()  # before there was anything to decide
    answers = Appeal.objects.filter(decided_at__gte=firsts[-1]).exclude(outcome="")
    answered = answers.aggregate(all=Count("pk"), overturned=Count("pk", filter=Q(outcome="overturned")))
    return Transparency(
        months, answered["all"], answered["overturned"], _reasons(firsts[-1]), _volume(months), _waits(months)
    )


def _firsts(now: dt.datetime) -> list[dt.datetime]:
    """Return the beginnings of the last months, the latest first."""
    first = now.astimezone(dt.UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    found = [first]
    while len(found) < MONTHS:
        first = (first - dt.timedelta(days=1)).replace(day=1)
        found.append(first)
    return found


def _counts(since: dt.datetime) -> dict[dt.datetime, Counter[str]]:
    found: dict[dt.datetime, Counter[str]] = {}

    def add(rows: QuerySet[Any], at: str, **filters: Q) -> None:
        named = {f"n_{name}": Count("pk", filter=one) for name, one in filters.items()}
        by_month = rows.filter(**{f"{at}__gte": since}).annotate(month=TruncMonth(at, tzinfo=dt.UTC))
        for row in by_month.values("month").annotate(**named).order_by("month"):
            month = found.setdefault(row["month"], Counter())
            month.update({name: row[f"n_{name}"] for name in filters})

    human, every = Q(automated=False), ~Q(pk=None)
    add(Move.objects.all(), "at", sent=Q(event="send"))
    # an archiving counts when a second reviewer has agreed to it
    add(
        Decision.objects.all(), "created_at",
        approved=Q(action="approve") & human, at_once=Q(action="approve", automated=True),
        changes=Q(action="request_changes") & human, by_checks=Q(action="request_changes", automated=True),
        rejected=Q(action="reject"), suspended=Q(action="suspend"),
        archived=Q(action="archive", seconded_at__isnull=False), reinstated=Q(action="reinstate"),
        followed=Q(action="act"), refused=Q(action="dismiss"),
    )  # fmt: skip
    add(Report.objects.all(), "created_at", reports=every)
    add(Appeal.objects.all(), "created_at", appeals=every)
    add(Appeal.objects.all(), "decided_at", overturned=Q(outcome="overturned"))
    return found


def _reasons(since: dt.datetime) -> list[Bar]:
    """Return how often each rule was the reason why something was not taken as it was."""
    rows = Decision.objects.filter(created_at__gte=since, automated=False, action__in=["request_changes", "reject"])
    found = rows.values("ground").annotate(count=Count("pk")).order_by("-count", "ground")
    named = [(RULES[row["ground"]].title if row["ground"] in RULES else row["ground"], row["count"]) for row in found]
    most = max((count for _, count in named), default=0)
    return [
        Bar(title, FEWER if count < FEW else f"{count:,}", _width(count if count >= FEW else 0, most))
        for title, count in named
    ]


def _volume(months: Iterable[Month]) -> list[Bar]:
    rows = list(months)
    most = max((month.decided for month in rows), default=0)
    return [Bar(_label(month), f"{month.decided:,}" if month.decided >= FEW or not month.decided else FEWER,
                _width(month.decided if month.decided >= FEW else 0, most)) for month in rows]  # fmt: skip


def _waits(months: Iterable[Month]) -> list[Bar]:
    """Return the median, and beyond it what nine of ten stayed under."""
    rows = [month for month in months if month.took is not None and month.took.n >= FEW]
    most = max((month.took.p90 for month in rows if month.took), default=dt.timedelta(0)).total_seconds()
    found = []
    for month in rows:
        if month.took is None:
            continue
        median, p90 = month.took.median.total_seconds(), month.took.p90.total_seconds()
        words = f"{times.in_words(month.took.median)}, 9 of 10 within {times.in_words(month.took.p90)}"
        found.append(Bar(_label(month), words, _width(median, most), _width(p90 - median, most)))
    return found


def _label(month: Month) -> str:
    return f"{month.first:%b %Y}"


def _width(part: float, whole: float) -> float:
    return round(100 * part / whole, 2) if whole else 0.0


# -- one by one -------------------------------------------------------------------------------------------------------


def logged() -> QuerySet[Decision]:
    """Return the decisions of the public log, latest first; what a second reviewer has not answered is not in it.

    Of a month, those without a name stand behind all others, in the order of their words.
    """
    rows = Decision.objects.filter(action__in=LOGGED).exclude(confirm_by__isnull=False, seconded_at=None, ended_at=None)
    # a proposal to archive that came to nothing had no effect
    rows = rows.exclude(action="archive", seconded_at=None)
    rows = rows.exclude(action="approve", tool=None, submission__tool=None)  # not listed yet: no news so far
    rows = rows.filter(~Q(action__in=UNNAMED) | _often())
    return placed(rows.select_related("tool", "submission__tool")).order_by(F("told").desc(), F("words"), "-id")


def placed(rows: QuerySet[Decision]) -> QuerySet[Decision]:
    """Add as aliases what the log is ordered by, the key of the row last: `told`, falling, then `words`."""
    month = TruncMonth("created_at", tzinfo=dt.UTC)
    # neither does the place of one that has a month only tell the day
    told = Case(When(action__in=UNNAMED, then=month), default=F("created_at"))
    words = Case(When(action__in=UNNAMED, then=Concat("action", Value(" "), "ground")), default=Value(""))
    return rows.alias(told=told, words=words)


def _often() -> Q:
    """Keep what there were at least five of in a month: the log must not tell the numbers that the table does not."""
    rows = Decision.objects.filter(action__in=UNNAMED).annotate(month=TruncMonth("created_at", tzinfo=dt.UTC))
    found = Q(pk__in=())
    for action, month, _ in (
        rows.values_list("action", "month").annotate(number=Count("pk")).filter(number__gte=FEW).order_by("month")
    ):
        after = (month + dt.timedelta(days=32)).replace(day=1)
        found |= Q(action=action, created_at__gte=month, created_at__lt=after)
    return found


def entry(decision: Decision) -> Entry:
    """Return a decision as it stands in the log: nobody's name, and no name of what was never listed.

    Of what is about somebody's submission or report only the month is said.
    """
    tool = decision.tool
    if tool is None and decision.action == "approve" and decision.submission is not None:
        tool = decision.submission.tool  # what became of it
    named = tool is not None and tool.status != "draft" and decision.action not in UNNAMED
    day = decision.created_at.astimezone(dt.UTC)
    rule = RULES[decision.ground].title if decision.ground in RULES else decision.ground
    return Entry(
        f"{day:%Y-%m-%d}" if named else f"{day:%Y-%m}",
        tool.name if tool is not None and named else ("A listed tool" if tool else UNLISTED),
        tool.get_absolute_url() if tool is not None and named and tool.is_listed else "",
        decision.get_action_display(),
        rule,
    )


def as_json(found: Transparency, entries: Iterable[Entry]) -> dict[str, Any]:
    """Return the same for programs; numbers that are not said are null."""
    return {
        "months": [
            {
                "month": f"{month.first:%Y-%m}",
                "counts": {name: None if text == FEWER else month.counts[name] for name, text in month.cells},
                "review_seconds": None
                if month.took is None or month.took.n < FEW
                else {
                    "median": round(month.took.median.total_seconds()),
                    "p90": round(month.took.p90.total_seconds()),
                    "n": month.took.n,
                },
            }
            for month in found.months
        ],
        "appeals": None
        if found.answered < FEW
        else {"answered": found.answered, "overturned": found.overturned},
        "log": [
            {"when": one.when, "subject": one.subject, "url": one.url or None, "action": one.action, "rule": one.rule}
            for one in entries
        ],
    }  # fmt: skip
