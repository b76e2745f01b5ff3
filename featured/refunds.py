"""Money that goes back: asked for, approved where a second person has to, sent by a worker, followed to its end.

A row is written in the transaction of what it is for. Its key is Stripe's idempotency key, so that a worker that dies
between the call and the commit pays nothing twice.
"""

from __future__ import annotations

import datetime as dt
import functools
import logging
from typing import Any

from django.db import transaction
from django.db.models import Sum
from django.utils import timezone

from core import audit
from featured import booking as bookings
from featured import gateway, mails
from featured.answers import Refund as Told
from featured.models import Booking, LedgerEntry, Order, Refund
from featured.models.bookings import State as BookingState
from featured.models.orders import OrderState
from featured.money import share

log = logging.getLogger(__name__)
State, Why, Kind = Refund.State, Refund.Why, LedgerEntry.Kind
LEASE = dt.timedelta(minutes=2)  # longer than a call with its retries takes
PAUSES = (1, 5, 15, 60)  # minutes between tries; then every hour
ONCE = frozenset({Why.CANCELLED, Why.PAUSED, Why.TAKEN_DOWN})  # for a booking: the constraint refund_of_a_kind_once
GOES = (State.TO_APPROVE, State.DUE, State.SENT, State.DONE)  # these are, or may become, money that went back
MONEY_BACK = "All of the money went back."


class NotAllowed(Exception):
    """A decision about a refund that this person may not take, or that was taken already. The message says why."""


def paid_for(booking: Booking) -> LedgerEntry | None:
    """Return the payment that a booking was booked by, None for one that nobody paid."""
    return booking.entries.filter(kind=Kind.PAYMENT).order_by("id").first()


def left(booking: Booking, at: dt.datetime) -> int:
    """Return what was paid for the rest of a booking's time, in minor units, with tax: rounded up, by the second.

    Before its start that is all. Never more than what is left of the payment after other refunds.
    """
    entry = paid_for(booking)
    if entry is None:
        return 0
    begins, ends = booking.starts_at, booking.stops_at
    rest = int((ends - max(at, begins)).total_seconds())
    whole = int((booking.during.upper - begins).total_seconds())
    return min(share(entry.amount, rest, whole), _open_amount(entry))


@transaction.atomic
def ask(  # noqa: PLR0913 - a refund has that many sides
    *,
    order: Order,
    booking: Booking | None,
    amount: int,
    why: str,
    sentence: str,
    by: Any = None,
    approve: bool = False,
    payment: str = "",
) -> Refund | None:
    """Ask for `amount` (minor units, with tax) to go back, at most what is left; None when that is nothing.

    It goes back on the payment of the booking, else that of the order, or just on `payment`. What was asked for a
    booking for this reason already is returned again. `approve`: a second person has to say yes first.
    """
    Order.objects.select_for_update().get(pk=order.pk)
    if booking is not None and why in ONCE:
        known = Refund.objects.filter(booking=booking, why=why).first()
        if known:
            return known
    entry = _payment_of(order, booking, payment)
    amount = min(amount, _open_amount(entry)) if entry else 0
    if entry is None or amount <= 0:
        return None
    made = Refund.objects.create(
        order=order, booking=booking, payment=entry.stripe_id, amount=amount, currency=entry.currency, why=why,
        sentence=sentence[:300], asked_by=by, state=State.TO_APPROVE if approve else State.DUE,
        due_at=timezone.now(),
    )  # fmt: skip
    if approve:
        mails.refund_to_approve(made)
    audit.record(actor=by, action="refund.asked", obj=made, detail={"why": why, "amount": amount})
    return made


def approve(refund: Refund, by: Any) -> Refund:
    """Let a refund go that waits for a second person.

    Raises NotAllowed for who asked for it, for who would get it, and when it is decided.
    """
    if refund.asked_by_id is not None and refund.asked_by_id == by.pk:
        raise NotAllowed("Whoever asked for a refund cannot approve it: somebody else of billing has to.")
    if refund.order.buyer_id is not None and refund.order.buyer_id == by.pk:
        raise NotAllowed("Whoever gets the money cannot approve a refund: somebody else of billing has to.")
    return _decide(refund, State.DUE, by)


def refuse(refund: Refund, by: Any) -> Refund:
    """Let a refund that waits for a second person not happen. Raises NotAllowed when it is decided already."""
    return _decide(refund, State.REFUSED, by)


@transaction.atomic
def _decide(refund: Refund, new: str, by: Any) -> Refund:
    waiting = Refund.objects.filter(pk=refund.pk, state=State.TO_APPROVE)
    if not waiting.update(state=new, approved_by=by if new == State.DUE else None, due_at=timezone.now()):
        raise NotAllowed("This refund was decided already.")
    refund.refresh_from_db()
    action = "refund.approved" if new == State.DUE else "refund.refused"
    audit.record(actor=by, action=action, obj=refund, detail={"amount": refund.amount})
    return refund


def send_due(at: dt.datetime | None = None, most: int = 50) -> int:
    """Send the refunds that are due to Stripe, each once; return how many were tried. Workers share the work."""
    done = 0
    while done < most and gateway.is_on() and (refund := _claim(at or timezone.now())):
        done += 1
        try:
            told = _send(refund)
        except gateway.Refused as error:
            _refused(refund, str(error))
        except gateway.GatewayError as error:
            _again(refund, str(error))
        else:
            landed(told)
    return done


def _send(refund: Refund) -> Told:
    """Pay it back at Stripe, once. Stripe forgets keys after a day, and keeps a 500 under one: so it is looked for."""
    known = _found(refund) if refund.attempts > 1 else None
    if known:
        return known
    send = functools.partial(gateway.create_refund, key=refund.key, payment_id=refund.payment, amount=refund.amount)
    try:
        return send()
    except gateway.Down as error:
        if error.status < 500:
            raise
    return _found(refund) or send(attempt=refund.attempts)


def _found(refund: Refund) -> Told | None:
    """Return what Stripe has of a refund, None when it never made it."""
    return next((one for one in gateway.refunds_of(refund.payment) if one.key == refund.key), None)


@transaction.atomic
def _claim(at: dt.datetime) -> Refund | None:
    due = Refund.objects.filter(state=State.DUE, due_at__lte=at).order_by("due_at", "id")
    refund = due.select_for_update(skip_locked=True).first()
    if refund:
        refund.attempts += 1
        refund.due_at = at + LEASE
        refund.save(update_fields=["attempts", "due_at"])
    return refund


def _again(refund: Refund, error: str) -> None:
    pause = dt.timedelta(minutes=PAUSES[min(refund.attempts, len(PAUSES)) - 1])
    log.warning("A refund was not sent: %s. It is tried again in %s.", error, pause)
    Refund.objects.filter(pk=refund.pk, state=State.DUE).update(due_at=timezone.now() + pause, error=error[:300])


@transaction.atomic
def _refused(refund: Refund, error: str) -> None:
    """Stripe will never do it: a person has to."""
    log.error("Stripe refuses a refund: %s", error)
    if Refund.objects.filter(pk=refund.pk, state=State.DUE).update(state=State.FAILED, error=error[:300]):
        refund.refresh_from_db()
        mails.refund_failed(refund)
        audit.record(actor=None, action="refund.failed", obj=refund, detail={"amount": refund.amount})


def landed(told: Told) -> bool:
    """Write down how a refund stands at Stripe, one made at its desk too; False when its payment is none of ours.

    Safe to say again, and in any order: what Stripe says now is the truth, and money that moved is written once.
    """
    entry = LedgerEntry.objects.filter(kind=Kind.PAYMENT, stripe_id=told.payment).select_related("order").first()
    if entry is None:
        return False
    with transaction.atomic():
        order = Order.objects.select_for_update().get(pk=entry.order_id)
        refund = _row(order, entry, told)
        _write(order, refund, told)
        old, new = refund.state, _state(refund.state, told.status)
        if new != old:
            done_at = timezone.now() if new == State.DONE else None
            Refund.objects.filter(pk=refund.pk).update(state=new, error=told.failure[:300], done_at=done_at)
            refund.refresh_from_db()
            if new == State.FAILED:
                mails.refund_failed(refund)
            elif old not in {State.SENT, State.DONE}:
                mails.refunded(refund)
        settle(order, entry)
        if new != old:
            audit.record(actor=None, action=f"refund.{new}", obj=refund, detail={"amount": told.amount})
    return True


def _state(old: str, status: str) -> str:
    """Return where a refund stands by what Stripe says; what failed stays failed."""
    if status in {"failed", "canceled"} or old == State.FAILED:
        return State.FAILED
    return State.DONE if status == "succeeded" or old == State.DONE else State.SENT


def _row(order: Order, entry: LedgerEntry, told: Told) -> Refund:
    """Return our row of what Stripe tells of; one that was made at Stripe's desk gets one now."""
    refund = Refund.objects.filter(stripe_id=told.id).first()
    if refund is None and told.key:
        refund = Refund.objects.filter(key=told.key, order=order).first()
    if refund is None:
        return Refund.objects.create(
            order=order, booking=entry.booking, payment=entry.stripe_id, amount=told.amount, currency=told.currency,
            why=Why.GOODWILL, sentence="Paid back by this site's staff, at Stripe.", state=State.SENT,
            stripe_id=told.id, created_at=told.created,
        )  # fmt: skip
    if not refund.stripe_id:
        refund.stripe_id = told.id
        refund.save(update_fields=["stripe_id"])
    return refund


def _write(order: Order, refund: Refund, told: Told) -> None:
    """Write what moved into the ledger: the refund, and what came back of it."""
    for kind, amount, moved in (
        (Kind.REFUND, -told.amount, True),
        (Kind.REFUND_FAILED, told.amount, told.status in {"failed", "canceled"}),
    ):
        if moved:
            LedgerEntry.objects.get_or_create(
                kind=kind, stripe_id=told.id,
                defaults={
                    "order": order, "booking": refund.booking, "amount": amount, "currency": told.currency,
                    "why": refund.sentence,
                },
            )  # fmt: skip


def settle(order: Order, entry: LedgerEntry) -> None:
    """Let the order say whether all of its money went back, and stop what a payment booked that went back whole.

    Call it with the order locked. `entry` is the payment.
    """
    net = order.entries.filter(kind__in=[Kind.PAYMENT, Kind.REFUND, Kind.REFUND_FAILED]).aggregate(left=Sum("amount"))
    new = OrderState.REFUNDED if order.paid_at and net["left"] is not None and net["left"] <= 0 else OrderState.PAID
    if order.paid_at and order.state != new:
        Order.objects.filter(pk=order.pk).update(state=new)
    back = _moved(entry, (Kind.REFUND, Kind.REFUND_FAILED))
    if entry.booking is not None and entry.amount and -back >= entry.amount:
        booking = entry.booking
        bookings.stop_instead(booking, why=MONEY_BACK)
        if booking.state in {BookingState.BOOKED, BookingState.SUSPENDED}:
            now = timezone.now()
            ends = {"ends_at": now} if booking.starts_at < now < booking.stops_at else {}
            bookings.move(booking, "stop", why=MONEY_BACK, **ends)
            _no_next(order, booking)


def _no_next(order: Order, stopped: Booking) -> None:
    """Let go of the next week of a subscription whose last paid one went back; its next look ends it at Stripe."""
    paid = (BookingState.BOOKED, BookingState.SUSPENDED, BookingState.ENDED)
    later = order.bookings.filter(state__in=paid, during__startswith__gt=stopped.starts_at)
    if order.kind != Order.Kind.WEEKLY or later.exists():
        return
    for held in order.bookings.filter(state=BookingState.HELD).order_by("pk"):
        bookings.move(held, "release", why=MONEY_BACK)
    Order.objects.filter(pk=order.pk).update(looked_at=None)  # looked at next, not in some hours


def _moved(entry: LedgerEntry, kinds: tuple[str, ...]) -> int:
    """Return the sum of what moved on a payment, negative for what went back."""
    ids = Refund.objects.filter(payment=entry.stripe_id).exclude(stripe_id="").values("stripe_id")
    found = LedgerEntry.objects.filter(kind__in=kinds, stripe_id__in=ids).aggregate(sum=Sum("amount"))
    return int(found["sum"] or 0)


def _open_amount(entry: LedgerEntry) -> int:
    """Return what of a payment has not gone back, by us or by the bank, and is not asked for."""
    banks = LedgerEntry.objects.filter(
        kind__in=[Kind.DISPUTE, Kind.DISPUTE_WON], order=entry.order_id, booking=entry.booking_id
    )
    kept = entry.amount + int(banks.aggregate(sum=Sum("amount"))["sum"] or 0)
    asked = Refund.objects.filter(payment=entry.stripe_id, state__in=GOES).aggregate(sum=Sum("amount"))
    return max(0, kept - int(asked["sum"] or 0))


def _payment_of(order: Order, booking: Booking | None, payment: str) -> LedgerEntry | None:
    entries = order.entries.filter(kind=Kind.PAYMENT).order_by("id")
    if payment:
        return entries.filter(stripe_id=payment).first()
    if booking is not None:
        return entries.filter(booking=booking).first()
    return entries.first()
