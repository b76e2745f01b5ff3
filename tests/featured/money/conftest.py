"""A shop: prices at the stand-in for Stripe, a buyer with a tool, and what they do."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from io import StringIO
from typing import Any

import pytest
from django.conf import settings as site
from django.core.management import call_command
from django.db.models import Sum
from django.test import Client
from django.utils import timezone

from accounts.models import User
from catalog.models import Tool
from featured import booking, checkout, gateway, inbox, prices, weeks
from featured import ledger as public
from featured.models import Booking, LedgerEntry, Order, Refund, WebhookEvent
from featured.slots import Place, Surface
from tests.featured.conftest import Stripe
from tests.featured.rows import owned
from tests.people import person

HOME = Place(Surface.HOME)
NEXT = weeks.upcoming(2)[1]


class Shop:
    """What buyers, Stripe and workers do, in a line each. Nothing is taken out of the way: events go to the webhook."""

    def __init__(self, stripe: Stripe, client: Client) -> None:
        self.stripe, self.client = stripe, client
        self.buyer: User = person("buyer@acme.example")
        self.billing: User = person("billing@site.example", is_superuser=True)

    def tool(self, name: str = "acme") -> Tool:
        """Return a listed tool of a vendor of that name."""
        known = Tool.objects.filter(slug=name).first()
        return known or owned(self.buyer, name)

    def order(
        self, name: str = "acme", *, kind: str = "once", count: int = 1, may_move: bool = False,
        first: dt.datetime | None = None, place: Place = HOME,
    ) -> Order:  # fmt: skip
        """Order some weeks of a place, and hold it, as featured/orders.py does."""
        now = timezone.now()
        made = Order.objects.create(
            kind=kind, buyer=self.buyer, payer=f"{name.title()} Ltd", lookup_key=place.lookup_key,
            unit_price=place.price, weeks=count, currency=site.FEATURED_CURRENCY, may_move=may_move, agreed_at=now,
            expires_at=now + checkout.TO_PAY,
        )  # fmt: skip
        booking.hold(
            tool=self.tool(name), place=place, first=first or NEXT, count=count, payer=made.payer,
            until=made.expires_at + checkout.GRACE, buyer=self.buyer, order=made,
        )  # fmt: skip
        return made

    def open(self, order: Order) -> str:
        """Open Stripe's page for an order; return the id of its session."""
        checkout.open(order)
        order.refresh_from_db()
        return order.session_id

    def pay(self, order: Order, how: str = "ok", **details: str) -> str:
        """Pay an order on Stripe's page; return the payment intent."""
        session = self.open(order) if not order.session_id else order.session_id
        found = self.stripe.pay(session, how, **details)
        return str(found["payment_intent"] or "")

    def bought(self, name: str = "acme", **options: Any) -> Order:
        """Order, pay, and let the site hear of it."""
        order = self.order(name, **options)
        self.pay(order)
        self.hear()
        order.refresh_from_db()
        return order

    def hear(self) -> list[int]:
        """Deliver the events that wait, and let the worker work; return the status codes."""
        codes = self.stripe.deliver(self.client)
        self.work()
        return codes

    def work(self) -> int:
        """Let the worker work, also at what it had put off."""
        done = inbox.work()

        WebhookEvent.objects.filter(applied_at=None).update(due_at=timezone.now())
        Refund.objects.filter(state="due").update(due_at=timezone.now())
        return done + inbox.work()

    def release(self, order: Order) -> Booking:
        """Let the hold of an order run out and be released."""
        Booking.objects.filter(order=order, state="held").update(hold_until=timezone.now() - dt.timedelta(seconds=1))
        held = Booking.objects.get(order=order)
        booking.release_overdue(held.place)
        held.refresh_from_db()
        return held


def _currency() -> str:
    from django.conf import settings

    return str(settings.FEATURED_CURRENCY)


def ledger(order: Order) -> list[tuple[str, int]]:
    """Return what moved for an order, in the order in which it was written."""
    return list(LedgerEntry.objects.filter(order=order).order_by("id").values_list("kind", "amount"))


def states(order: Order) -> tuple[str, list[str]]:
    """Return the state of an order and of its bookings, by their time."""
    order.refresh_from_db()
    return order.state, list(order.bookings.order_by("during", "id").values_list("state", flat=True))


@pytest.fixture
def shop(stripe: Stripe, client: Client, db: None) -> Shop:
    """A shop with prices for the home page, and a buyer."""
    gateway.forget_prices()
    for one in prices.every():
        if one.surface == Surface.HOME:
            prices.ensure(one)
    return Shop(stripe, client)


@pytest.fixture
def in_currency(stripe: Stripe, settings: Any) -> Callable[[str, int], None]:
    """Let the site sell in another currency at one price."""

    def use(currency: str, price: int) -> None:
        settings.FEATURED_CURRENCY = currency
        settings.FEATURED_PRICES = dict.fromkeys(settings.FEATURED_PRICES, price)
        call_command("featured_prices", stdout=StringIO())
        gateway.forget_prices()

    return use


@pytest.fixture(autouse=True)
def _public_ledger_adds_up(db: None) -> Iterator[None]:
    """After whatever happened in a test: the public ledger says of money what the rows of the database do."""
    yield
    rows, kinds = public.rows(public.bookings()), LedgerEntry.Kind
    sums = {
        one["kind"]: one["all"] for one in LedgerEntry.objects.values("kind").annotate(all=Sum("amount")).order_by()
    }
    told = (sum(one.paid for one in rows), sum(one.refunded for one in rows), sum(one.taken_back for one in rows))
    back = -sums.get(kinds.REFUND, 0) - sums.get(kinds.REFUND_FAILED, 0)
    assert told == (sums.get(kinds.PAYMENT, 0), back, -sums.get(kinds.DISPUTE, 0) - sums.get(kinds.DISPUTE_WON, 0))
