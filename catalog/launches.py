"""Newly launched: which tools came out in a period, and an honest sentence when none is known to have."""

from __future__ import annotations

import datetime as dt
from calendar import monthrange
from dataclasses import dataclass

from django.db.models import Count, Q

from catalog import launch
from catalog.models.tool import ToolQuerySet

PERIODS = {"today": "Today", "week": "Last 7 days", "month": "This month", "year": "This year"}


@dataclass(frozen=True)
class Tab:
    """A period with the number of tools known to have launched in it."""

    name: str
    label: str
    count: int
    current: bool


def bounds(name: str, today: dt.date) -> tuple[dt.date, dt.date]:
    """Return the first and last day of a period of PERIODS. Raises KeyError for another name."""
    return {
        "today": (today, today),
        "week": (today - dt.timedelta(days=6), today),
        "month": (today.replace(day=1), today.replace(day=monthrange(today.year, today.month)[1])),
        "year": (dt.date(today.year, 1, 1), dt.date(today.year, 12, 31)),
    }[name]


def launched_in(name: str, tools: ToolQuerySet, today: dt.date) -> ToolQuerySet:
    """Keep the tools whose whole stated launch period lies in the period, newest first."""
    return tools.launched_between(*bounds(name, today)).newest()


def counts(tools: ToolQuerySet, today: dt.date) -> dict[str, int]:
    """Return how many tools are known to have launched in each period, by one statement."""
    inside = {name: bounds(name, today) for name in PERIODS}
    found: dict[str, int] = tools.aggregate(
        **{
            name: Count("pk", filter=Q(launched_on__gte=first, launched_until__lte=last))
            for name, (first, last) in inside.items()
        }
    )
    return found


def tabs(found: dict[str, int], current: str) -> list[Tab]:
    """Return all periods with their counts."""
    return [Tab(name, label, found[name], name == current) for name, label in PERIODS.items()]


def liveliest(found: dict[str, int]) -> str:
    """Return the period to open with: this month, else this year, else what was added last ("added")."""
    return next((name for name in ("month", "year") if found[name]), "added")


def empty_sentence(name: str, tools: ToolQuerySet) -> str:
    """Return what to say when nothing is known to have launched in the period."""
    when = {"today": "today", "week": "in the last 7 days", "month": "this month", "year": "this year"}[name]
    dated = tools.exclude(launched="")
    latest = dated.newest().first()
    known = f"A launch date is known for {dated.count():,} of {tools.count():,} tools"
    if latest is None:
        return f"No listed tool is known to have launched {when}. {known}."
    return (
        f"No listed tool is known to have launched {when}. "
        f"{known}; the latest is {latest.name}, {launch.shown(latest.launched)}."
    )
