"""What is told of the counts: to owners how far a tool reaches, to editors what people filter by."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass
from typing import NamedTuple

from django.db.models import Count, Q, Sum
from django.utils import timezone

from catalog.facets import FACETS
from catalog.models import FilterDay, Tool, ToolDay, ToolSearch
from catalog.reach.keeping import SEARCH_DAYS

MOST_DAYS = 400
MOST_SEARCHES = 50
ON_DAYS, TIMES = 3, 5  # a search is told when it was counted on so many days, or so often


class Totals(NamedTuple):
    """How often a tool was shown as a card, opened as a page, and left for its own site."""

    impressions: int = 0
    views: int = 0
    visits: int = 0


class Day(NamedTuple):
    """One day (UTC) of a tool."""

    day: dt.date
    counts: Totals


class Search(NamedTuple):
    """Words that led to the page of a tool, how often, and on how many days."""

    text: str
    times: int
    days: int


@dataclass(frozen=True)
class Report:
    """How far a tool reached from the first day to the last; `before`: in as many days before the first."""

    first: dt.date
    last: dt.date
    days: list[Day]  # every day, the first first
    total: Totals
    before: Totals
    channels: dict[str, Totals]  # of the period, by channel
    searches: list[Search]  # most first


def for_tool(tool: Tool, first: dt.date, last: dt.date) -> Report:
    """Return the counts of a tool from one day to another, both included. Two statements.

    Searches are kept for 90 days, and told only when they were counted in this period on 3 days or 5 times, so that
    nobody's own words are. Raises ValueError when the last day is before the first, or more than 400 days apart.
    """
    size = (last - first).days + 1
    if not 1 <= size <= MOST_DAYS:
        raise ValueError(f"A report is of 1 to {MOST_DAYS} days, not of {size}.")
    earlier = first - dt.timedelta(days=size)
    by_day: defaultdict[dt.date, list[Totals]] = defaultdict(list)
    channels: defaultdict[str, list[Totals]] = defaultdict(list)
    before: list[Totals] = []
    rows = ToolDay.objects.filter(tool=tool, day__range=(earlier, last)).order_by("day", "channel")
    for row in rows:
        counts = Totals(row.impressions, row.views, row.visits)
        if row.day < first:
            before.append(counts)
        else:
            by_day[row.day].append(counts)
            channels[row.channel].append(counts)
    dates = [first + dt.timedelta(days=number) for number in range(size)]
    days = [Day(date, _sum(by_day.get(date, []))) for date in dates]
    by_channel = {name: _sum(found) for name, found in channels.items()}
    total = _sum([day.counts for day in days])
    return Report(first, last, days, total, _sum(before), by_channel, _searches(tool, first, last))


def _sum(rows: list[Totals]) -> Totals:
    return Totals(*map(sum, zip(*rows, strict=True))) if rows else Totals()


def _searches(tool: Tool, first: dt.date, last: dt.date) -> list[Search]:
    rows = ToolSearch.objects.filter(tool=tool, day__range=(first, last)).values("text")
    # one row is one day
    counted = rows.annotate(times=Sum("count"), on=Count("day")).filter(Q(on__gte=ON_DAYS) | Q(times__gte=TIMES))
    found = counted.order_by("-times", "text").values_list("text", "times", "on")[:MOST_SEARCHES]
    return [Search(*row) for row in found]


def filters(*, last: dt.date | None = None, days: int = SEARCH_DAYS, unknown: bool = False) -> dict[str, int]:
    """Return how often people narrowed lists by each facet in so many days up to the last (today), most first.

    `unknown` counts only those who asked for the tools for which it is not known. Every facet is there, if with 0; one
    statement.
    """
    last = last or timezone.now().date()
    period = last - dt.timedelta(days=days - 1), last
    rows = FilterDay.objects.filter(day__range=period).order_by("facet").values_list("facet")
    counted = dict(rows.annotate(times=Sum("unknown" if unknown else "count")))
    return dict(sorted(((name, int(counted.get(name, 0))) for name in FACETS), key=lambda pair: (-pair[1], pair[0])))
