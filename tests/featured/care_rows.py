"""Bookings as they are once they are paid for, and the tools they are for."""

from __future__ import annotations

import datetime as dt
import itertools
from typing import Any

from accounts.models import User
from catalog.models import Tool
from featured import booking as bookings
from featured import weeks
from featured.eligibility import vendor_of
from featured.models import Booking, LedgerEntry, Order
from featured.slots import Surface
from tests import make
from tests.people import person
from tests.submissions.rows import owner

HOUR, DAY, WEEK = dt.timedelta(hours=1), dt.timedelta(days=1), dt.timedelta(weeks=1)
MONDAY = dt.datetime(2026, 3, 2, tzinfo=dt.UTC)
_numbers = itertools.count(1)


def owned_tool(name: str = "", by: User | None = None, *, ends: dt.datetime | None = None) -> Tool:
    """Return a listed tool whose domain an account has proved, until `ends` as far as a test's clock goes."""
    name = name or f"acme-{next(_numbers)}"
    tool = make.tool(slug=name, name=name.title(), homepage=f"https://{name}.com")
    claim = owner(by or buyer(), f"{name}.com")
    early = MONDAY - 52 * WEEK
    later = ends or MONDAY + 500 * WEEK
    type(claim).objects.filter(pk=claim.pk).update(
        proved_at=early, checked_at=later, tried_at=later, next_check_at=later
    )
    return tool


def buyer(email: str = "bea@example.com") -> User:
    """Return the account that buys."""
    return User.objects.filter(email=email).first() or person(email)


def order(
    *, paid: int = 15_198, tax: int = 298, currency: str = "usd", by: User | None = None, **changes: Any
) -> Order:
    """Return an order of a week that is paid."""
    number, tax = next(_numbers), min(tax, paid // 51)
    values: dict[str, Any] = {
        "buyer": by or buyer(), "payer": "Acme Ltd", "state": "paid", "lookup_key": "featured_home_week",
        "unit_price": paid - tax, "weeks": 1, "currency": currency, "agreed_at": MONDAY - WEEK,
        "expires_at": MONDAY - WEEK + HOUR, "paid": paid, "tax": tax, "paid_at": MONDAY - WEEK,
        "payment_intent": f"pi_{number}", "session_id": f"cs_{number}", **changes,
    }  # fmt: skip
    return Order.objects.create(**values)


def booked(
    tool: Tool, *, first: dt.datetime = MONDAY, count: int = 1, of: Order | None = None, **changes: Any
) -> Booking:
    """Return a booking of home that is paid for by an order of its own, with its entry in the ledger."""
    kind = str(changes.pop("kind", "paid"))
    of = of or (order(weeks=count) if kind == "paid" else None)
    values: dict[str, Any] = {
        "kind": kind, "surface": Surface.HOME, "place": "home", "position": 1, "during": weeks.during(first, count),
        "state": "held", "hold_until": first, "tool": tool, "tool_name": tool.name, "tool_slug": tool.slug,
        "vendor": vendor_of(tool), "payer": "Acme Ltd", "buyer": of.buyer if of else None, "order": of,
        "price": of.unit_price * count if of else 0, "currency": of.currency if of else "usd", **changes,
    }  # fmt: skip
    row = Booking.objects.create(**values)
    if of is not None:
        LedgerEntry.objects.create(
            order=of, booking=row, kind="payment", amount=of.paid, currency=of.currency, stripe_id=of.payment_intent
        )
    assert bookings.move(row, "book", booked_at=first - DAY)
    return row
