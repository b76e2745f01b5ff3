"""Weekly orders: the week after the last paid one is held until its invoice is paid, with seven days of grace."""

from __future__ import annotations

import datetime as dt
import enum
import logging
from collections.abc import Iterable

from django.db import transaction
from django.utils import timezone

from featured import booking as bookings
from featured import gateway, mails
from featured.answers import Invoice, Subscription
from featured.giving import hold_next
from featured.models import Booking, Order
from featured.models.bookings import State

log = logging.getLogger(__name__)
GRACE = dt.timedelta(days=7)  # Stripe tries a card again in these days; security.md 2.3
STOPPING = "stopping"  # as Order.subscription_state: it has to end now, whatever Stripe still says
OVER = "stopped"  # it was ended so: what is paid on it after that goes back
ENDING = "ending"  # somebody ended it at Stripe; the week that is paid is the last
LASTING = frozenset({State.BOOKED, State.ENDED, State.SUSPENDED})
GOES_ON = frozenset({"active", "trialing", "past_due"})
ENDED_THERE = frozenset({"canceled", "incomplete_expired"})
TAKEN = "The week after the last paid one is somebody else's, so no further week is collected."
NOTHING = "Nothing is booked for this order any more, so no further week is collected."
ENDED = "The subscription ended."
STOPPED = "The booking before it was stopped or cancelled."


class Wish(enum.Enum):
    """What should become of a subscription at Stripe."""

    KEEP = "goes on"
    LET_END = "ends when the week that is paid ends"
    CANCEL = "ends now"


def keep(order: Order, subscription: Subscription, unpaid: Invoice | None) -> Wish:
    """Hold the next week of a weekly order, or let go of it; return what should become of the subscription.

    `unpaid` is the invoice that could not be collected. Call it with the place and the order locked.
    """
    if order.subscription_state in {STOPPING, OVER}:
        _let_go(order)
        return Wish.CANCEL if order.subscription_state == STOPPING else Wish.KEEP
    rows = list(order.bookings.filter(kind=Booking.Kind.PAID).select_related("tool").order_by("during", "pk"))
    held = [one for one in rows if one.state == State.HELD]
    tool = rows[-1].tool if rows else None
    wanted = order.buyer is not None and tool is not None and tool.is_listed
    if subscription.ends or subscription.status not in GOES_ON or not wanted:
        for one in held:
            bookings.move(one, "release", why=ENDED)
        done = subscription.ends or subscription.status not in GOES_ON
        return Wish.KEEP if done else Wish.LET_END
    until = _until(subscription, unpaid)
    if unpaid is not None:
        mails.renewal_failed(order, invoice=unpaid.id, until=until)
    if held:
        Booking.objects.filter(pk=held[0].pk).exclude(hold_until=until).update(hold_until=until)
        return Wish.KEEP
    if unpaid is not None and until <= timezone.now():
        return Wish.KEEP  # the grace is over and the week was released; what is paid now resumes if there is room
    return _hold(order, rows, until)


def _until(subscription: Subscription, unpaid: Invoice | None) -> dt.datetime:
    """Return how long the next week is kept: seven days from when its invoice comes, or came."""
    expected = unpaid.created if unpaid else subscription.until or timezone.now()
    return expected + GRACE


def _hold(order: Order, rows: list[Booking], until: dt.datetime) -> Wish:
    """Hold the week after the last one that was paid; else say so to the buyer, and let the subscription end."""
    paid = [one for one in rows if one.state in LASTING]
    stopped = [one for one in rows if one.state in {State.STOPPED, State.CANCELLED}]
    if not paid or (stopped and stopped[-1].starts_at >= paid[-1].starts_at):
        mails.ends(order, NOTHING, (paid or rows)[-1] if rows else None)
        return Wish.LET_END if paid else Wish.CANCEL
    if hold_next(order, paid[-1], until=until):
        return Wish.KEEP
    mails.ends(order, TAKEN, paid[-1])
    return Wish.LET_END


def collect_no_more(order: Order) -> None:
    """Let go of the week that a subscription keeps, and end it at Stripe once this transaction is written.

    Where Stripe does not answer then, the next look at the order does it: the wish is stored, and kept until Stripe
    says that it ended. Call it with the place and the order locked.
    """
    _let_go(order)
    id = order.subscription_id
    if id:
        going = Order.objects.filter(pk=order.pk).exclude(subscription_state__in=[*ENDED_THERE, OVER])
        going.update(subscription_state=STOPPING, looked_at=None)  # looked at next, not in some hours
        order.refresh_from_db(fields=["subscription_state", "looked_at"])

    def cancel() -> None:
        try:
            gateway.cancel_subscription(id)
        except gateway.GatewayError as error:
            log.warning("The subscription of order %s could not be ended: %s", order.key, error)

    if id and gateway.is_on():
        transaction.on_commit(cancel)


def _let_go(order: Order) -> None:
    for held in order.bookings.filter(state=State.HELD).order_by("pk"):
        bookings.move(held, "release", why=STOPPED)


def state_of(order: Order, subscription: Subscription) -> str:
    """Return what an order says of its subscription: Stripe's word, and ours where that is not the whole truth."""
    if order.subscription_state in {STOPPING, OVER}:
        return OVER if subscription.status in ENDED_THERE else STOPPING
    if subscription.ends and subscription.status in {"active", "trialing"}:
        return ENDING
    return subscription.status[:20]


def said(order: Order, rows: Iterable[Booking]) -> str:
    """Return how the subscription of an order stands, in sentences for who bought; "" when it has none.

    `rows` are the bookings of the order.
    """
    if order.kind != Order.Kind.WEEKLY or not order.subscription_state:
        return ""
    ours = sorted((one for one in rows if one.booked_at and one.state in LASTING), key=lambda one: one.starts_at)
    last = f" The last week is {mails.time_of(ours[-1])}." if ours else ""
    if order.subscription_state not in {"active", "trialing", "past_due"}:
        ends = order.subscription_state == ENDING
        return f"{'It ends by itself' if ends else 'It has ended'}: no further week is collected.{last}"
    held = next((one for one in rows if one.state == State.HELD and one.hold_until), None)
    if held is None or held.hold_until is None:
        return f"It ends by itself if no further week is free for it.{last}"
    until = held.hold_until
    if order.subscription_state == "past_due":
        return (
            f"The week {mails.time_of(held)} could not be collected. It is tried again, and kept until"
            f" {mails.day(until)}. Change the card at Stripe, by the button below."
        )
    return f"It goes on: {mails.time_of(held)} is held, and collected about {mails.day(until - GRACE)}."
