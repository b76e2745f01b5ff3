"""Cancelling by who booked: the slot is free again, and what was paid for the rest of its time goes back."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import transaction
from django.utils import timezone

from featured import booking, refunds, renewals, waitlist, weeks
from featured.models import Booking, Order, Refund
from featured.models.bookings import State

WHY = "You cancelled it; what was paid for the rest of its time goes back."


def gives_back(row: Booking, at: dt.datetime | None = None) -> int:
    """Return what goes back if the booking is cancelled now, in minor units, with tax."""
    return refunds.left(row, at or timezone.now()) if row.state == State.BOOKED and row.order_id else 0


@transaction.atomic
def cancel(row: Booking, *, by: Any) -> bool:
    """Cancel a booking and ask for the refund; say whether that could still be done. Twice is once."""
    booking.lock(row.place)
    if row.order_id:
        Order.objects.select_for_update().get(pk=row.order_id)  # before its bookings, as whoever writes a payment
    row = Booking.objects.select_for_update(of=("self",)).select_related("order").get(pk=row.pk)
    now = timezone.now()
    if row.state != State.BOOKED or row.stops_at <= now:
        return False
    amount = gives_back(row, now)
    if not booking.move(row, "cancel", by=by, why=WHY, ends_at=max(now, row.starts_at)):
        return False
    if row.order and amount:
        refunds.ask(
            order=row.order, booking=row, amount=amount, why=Refund.Why.CANCELLED, sentence=WHY, by=by
        )  # fmt: skip
    if row.order and row.order.kind == Order.Kind.WEEKLY:
        renewals.collect_no_more(row.order)  # who wants this week no more is not charged for the next
    offer_again(row)
    return True


def offer_again(row: Booking) -> None:
    """Ask who waits for the weeks of a booking that is somebody's no more."""
    week = row.starts_at
    while week < row.during.upper:
        waitlist.offer(row.place, week)
        week += weeks.WEEK
