"""A further week for nothing where a card was seen far less than others in its place. docs/billing.md has the rule."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from dataclasses import dataclass
from statistics import median

from django.db import transaction
from django.db.models import Sum

from featured import booking as bookings
from featured import slots, weeks
from featured.booking import Unavailable
from featured.care import mails, stopping
from featured.care.pulse import spans
from featured.models import Booking, Delivery
from featured.models.bookings import State
from featured.models.orders import OrderState

AFTER = dt.timedelta(hours=6)  # from the end until it is measured: counts are written a little later than they happen
TRAILING = dt.timedelta(weeks=4)
ENOUGH = 7  # days of others that a median needs: fewer are unknown
FLOOR = (4, 5)  # 80 percent
SHOWN = (State.BOOKED, State.ENDED, State.CANCELLED, State.STOPPED)
DAY = dt.timedelta(days=1)
AT_ONCE = 200


@dataclass(frozen=True)
class Measured:
    """What a booking delivered on the days that can be compared, and what others did on such days."""

    delivered: int
    expected: float
    days: int

    @property
    def is_short(self) -> bool:
        """Whether it is less than 80 percent."""
        return self.delivered * FLOOR[1] < self.expected * FLOOR[0]


def sweep(at: dt.datetime) -> int:
    """Measure paid bookings that ended six hours ago or earlier, each once; return how many were made good for."""
    due = Booking.objects.filter(
        state=State.ENDED, kind=Booking.Kind.PAID, measured_at=None, during__fully_lt=(at - AFTER, None)
    )
    return sum(look(pk, at) for pk in due.order_by("pk").values_list("pk", flat=True)[:AT_ONCE])


@transaction.atomic
def look(pk: int, at: dt.datetime) -> bool:
    """Measure one booking and make good for it where it was short; False when it was not, or was measured before."""
    bookings.lock(Booking.objects.values_list("place", flat=True).get(pk=pk))  # before the row, as whoever books does
    rows = Booking.objects.select_for_update(of=("self",), skip_locked=True).select_related("order", "tool", "buyer")
    row = rows.filter(pk=pk, measured_at=None, state=State.ENDED).first()
    if row is None:
        return False
    Booking.objects.filter(pk=pk).update(measured_at=at)
    if row.order and row.order.state == OrderState.REFUNDED:
        return False
    measured = measure(row)
    if measured is None or not measured.is_short:
        return False
    if row.tool is None or stopping.lost(row.tool, at):
        return False  # what may not be shown cannot be made good by being shown
    instead = book(row, at)
    mails.made_good(row, instead, measured.delivered, round(measured.expected))
    return instead is not None


def book(row: Booking, at: dt.datetime) -> Booking | None:
    """Book as many weeks again as a booking had, in the next weeks that are free in its place; None when none is.

    Not in the running week, and not later than can be bought.
    """
    place = slots.find(row.place)
    count = (row.during.upper - row.starts_at) // weeks.WEEK
    if place is None or row.tool is None:
        return None
    for first in weeks.upcoming(at=at)[1 : weeks.AHEAD - count + 1]:
        if not bookings.free_positions(place, first, count) or bookings.waited_for(place, first, count):
            continue
        try:
            made = bookings.hold(
                tool=row.tool, place=place, first=first, count=count, payer=row.payer, until=at + DAY, buyer=row.buyer,
                kind=Booking.Kind.MAKE_GOOD, in_place_of=row,
            )  # fmt: skip
        except Unavailable:  # the vendor has a place there already, or somebody was quicker
            continue
        bookings.move(made, "book", booked_at=at, why="In place of what was not delivered.")
        return made
    return None


def measure(row: Booking) -> Measured | None:
    """Compare a booking with the trailing four-week median of its place; None where there is nothing to compare with.

    Day by day: a whole day (UTC) on which it was shown, against the median of the days of other bookings of the place
    in the four weeks before its end on which as many bookings were shown there. Six queries at most.
    """
    end = row.stops_at.date()
    first = min(row.starts_at, row.stops_at - TRAILING).date()
    others = Booking.objects.filter(
        place=row.place, state__in=SHOWN, booked_at__isnull=False, during__overlap=(weeks.start_of(first), row.stops_at)
    )
    others = others.exclude(state__in=[State.CANCELLED, State.STOPPED], ends_at=None)  # stopped before they began
    shown = {one.pk: _days(one, first, end) for one in others.prefetch_related("pauses")}
    own = shown.pop(row.pk, set())
    beside = Counter(day for days in (own, *shown.values()) for day in days)
    seen = _viewable([row.pk, *shown], first, end)
    counted = {day for _, day in seen}  # a day of which the place has no row at all was not counted
    trailing = (row.stops_at - TRAILING).date()
    history: dict[int, list[int]] = defaultdict(list)
    for pk, days in shown.items():
        for day in days:
            if day >= trailing and day in counted:
                history[beside[day]].append(seen.get((pk, day), 0))
    compared = [day for day in own if day in counted and len(history[beside[day]]) >= ENOUGH]
    if not compared:
        return None
    expected = sum(median(history[beside[day]]) for day in compared)
    return Measured(sum(seen.get((row.pk, day), 0) for day in compared), float(expected), len(compared))


def _days(one: Booking, first: dt.date, end: dt.date) -> set[dt.date]:
    """Return the days in [first, end) that a booking was shown on from midnight to midnight."""
    begin, until = max(one.starts_at, one.booked_at or one.starts_at), one.stops_at
    paused = spans(one)
    found, day = set(), first
    while day < end:
        midnight = dt.datetime.combine(day, dt.time(), dt.UTC)
        whole = begin <= midnight and midnight + DAY <= until
        if whole and not any(pause.begin < midnight + DAY and midnight < pause.end for pause in paused):
            found.add(day)
        day += DAY
    return found


def _viewable(keys: list[int], first: dt.date, end: dt.date) -> dict[tuple[int, dt.date], int]:
    """Return how often cards were seen on each day: no more often than served, as browsers alone tell of views."""
    rows = Delivery.objects.filter(booking__in=keys, day__gte=first, day__lt=end).values("booking", "day")
    seen = rows.annotate(seen=Sum("viewable"), served=Sum("rendered")).order_by()
    return {(one["booking"], one["day"]): min(one["seen"], one["served"]) for one in seen}
