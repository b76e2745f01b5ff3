"""Money that goes back: asked for, approved by a second person where that is needed, sent by a worker."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import transaction
from django.db.models import Sum

from core import audit
from featured import money
from featured.models import Booking, LedgerEntry, Order, Refund


@transaction.atomic
def ask(  # noqa: PLR0913 - one row, its columns by name
    *,
    order: Order,
    booking: Booking | None,
    amount: int,
    why: str,
    sentence: str,
    by: Any = None,
    approve: bool = False,
) -> Refund | None:
    """Ask for money to go back, once for a booking and reason; None when there is nothing to pay back."""
    if amount <= 0:
        return None
    state = Refund.State.TO_APPROVE if approve else Refund.State.DUE
    values: dict[str, Any] = {
        "order": order, "payment": order.payment_intent, "amount": amount, "currency": order.currency,
        "sentence": sentence[:300], "asked_by": by, "state": state,
    }  # fmt: skip
    if why == Refund.Why.GOODWILL:
        found, made = Refund.objects.create(booking=booking, why=why, **values), True
    else:
        found, made = Refund.objects.get_or_create(booking=booking, why=why, defaults=values)
    if made:
        audit.record(actor=by, action="refund.asked", obj=found, detail={"amount": amount, "why": why})
    return found


@transaction.atomic
def approve(refund: Refund, by: Any) -> bool:
    """Let a refund be sent; the database refuses one's own."""
    return _decide(refund, by, Refund.State.DUE, "refund.approved")


@transaction.atomic
def refuse(refund: Refund, by: Any) -> bool:
    """Let a refund not be sent."""
    return _decide(refund, by, Refund.State.REFUSED, "refund.refused")


def left(booking: Booking, at: dt.datetime) -> int:
    """Return what was paid for the rest of a booking's time, with tax, in minor units, by the second, rounded up."""
    if booking.order is None:
        return 0
    entries = booking.entries.filter(kind=LedgerEntry.Kind.PAYMENT)
    paid = int(entries.aggregate(all=Sum("amount"))["all"] or 0)
    second = dt.timedelta(seconds=1)
    whole = (booking.during.upper - booking.starts_at) // second
    rest = -((at - booking.during.upper) // second)
    return money.share(paid, rest, whole)


def _decide(refund: Refund, by: Any, state: str, action: str) -> bool:
    waiting = Refund.objects.filter(pk=refund.pk, state=Refund.State.TO_APPROVE)
    if not waiting.update(state=state, approved_by=by):
        return False
    audit.record(actor=by, action=action, obj=refund)
    return True
