"""What a buyer is told of a booking: by day and position, beside how the same tool did without it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import NamedTuple

from django.utils import timezone

from catalog.reach import report as reach
from core.plot import Series
from featured.models import Booking, Delivery

BEFORE = 28  # days before a booking, with which it is compared
HEAD = ("day", "position", "rendered", "viewable", "clicks", "filtered", "ctr_percent")


class Counts(NamedTuple):
    """What was counted of a card: docs/sponsored.md says what each number means."""

    rendered: int = 0
    viewable: int = 0
    clicks: int = 0
    filtered: int = 0

    @property
    def ctr(self) -> str:
        """Clicks for each hundred times in view, as "1.25"; "" where it was never in view."""
        return f"{100 * self.clicks / self.viewable:.2f}" if self.viewable else ""


class Line(NamedTuple):
    """One day (UTC) in one position among the sponsored cards of a page."""

    day: dt.date
    position: int
    counts: Counts


@dataclass(frozen=True)
class Report:
    """What a booking delivered from its first day to its last, or to today while it runs."""

    booking: Booking
    first: dt.date
    last: dt.date  # before `first` while it has not begun
    lines: list[Line]  # the first day first
    total: Counts
    before: reach.Totals | None  # of the tool without this booking, in the 28 days before it; None: it is gone
    meanwhile: reach.Totals | None  # of its ordinary cards and its page during the booking

    def series(self, name: str) -> Series:
        """Return a count by day, all positions together, for a plot."""
        days = [self.first + dt.timedelta(days=number) for number in range((self.last - self.first).days + 1)]
        by_day = dict.fromkeys(days, 0)
        for line in self.lines:
            if line.day in by_day:
                by_day[line.day] += int(getattr(line.counts, name))
        return Series({"rendered": "Rendered", "viewable": "Viewable", "clicks": "Clicks"}[name], list(by_day.items()))

    @property
    def served(self) -> Series:
        """Rendered by day."""
        return self.series("rendered")

    @property
    def viewed(self) -> Series:
        """Viewable by day."""
        return self.series("viewable")

    @property
    def clicked(self) -> Series:
        """Clicks by day."""
        return self.series("clicks")

    @property
    def begun(self) -> bool:
        """Whether it has had a day."""
        return self.last >= self.first

    def cells(self) -> list[list[object]]:
        """Return the lines for the CSV file, in the order of HEAD."""
        return [[one.day.isoformat(), one.position, *one.counts, one.counts.ctr] for one in self.lines]


def of(booking: Booking, at: dt.datetime | None = None) -> Report:
    """Return the report of a booking as of `at`. One statement, and four for the tool where it is still there."""
    at = at or timezone.now()
    first = booking.starts_at.astimezone(dt.UTC).date()
    end = min(booking.stops_at, at).astimezone(dt.UTC)
    last = (end - dt.timedelta(microseconds=1)).date()
    counted = Delivery.objects.filter(booking=booking).order_by("day", "position")
    found = counted.values_list("day", "position", "rendered", "viewable", "clicks", "filtered")
    lines = [Line(day, position, Counts(*counts)) for day, position, *counts in found]
    total = Counts(*map(sum, zip(*(one.counts for one in lines), strict=True))) if lines else Counts()
    return Report(
        booking,
        first,
        last,
        lines,
        total,
        _reached(booking, first - dt.timedelta(days=BEFORE), first - dt.timedelta(days=1)),
        _reached(booking, first, last),
    )


def _reached(booking: Booking, first: dt.date, last: dt.date) -> reach.Totals | None:
    """Return how far the tool of a booking reached by its ordinary cards and its page."""
    if booking.tool is None:
        return None
    return reach.for_tool(booking.tool, first, last).total if last >= first else reach.Totals()
