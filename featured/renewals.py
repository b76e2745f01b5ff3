"""Weekly orders: the week after the last paid one is held until its invoice is paid, with seven days of grace."""

from __future__ import annotations

import datetime as dt
import enum
import logging

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
GOES_ON = frozenset({"active", "trialing", "past_due"})
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
    paid = [one for one in rows if one.state in {State.BOOKED, State.ENDED, State.SUSPENDED}]
    stopped = [one for one in rows if one.state in {State.STOPPED, State.CANCELLED}]
    if not paid or (stopped and stopped[-1].starts_at >= paid[-1].starts_at):
        mails.ends(order, NOTHING)
        return Wish.LET_END if paid else Wish.CANCEL
    if hold_next(order, paid[-1], until=until):
        return Wish.KEEP
    mails.ends(order, TAKEN)
    return Wish.LET_END


def collect_no_more(order: Order) -> None:
    """Let go of the week that a subscription keeps, and end it at Stripe once this transaction is written.

    Where Stripe does not answer then, the next look at the order does it. Call it with the place and the order locked.
    """
    for held in order.bookings.filter(state=State.HELD).order_by("pk"):
        bookings.move(held, "release", why=STOPPED)
    id = order.subscription_id

    def cancel() -> None:
        try:
            gateway.cancel_subscription(id)
        except gateway.GatewayError as error:
            log.warning("The subscription of order %s could not be ended: %s", order.key, error)

    if id and gateway.is_on():
        transaction.on_commit(cancel)
