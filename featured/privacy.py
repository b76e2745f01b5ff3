"""What featured listings know of a person (accounts.privacy), and how long their rows are kept (core.retention)."""

from __future__ import annotations

import datetime as dt
import logging
from typing import Any

from django.db.models import Q

from accounts.models import User
from accounts.privacy.registry import personal, pseudonymous
from core.retention import Kept, delete, keep
from featured import booking as bookings
from featured import checkout, gateway, mails, waitlist
from featured.models import Booking, Order, Waiting, WebhookEvent
from featured.models.bookings import State
from featured.models.orders import OrderState

log = logging.getLogger(__name__)
DAYS = dt.timedelta(days=90)
YEARS = 10  # section 147 (3) of the German fiscal code asks for 8 to 10 years, other states for less
FORGOTTEN = "not kept any more"
NO_MORE = frozenset({"canceled", "incomplete_expired", "stopped"})  # a subscription in these states collects nothing
TAX = "orders and payments are kept for the tax office; whose they were is an account without a name then"
DECIDED = "a decision about money keeps its date and reason; who took it is an account without a name then"
CLASSES = (
    ("webhook-events", "What Stripe told us: ids of payments, no names", "90 days after it was applied",
     "to find out what went wrong"),
    ("waitlist", "Who waited for a slot of a featured listing", "90 days after its week began",
     "so that one sees what became of it"),
    ("unpaid-orders", "Who ordered a slot and never paid", "90 days", "to answer questions about it"),
    ("orders", "Orders, bookings, payments and refunds of featured listings, with the name of who paid",
     "10 years after they were paid, then without the name and the account", "the tax office asks for them"),
)  # fmt: skip


def register() -> None:
    """Say both."""
    personal(
        "featured", export=_exported, erase=_erase, covers=["featured.waiting.user"],
        told="your places on waitlists and slots that you hold; a subscription of a slot is cancelled. Orders, with the"
        " name of who paid, stay for the tax office",
    )  # fmt: skip
    for field in ("order.buyer", "booking.buyer"):
        pseudonymous(f"featured.{field}", TAX)
    for field in ("bookingmove.by", "refund.asked_by", "refund.approved_by"):
        pseudonymous(f"featured.{field}", DECIDED)
    removes = {
        "webhook-events": _forget_events, "waitlist": _forget_waiting, "unpaid-orders": _forget_unpaid,
        "orders": _forget_paid,
    }  # fmt: skip
    for name, what, long, why in CLASSES:
        keep(Kept(name, what, long, why, removes[name]))
    keep(
        Kept(
            "delivery", "How often a sponsored card was shown, seen and clicked on a day", "for ever",
            "the public ledger says what each slot delivered; counts say nothing about who looked", by="nobody",
        )
    )  # fmt: skip


def _forget_events(at: dt.datetime) -> int:
    """Delete events that were applied; those that were not wait for a person."""
    return delete(WebhookEvent.objects.filter(applied_at__lt=at - DAYS))


def _forget_waiting(at: dt.datetime) -> int:
    """Delete waits for weeks long past, and take who it was off slots that were kept for them."""
    kept = Booking.objects.filter(state=State.RELEASED, order=None, during__fully_lt=(at - DAYS, None))
    kept.filter(buyer__isnull=False).update(buyer=None)
    return delete(Waiting.objects.filter(week__lt=(at - DAYS).date()))


def _forget_unpaid(at: dt.datetime) -> int:
    """Take who it was off orders that were never paid."""
    return _unname(Order.objects.filter(state=OrderState.EXPIRED, created_at__lt=at - DAYS))


def _forget_paid(at: dt.datetime) -> int:
    """Take who it was off orders of which the tax office does not ask any more: the end of the year counts."""
    first = dt.datetime(at.year - YEARS, 1, 1, tzinfo=dt.UTC)
    return _unname(Order.objects.filter(paid_at__lt=first))


def _unname(rows: Any) -> int:
    """Take payers, accounts and addresses at Stripe off orders and their bookings; return how many orders."""
    keys = list(rows.exclude(payer=FORGOTTEN).order_by("pk").values_list("pk", flat=True))
    theirs = Q(order__in=keys) | Q(in_place_of__order__in=keys)
    Booking.objects.filter(theirs).update(payer=FORGOTTEN, buyer=None)
    return int(
        Order.objects.filter(pk__in=keys).update(
            payer=FORGOTTEN, buyer=None, customer_id="", receipt_url="", session_url=""
        )
    )


def _exported(user: User) -> dict[str, Any]:
    orders = Order.objects.filter(buyer=user).order_by("pk").prefetch_related("entries", "refunds")
    mine = Booking.objects.filter(buyer=user).order_by("pk").prefetch_related("moves")
    return {
        "orders": [_order(one) for one in orders],
        "bookings": [_booking(one) for one in mine],
        "waits_for": [
            {"place": one.place, "week": one.week.isoformat(), "tool": one.tool.slug, "state": one.state}
            for one in Waiting.objects.filter(user=user).select_related("tool").order_by("pk")
        ],
    }


def _order(one: Order) -> dict[str, Any]:
    return {
        "key": one.key,
        "payer": one.payer,
        "state": one.state,
        "kind": one.kind,
        "ordered": _iso(one.created_at),
        "agreed_to_the_terms": _iso(one.agreed_at),
        "paid_at": _iso(one.paid_at),
        "paid": one.paid,
        "tax": one.tax,
        "currency": one.currency,
        "at_stripe": [id for id in (one.payment_intent, one.customer_id, one.subscription_id) if id],
        "money": [{"at": _iso(row.at), "kind": row.kind, "amount": row.amount} for row in one.entries.all()],
        "refunds": [
            {"asked_for": _iso(row.created_at), "why": row.why, "amount": row.amount, "state": row.state}
            for row in one.refunds.all()
        ],
    }


def _booking(one: Booking) -> dict[str, Any]:
    return {
        "key": one.key,
        "tool": one.tool_slug,
        "place": one.place,
        "position": one.position,
        "from": _iso(one.starts_at),
        "until": _iso(one.stops_at),
        "kind": one.kind,
        "state": one.state,
        "payer": one.payer,
        "moves": [{"at": _iso(row.at), "event": row.event, "to": row.new} for row in one.moves.all()],
    }


def _erase(user: User) -> None:
    """Leave waitlists, let go of what is held, end subscriptions; what was paid for runs on and stays on record.

    Raises gateway.GatewayError when a subscription cannot be ended just now: the erasure goes on with it next time, as
    money must not be collected from who is not here any more.
    """
    for waiting in Waiting.objects.filter(user=user).order_by("pk"):
        waitlist.leave(waiting)
        waiting.delete()
    for order in Order.objects.filter(buyer=user, state=OrderState.OPEN).order_by("pk"):
        try:
            checkout.close(order)
        except checkout.Down:
            log.warning("The page of order %s could not be ended; it ends by itself within the hour.", order.key)
    for order in Order.objects.filter(buyer=user).exclude(subscription_id="").order_by("pk"):
        _end_subscription(order)
    for held in Booking.objects.filter(buyer=user, state=State.HELD).order_by("pk"):
        bookings.move(held, "release", why="The account of who held it was erased.")


def _end_subscription(order: Order) -> None:
    if order.subscription_state in NO_MORE:
        return
    if gateway.is_on():
        gateway.cancel_subscription(order.subscription_id)
        return
    mails.alert(
        "subscription_of_nobody", order.key, order=order, what="a subscription of an erased account",
        then=f"No account at Stripe is set up here, so {order.subscription_id} could not be ended. End it at Stripe.",
    )  # fmt: skip


def _iso(at: dt.datetime | None) -> str | None:
    return at.isoformat() if at else None
