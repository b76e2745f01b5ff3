"""The end of bookings: what was paused is paid back, once, whoever sweeps at the same time."""

from __future__ import annotations

import datetime as dt

from django.db import transaction

from featured import booking as bookings
from featured import money, refunds
from featured.care import mails
from featured.care.pulse import spans
from featured.models import Booking, Order, Refund
from featured.models.bookings import State

OVER = (State.ENDED, State.CANCELLED, State.STOPPED)
AT_ONCE = 500  # rows of one sweep


def sweep(at: dt.datetime) -> int:
    """End what is over at `at`, and settle what has ended by any way; return how many of both."""
    due = Booking.objects.filter(state=State.BOOKED, during__fully_lt=(at, None)).order_by("pk")
    ended = sum(end(pk, at) for pk in due.values_list("pk", flat=True)[:AT_ONCE])
    open_ = Booking.objects.filter(state__in=OVER, settled_at=None, booked_at__isnull=False).order_by("pk")
    return ended + sum(settle(pk, at) for pk in open_.values_list("pk", flat=True)[:AT_ONCE])


@transaction.atomic
def end(pk: int, at: dt.datetime) -> bool:
    """End a booking whose time is over and settle it; False when another sweeper does, or it is not booked any more."""
    row = _locked(pk)
    if row is None or row.during.upper > at or not bookings.move(row, "end"):
        return False
    return settle(pk, at)


@transaction.atomic
def settle(pk: int, at: dt.datetime) -> bool:
    """Pay back what a booking was paused for, and note that this is done; False when it is, or somebody does it now."""
    row = _locked(pk)
    if row is None or row.state not in OVER or row.settled_at:
        return False
    for pause in row.pauses.filter(ended_at=None):
        if pause.began_at < row.stops_at:
            row.pauses.filter(pk=pause.pk).update(ended_at=row.stops_at)
        else:
            pause.delete()  # it stopped in the very moment: nothing was missed
    refund, amount = None, owed(row)
    if row.order and amount:
        sentence = f"{spelled(paused_for(row))} in which the card was not shown."
        refund = refunds.ask(
            order=row.order, booking=row, amount=amount, why=Refund.Why.PAUSED, sentence=sentence
        )  # fmt: skip
    Booking.objects.filter(pk=row.pk).update(settled_at=at)
    if row.state == State.ENDED or refund is not None:
        mails.ended(row, refund, spelled(paused_for(row)) if paused_for(row) else "")
    return True


def paused_for(booking: Booking) -> int:
    """Return for how many seconds a booking was paused within its time; a second that had begun counts whole."""
    until = booking.stops_at
    parts = (min(one.end, until) - max(one.begin, booking.starts_at) for one in spans(booking))
    paused = sum((one for one in parts if one > dt.timedelta()), dt.timedelta())
    return -(-paused // dt.timedelta(seconds=1))


def owed(booking: Booking) -> int:
    """Return what the pauses of a booking are worth: that share of what was paid for it, in minor units, with tax.

    Rounded up. Nothing for what cost nothing; refunds.ask gives no more back than is left of the payment.
    """
    if booking.order is None or not booking.price:
        return 0
    payment = refunds.paid_for(booking)
    whole = (booking.during.upper - booking.starts_at) // dt.timedelta(seconds=1)
    return money.share(payment.amount, paused_for(booking), whole) if payment else 0


def spelled(seconds: int) -> str:
    """Return a length of time in its two largest units: "2 days 3 hours", "45 seconds"."""
    parts = []
    for name, size in (("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1)):
        count, seconds = divmod(seconds, size)
        if count:
            parts.append(f"{count} {name}{'' if count == 1 else 's'}")
    return " ".join(parts[:2]) or "0 seconds"


def _locked(pk: int) -> Booking | None:
    """Return the row, held; its order first, as whoever writes a payment does. None when another sweeper has it."""
    order = Booking.objects.values_list("order", flat=True).get(pk=pk)
    if order and not Order.objects.select_for_update(skip_locked=True).filter(pk=order).exists():
        return None
    rows = Booking.objects.select_for_update(of=("self",), skip_locked=True).filter(pk=pk)
    return rows.select_related("order", "buyer").first()
