"""What people decide about bookings and money; no row of it is edited at the desk."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Sum
from django.utils import timezone

from catalog.models import Tool
from core import audit
from featured import booking as bookings
from featured import refunds, slots
from featured.care import mails, stopping
from featured.models import Booking, Order, Refund
from featured.slots import Place


class Refused(Exception):
    """It cannot be done. The message says why."""


@transaction.atomic
def grant(  # noqa: PLR0913 - by name
    *, tool: Tool, place: Place, first: dt.datetime, count: int, why: str, by: Any
) -> Booking:
    """Give a tool a slot for nothing, the site as its payer. Raises booking.Unavailable."""
    if slots.too_short([place]):
        raise bookings.Unavailable(f"{place.label} has too few tools: no card is shown there. Choose another place.")
    until = timezone.now() + dt.timedelta(hours=1)  # it is booked below, or rolled back
    made = bookings.hold(
        tool=tool, place=place, first=first, count=count, payer=settings.SITE_NAME, until=until,
        kind=Booking.Kind.GRANTED,
    )  # fmt: skip
    bookings.move(made, "book", by=by, why=why)
    detail = {"tool": tool.slug, "place": place.name, "weeks": count}
    audit.record(actor=by, action="featured.granted", obj=made, detail=detail)
    return made


def stop(booking: Booking, *, why: str, by: Any) -> None:
    """End a booking before its time; what is left of it waits for a second person. Raises Refused."""
    at = timezone.now()
    if not stopping.stop(booking, why=why, by=by, at=at, reason=Refund.Why.GOODWILL):
        raise Refused("It is over already, or was stopped meanwhile. Nothing was done.")


def left_of(order: Order) -> int:
    """Return what could still go back of an order, in minor units: paid, less what went back or is on its way."""
    gone = order.refunds.exclude(state__in=[Refund.State.REFUSED, Refund.State.FAILED])
    return order.paid - int(gone.aggregate(all=Sum("amount"))["all"] or 0)


@transaction.atomic
def give_back(order: Order, *, booking: Booking | None, amount: int, why: str, by: Any) -> Refund:
    """Ask for a refund that no rule asks for, on the payment of a booking; a second person has to agree.

    `amount` in minor units, with tax. Raises Refused when less is left of that payment; nothing is asked for then.
    """
    refund = refunds.ask(
        order=order, booking=booking, amount=amount, why=Refund.Why.GOODWILL, sentence=why, by=by, approve=True
    )
    if refund is None or refund.amount != amount:
        raise Refused("Less is left of this payment than you want to give back. Open the order again and look.")
    return refund


def answer(refund: Refund, *, approve: bool, why: str, by: Any) -> None:
    """Let a refund be sent or not. Raises Refused for one's own, and when somebody has answered."""
    if refund.asked_by_id == by.pk:
        raise Refused("You asked for this refund yourself: somebody else has to agree.")
    with transaction.atomic():
        row = Refund.objects.select_for_update(of=("self",)).select_related("order__buyer").get(pk=refund.pk)
        if row.state != Refund.State.TO_APPROVE:
            raise Refused("Somebody has answered meanwhile. Nothing was done.")
        if approve:
            try:
                refunds.approve(row, by)
            except refunds.NotAllowed as error:
                raise Refused(str(error)) from error
        else:
            refunds.refuse(row, by)
            mails.refused(row, why)
    refund.refresh_from_db()
