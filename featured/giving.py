"""What a payment that just came is given: the slot that was held, another one, or nothing."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

from django.utils import timezone

from featured import booking as bookings
from featured import eligibility, mails, slots, weeks
from featured.models import Booking, Order, Refund
from featured.models.bookings import State

TOO_LATE = dt.timedelta(days=4)  # into its first week: less than three days of a week are not sold for the whole
GONE = "The place was released before the payment came, and somebody else has it now."
PASSED = "The payment came when the week was nearly over."
NOT_LISTED = "The tool was not listed any more when the payment came."
NO_PLACE = "The page with this place is gone."
NO_MORE = "The subscription was ended before this payment came."
HAS_TO_END = frozenset({"stopping", "stopped"})  # featured/renewals.py


class Given(NamedTuple):
    """A booking that is booked now, or None with the reason. `old` is what was held, if it is not that."""

    booking: Booking | None
    sentence: str
    why: str = Refund.Why.SLOT_GONE
    old: str = ""


def give(order: Order) -> Given:
    """Book something for a payment of an order. Call it with the place and the order locked, once for a payment."""
    if order.subscription_state in HAS_TO_END:
        return Given(None, NO_MORE, Refund.Why.CANCELLED)
    rows = list(order.bookings.filter(kind=Booking.Kind.PAID).select_related("tool").order_by("during", "pk"))
    booking = next((one for one in rows if one.state == State.HELD), None)
    if booking is None:
        booking = next((one for one in rows if one.state == State.RELEASED and _unpaid(one)), None)
    if booking is None:
        booking = _further(order, rows)
    if booking is None:
        return Given(None, GONE)
    if why := _hindrance(order, booking):
        _release(booking)
        return Given(None, why, Refund.Why.TAKEN_DOWN)
    return _book(order, booking)


def _hindrance(order: Order, booking: Booking) -> str:
    """Return why a tool may not be shown, "" when it may. What it needed to begin is not asked of each further week."""
    if booking.tool is None or not booking.tool.is_listed:
        return NOT_LISTED
    return eligibility.why_not(booking.tool, order.buyer) if order.paid_at is None else ""


def _book(order: Order, booking: Booking) -> Given:
    late = timezone.now() >= booking.starts_at + TOO_LATE
    if booking.state == State.HELD and not (late and order.kind == Order.Kind.WEEKLY):
        bookings.move(booking, "book", why="It is paid for.")
        return Given(booking, "")
    _release(booking)
    if not late:
        try:
            bookings.move(booking, "rebook", why="It was paid after it was released, and was still free.")
            return Given(booking, "")
        except bookings.Unavailable:
            pass
    if order.may_move or order.kind == Order.Kind.WEEKLY:
        old = f"{mails.time_of(booking)}, position {booking.position}"
        if elsewhere(booking, same_weeks=not late):
            return Given(booking, "", old=old)
    return Given(None, PASSED if late else GONE)


def elsewhere(booking: Booking, *, same_weeks: bool, event: str = "rebook") -> bool:
    """Book another position of the place, or the next weeks in which one is free; say whether there was one."""
    place = slots.find(booking.place)
    if place is None:
        return False
    count = (booking.during.upper - booking.starts_at) // weeks.WEEK
    coming = [one for one in weeks.upcoming()[1:] if one > booking.starts_at]
    firsts = ([booking.starts_at] if same_weeks else []) + coming[: max(0, len(coming) - count + 1)]
    for first in firsts:
        if first in coming and bookings.waited_for(place, first, count):
            continue
        for position in bookings.free_positions(place, first, count):
            try:
                return bookings.move(
                    booking, event, position=position, during=weeks.during(first, count),
                    why="What was held is somebody else's by now; this was the next that is free.",
                )  # fmt: skip
            except bookings.Unavailable:
                continue
    return False


def _release(booking: Booking) -> None:
    if booking.state == State.HELD:
        bookings.move(booking, "release", why="It was not paid for in time.")


def _unpaid(booking: Booking) -> bool:
    """Say whether no payment was ever for this booking."""
    return not booking.entries.exists()


def _further(order: Order, rows: list[Booking]) -> Booking | None:
    """Return a held booking for the week after the last one of a weekly order, for which a payment came unexpected."""
    last = rows[-1] if rows else None
    if order.kind != Order.Kind.WEEKLY or last is None or last.tool is None:
        return None
    return hold_next(order, last, until=timezone.now() + dt.timedelta(minutes=1))


def hold_next(order: Order, last: Booking, *, until: dt.datetime) -> Booking | None:
    """Hold the week after `last` for a weekly order, at the same position; None when it is somebody else's."""
    place = slots.find(last.place)
    if place is None or last.tool is None:
        return None
    first = max(last.during.upper, weeks.upcoming(2)[1])
    try:
        return bookings.hold(
            tool=last.tool, place=place, first=first, payer=order.payer, until=until, buyer=order.buyer, order=order,
            position=last.position,
        )  # fmt: skip
    except bookings.Unavailable:
        return None
