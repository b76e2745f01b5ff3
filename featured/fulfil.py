"""What was paid is booked: one function for the webhook, the page that buyers come back to, sweeps and reconcile.

It may be called at any time, several times, at once and for no reason: it asks Stripe afresh, and writes what is not
written yet. Two that look at the same time do not overtake each other: who comes second looks again.
"""

from __future__ import annotations

import datetime as dt
import logging
from dataclasses import dataclass, field

from django.db import models, transaction
from django.utils import timezone

from core import audit
from featured import booking as bookings
from featured import gateway, mails, refunds, renewals
from featured.answers import Payment
from featured.giving import Given, give
from featured.looking import Seen, look
from featured.models import Booking, LedgerEntry, Order, Refund
from featured.models.bookings import State
from featured.models.orders import OrderState
from featured.money import money

log = logging.getLogger(__name__)
LOOKS = 6  # before somebody else is left to it
NOT_PAID = "It was not paid for in time."
TWICE = "It was paid twice: this is the second payment, all of it."


class Busy(gateway.Down):
    """Others deal with this order just now; they, or the next look, see to it."""


@dataclass
class After:
    """What has to be said to Stripe once all is written. Said again by the next look, if it does not arrive."""

    cancel: list[str] = field(default_factory=list)  # subscriptions, now
    let_end: list[str] = field(default_factory=list)  # subscriptions, when their paid week ends

    def say(self) -> None:
        """Say it. Raises gateway.GatewayError."""
        for id in self.cancel:
            gateway.cancel_subscription(id)
        for id in self.let_end:
            gateway.cancel_at_period_end(id)


def order(order: Order, *, session: str = "", give_up: bool = False) -> Order:
    """Ask Stripe about an order and write what is new; return the order as it is then.

    `session` is a page of Stripe's that somebody told of. `give_up`: an order of which no page is open is over now,
    not only when its time is. Raises gateway.GatewayError when Stripe does not answer: nothing is lost by that.
    """
    for _ in range(LOOKS):
        before = Order.objects.get(pk=order.pk)
        seen = look(before, session)
        after = _write(before, seen, give_up)
        if after is not None:
            after.say()
            return Order.objects.get(pk=order.pk)
    raise Busy("This order is busy just now")


def by_key(key: str, *, session: str = "") -> Order | None:
    """Do the same for the order of this key; None when there is none."""
    found = Order.objects.filter(key=key).first() if key else None
    return order(found, session=session) if found else None


def by_payment(id: str) -> Order | None:
    """Return the order that a payment is of, with that payment written; None for a payment that is not ours."""
    entry = LedgerEntry.objects.filter(kind=LedgerEntry.Kind.PAYMENT, stripe_id=id).select_related("order").first()
    if entry is not None:
        return entry.order
    found = by_key(gateway.order_of_payment(id)) if id else None
    known = LedgerEntry.objects.filter(kind=LedgerEntry.Kind.PAYMENT, stripe_id=id)
    return found if found and known.exists() else None


@transaction.atomic
def _write(before: Order, seen: Seen, give_up: bool) -> After | None:
    """Write what is new; return what has to be said to Stripe then, None when somebody else wrote meanwhile."""
    place = before.bookings.order_by("id").values_list("place", flat=True).first()
    if place:
        bookings.lock(place)  # first, as everybody who holds or gives slots
    row = Order.objects.select_for_update(of=("self",)).select_related("buyer").get(pk=before.pk)
    if row.looked_at != before.looked_at:
        return None
    row.looked_at = timezone.now()
    _remember(row, seen)
    after = After(cancel=list(seen.surplus))
    new = [(one, False) for one in seen.payments] + [(one, True) for one in seen.extra]
    for payment, extra in new:
        _payment(row, payment, extra=extra)
    if seen.subscription is not None:
        wish = renewals.keep(row, seen.subscription, seen.unpaid)
        if wish is not renewals.Wish.KEEP:
            (after.cancel if wish is renewals.Wish.CANCEL else after.let_end).append(seen.subscription.id)
    elif row.state == OrderState.OPEN and seen.over and (give_up or seen.sessions or row.expires_at < row.looked_at):
        _expire(row)
    row.save()
    return after


def _remember(row: Order, seen: Seen) -> None:
    """Keep the ids that later questions need."""
    paid = [one for one in seen.sessions if one.paid]
    for one in paid or seen.sessions[-1:]:
        if not row.session_id or one in paid:
            row.session_id = one.id
        row.session_url = "" if one.status != "open" else one.url
        row.customer_id = row.customer_id or one.customer
        break
    if seen.subscription is not None:
        row.subscription_id = seen.subscription.id
        row.customer_id = row.customer_id or seen.subscription.customer
        row.subscription_state = renewals.state_of(row, seen.subscription)


def _payment(row: Order, payment: Payment, *, extra: bool) -> None:
    """Write a payment that is not written yet, and book for it, or give it back."""
    if row.entries.filter(kind=LedgerEntry.Kind.PAYMENT, stripe_id=payment.id).exists():
        return
    first = row.paid_at is None
    given = Given(None, "") if extra else give(row)
    LedgerEntry.objects.create(
        order=row, booking=given.booking, kind=LedgerEntry.Kind.PAYMENT, amount=payment.amount,
        currency=payment.currency, stripe_id=payment.id, at=payment.at,
    )  # fmt: skip
    if first:
        row.state, row.paid_at = OrderState.PAID, payment.at
        row.payment_intent = payment.id
    elif row.state == OrderState.REFUNDED and not extra:
        row.state = OrderState.PAID  # a further week of a subscription, whose weeks before went back
    row.receipt_url = payment.receipt_url or row.receipt_url
    row.paid, row.tax = row.paid + payment.amount, row.tax + payment.tax
    row.save()
    _check(row, payment)
    _tell(row, payment, given, extra)
    detail = {"amount": payment.amount, "currency": payment.currency, "booked": given.booking is not None}
    audit.record(actor=None, action="order.paid", obj=row, detail=detail)


def _tell(row: Order, payment: Payment, given: Given, extra: bool) -> None:
    """Tell the buyer what a payment led to; pay back what led to nothing, and alert billing."""
    if given.booking is not None:
        mails.paid(row, given.booking, payment=payment.id, amount=payment.amount)
        if given.old:
            mails.moved(row, given.booking, payment=payment.id, old=given.old)
        return
    why, sentence = (Refund.Why.TWICE, TWICE) if extra else (Refund.Why(given.why), given.sentence)
    refunds.ask(order=row, booking=None, amount=payment.amount, why=why, sentence=sentence, payment=payment.id)
    mails.gone(row, payment=payment.id, why=sentence, amount=payment.amount)
    mails.alert(
        "gone", payment.id, what=f"{money(payment.amount, payment.currency)} were paid for nothing and go back",
        then=sentence, order=row,
    )  # fmt: skip
    log.warning("A payment of order %s is paid back: %s", row.key, sentence)


def _check(row: Order, payment: Payment) -> None:
    """Say aloud when Stripe took another amount than was agreed: prices differ, or somebody changed one there."""
    weeks = 1 if row.kind == Order.Kind.WEEKLY else row.weeks
    if (payment.amount - payment.tax, payment.currency) != (row.unit_price * weeks, row.currency):
        log.error(
            "Order %s is %s without tax, and Stripe took %s of it: look at the prices there.",
            row.key, money(row.unit_price * weeks, row.currency), money(payment.amount - payment.tax, payment.currency),
        )  # fmt: skip


def _expire(row: Order) -> None:
    """Let go of an order that nobody paid or can pay any more."""
    row.state = OrderState.EXPIRED
    row.save()
    for held in row.bookings.filter(state=State.HELD).order_by("pk"):
        bookings.move(held, "release", why=NOT_PAID)


def pending(at: dt.datetime) -> list[Order]:
    """Return the orders that Stripe has to be asked about, should no webhook tell of them (security.md 2.3).

    Open ones that were not looked at for two minutes, once their page was opened or their time is over; and weekly
    ones whose buyer has left the site, that hold no next week, or whose subscription has to end.
    """
    old = at - dt.timedelta(minutes=2)
    opened = Order.objects.filter(state=OrderState.OPEN).exclude(session_id="", expires_at__gt=at)
    fresh = opened.filter(created_at__gt=old)
    found = list(opened.exclude(pk__in=fresh).exclude(looked_at__gt=old).order_by("looked_at", "pk")[:50])
    held = Booking.objects.filter(order=models.OuterRef("pk"), state=State.HELD)
    goes_on = ["active", "past_due", renewals.ENDING]
    weekly = Order.objects.filter(kind=Order.Kind.WEEKLY, subscription_state__in=goes_on)
    left = weekly.filter(models.Q(buyer=None) | ~models.Exists(held))
    found += Order.objects.filter(subscription_state=renewals.STOPPING).exclude(looked_at__gt=old).order_by("pk")[:50]
    return found + list(left.exclude(looked_at__gt=at - dt.timedelta(hours=6)).order_by("pk")[:20])
