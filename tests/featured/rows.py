"""Rows for tests of featured listings: people who own tools that may be booked."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.utils import timezone

from accounts.models import User
from catalog.models import Tool
from featured import booking, orders, weeks
from featured.models import Booking, LedgerEntry, Order
from featured.slots import Place, Surface
from tests import make
from tests.people import person
from verification.models import Claim, OwnershipClaim

HOME, SEARCH, NEW = Place(Surface.HOME), Place(Surface.SEARCH), Place(Surface.NEW)


def week(number: int = 1) -> dt.datetime:
    """Return the start of a week from now; 0 is the running one."""
    return weeks.upcoming()[number]


def reached(tool: Tool, **changes: Any) -> Claim:
    """Let our robot have reached a tool an hour ago."""
    at = timezone.now() - dt.timedelta(hours=1)
    values = {"granted_at": at, "renewed_at": at, "expires_at": at + dt.timedelta(days=7), **changes}
    return Claim.objects.create(tool=tool, kind="reachable", bound="0" * 64, sentence="It answered.", **values)


def proved(user: User, name: str, **changes: Any) -> OwnershipClaim:
    """Let somebody have proved a domain."""
    now = timezone.now()
    number = f"{OwnershipClaim.objects.count():016}"
    values = {
        "method": "dns-txt", "scope": "domain", "name": name, "state": "verified", "token_id": number,
        "token_hash": number * 4, "proved_at": now, "checked_at": now, "tried_at": now,
        "next_check_at": now + dt.timedelta(days=7), **changes,
    }  # fmt: skip
    return OwnershipClaim.objects.create(account=user, **values)


def buyer(name: str = "acme") -> tuple[User, Tool]:
    """Return somebody who owns a tool that may be booked: its slug is `name`, its site `name`.com."""
    make.categories()
    user = person(f"{name}@example.com")
    return user, owned(user, name)


def owned(user: User, name: str, host: str = "") -> Tool:
    """Return a further tool of somebody, which may be booked."""
    host = host or f"{name}.com"
    tool = make.tool(slug=name, name=name.title(), homepage=f"https://{host}")
    proved(user, host)
    reached(tool)
    return tool


def ordered(who: tuple[User, Tool], place: Place = HOME, first: dt.datetime | None = None, **changes: Any) -> Order:
    """Let somebody order a place, next week when no other is said."""
    user, tool = who
    values: dict[str, Any] = {"payer": f"{tool.name} Ltd", "may_move": False, **changes}
    return orders.begin(buyer=user, tool=tool, place=place, first=first or week(), **values)


def paid(order: Order) -> Booking:
    """Let an order be paid, as featured/fulfil.py notes it; return its booking."""

    row = order.bookings.get()
    Order.objects.filter(pk=order.pk).update(
        state="paid", paid=order.unit_price * order.weeks, paid_at=timezone.now(), payment_intent=f"pi_{order.key}"
    )
    LedgerEntry.objects.create(
        order=order, booking=row, kind="payment", amount=order.unit_price * order.weeks, currency=order.currency,
        stripe_id=f"pi_{order.key}",
    )  # fmt: skip
    assert booking.move(row, "book")
    order.refresh_from_db()
    row.refresh_from_db()
    return row


def expired(order: Order) -> Order:
    """Let the time of an open order and of its hold be over."""
    past = timezone.now() - dt.timedelta(minutes=1)
    Order.objects.filter(pk=order.pk).update(expires_at=past)
    order.bookings.update(hold_until=past)
    order.refresh_from_db()
    return order
