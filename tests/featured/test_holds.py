"""Holds whose time is over, and bookings that their buyers cancel."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone

from featured import booking, cancelling, checkout, holds, orders
from featured.models import Booking, Order, Refund
from featured.tasks import sweep
from tests.featured import rows
from tests.featured.rows import SEARCH, week

pytestmark = pytest.mark.django_db


def states(order: Order) -> tuple[str, str]:
    order.refresh_from_db()
    return order.state, order.bookings.get().state


def test_what_is_not_paid_in_time_is_free_again() -> None:
    order = rows.ordered(rows.buyer())
    assert (holds.sweep(), states(order)) == (0, ("open", "held"))
    rows.expired(order)
    assert (sweep(), states(order)) == (1, ("expired", "released"))
    assert holds.sweep() == 0
    assert [move.event for move in order.bookings.get().moves.order_by("id")] == ["hold", "release"]


def test_an_order_is_closed_at_stripe_before_its_slot_is_given_away(monkeypatch: pytest.MonkeyPatch) -> None:
    order = rows.ordered(rows.buyer())
    Order.objects.filter(pk=order.pk).update(session_id="cs_1", expires_at=timezone.now())
    closed = []

    def close(one: Order) -> Order:
        closed.append((one.pk, one.bookings.get().state))
        orders.expire(one)
        return one

    monkeypatch.setattr(checkout, "close", close)
    assert (holds.sweep(), closed, states(order)) == (1, [(order.pk, "held")], ("expired", "released"))


def test_what_was_paid_in_the_last_second_is_booked_by_the_sweep(monkeypatch: pytest.MonkeyPatch) -> None:
    order = rows.ordered(rows.buyer())
    Order.objects.filter(pk=order.pk).update(session_id="cs_1", expires_at=timezone.now())

    def close(one: Order) -> Order:
        rows.paid(one)
        return one

    monkeypatch.setattr(checkout, "close", close)
    assert (holds.sweep(), states(order)) == (0, ("paid", "booked"))


def test_while_stripe_is_down_the_hold_lasts_its_five_minutes_and_no_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    order = rows.ordered(rows.buyer())

    def close(one: Order) -> Order:
        raise checkout.Down("Try again.")

    monkeypatch.setattr(checkout, "close", close)
    Order.objects.filter(pk=order.pk).update(session_id="cs_1", expires_at=timezone.now())
    assert (holds.sweep(), states(order)) == (0, ("open", "held"))
    past = timezone.now() - orders.GRACE - dt.timedelta(seconds=1)
    Order.objects.filter(pk=order.pk).update(expires_at=past)
    assert (holds.sweep(), states(order)) == (1, ("expired", "released"))


def test_the_next_week_of_a_subscription_that_is_not_renewed_is_free_again() -> None:
    who = rows.buyer()
    order = rows.ordered(who, SEARCH, kind="weekly")
    rows.paid(order)

    following = booking.hold(
        tool=who[1], place=SEARCH, first=week(2), payer="Acme Ltd", until=timezone.now(), buyer=who[0], order=order
    )
    assert holds.sweep() == 1
    following.refresh_from_db()
    assert following.state == "released"
    assert list(Booking.objects.occupying().values_list("state", flat=True)) == ["booked"]


def test_cancelling_before_the_start_gives_all_of_it_back_once() -> None:
    row = rows.paid(rows.ordered(rows.buyer(), count=2))
    assert cancelling.gives_back(row) == 29_800
    assert cancelling.cancel(row, by=row.buyer) is True
    assert cancelling.cancel(row, by=row.buyer) is False
    row.refresh_from_db()
    assert (row.state, row.ends_at, cancelling.gives_back(row)) == ("cancelled", row.starts_at, 0)
    assert list(Refund.objects.values_list("booking", "amount", "why", "asked_by")) == [
        (row.pk, 29_800, "cancelled", row.buyer_id)
    ]


def test_cancelling_while_it_runs_gives_the_rest_back_by_the_second() -> None:
    row = rows.paid(rows.ordered(rows.buyer()))
    during = type(row.during)(row.during.lower - dt.timedelta(weeks=1), row.during.lower, "[)")
    Booking.objects.filter(pk=row.pk).update(during=during)
    row.refresh_from_db()
    now = row.starts_at + dt.timedelta(days=1, seconds=1)
    assert cancelling.gives_back(row, now) == 12_772  # 14,900 x (604,800 - 86,401) / 604,800, rounded up


def test_what_staff_granted_is_cancelled_without_money() -> None:
    user, tool = rows.buyer()

    row = booking.hold(
        tool=tool, place=SEARCH, first=week(), payer="The site", until=timezone.now(), kind="granted", buyer=user
    )
    booking.move(row, "book")
    assert (cancelling.gives_back(row), cancelling.cancel(row, by=user), Refund.objects.count()) == (0, True, 0)


def test_what_is_over_cannot_be_cancelled() -> None:
    row = rows.paid(rows.ordered(rows.buyer()))
    during = type(row.during)(row.during.lower - dt.timedelta(weeks=3), row.during.lower - dt.timedelta(weeks=2), "[)")
    Booking.objects.filter(pk=row.pk).update(during=during)
    assert cancelling.cancel(row, by=row.buyer) is False
    row.refresh_from_db()
    assert row.state == "booked"
