"""Money that goes back."""

from __future__ import annotations

import datetime as dt
from typing import Any

from featured.models import Booking, Order, Refund
from featured.money import share


def left(booking: Booking, at: dt.datetime) -> int:
    """Return what was paid for the rest of a booking's time, in minor units, with tax, by the second."""
    end = booking.stops_at
    if booking.order is None or end <= at:
        return 0
    whole = booking.during.upper - booking.starts_at
    rest = end - max(at, booking.starts_at)
    return share(booking.order.paid, int(rest.total_seconds()), int(whole.total_seconds()))


def ask(  # noqa: PLR0913 - what a refund consists of
    *,
    order: Order,
    booking: Booking | None,
    amount: int,
    why: str,
    sentence: str,
    by: Any = None,
    approve: bool = False,
) -> Refund | None:
    """Ask for money to go back; None when nothing is left to."""
    if not amount:
        return None
    return Refund.objects.create(
        order=order, booking=booking, payment=order.payment_intent, amount=amount, currency=order.currency, why=why,
        sentence=sentence, asked_by=by, state="to_approve" if approve else "due",
    )  # fmt: skip
