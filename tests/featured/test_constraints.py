"""Every constraint and trigger of featured listings refuses what it is there to refuse."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, transaction

from featured.models import (
    Booking,
    BookingMove,
    Delivery,
    Dispute,
    LedgerEntry,
    Order,
    Pause,
    Refund,
    Waiting,
)
from tests.featured.care_rows import DAY, HOUR, MONDAY, WEEK, booked, buyer, order, owned_tool

pytestmark = [pytest.mark.datalayer, pytest.mark.django_db]
Breaks = Callable[[Booking], object]


def on_booking(**values: Any) -> Breaks:
    return lambda row: Booking.objects.filter(pk=row.pk).update(**values)


def on_order(**values: Any) -> Breaks:
    return lambda row: Order.objects.filter(bookings=row).update(**values)


def another(**values: Any) -> Breaks:
    """Book another slot for another tool, in the same week unless `values` say else."""
    return lambda row: booked(owned_tool(), kind="granted", **{"position": 2, **values})


def same_vendor(row: Booking) -> None:
    booked(owned_tool(), kind="granted", position=2, vendor=row.vendor)


def made_good_twice(row: Booking) -> None:
    for position in (2, 3):
        booked(owned_tool(), kind="make_good", position=position, in_place_of=row)


def another_order(name: str) -> Breaks:
    def make_row(row: Booking) -> None:
        assert row.order
        values: dict[str, Any] = {"payment_intent": "", "session_id": "", name: "same"}
        order(**values)
        order(**values)

    return make_row


def entry(times: int = 1, **values: Any) -> Breaks:
    def make_rows(row: Booking) -> None:
        base = {"order": row.order, "kind": "refund", "amount": -1, "currency": "usd", "stripe_id": "re_1"}
        for _ in range(times):
            LedgerEntry.objects.create(**{**base, **values})

    return make_rows


def refund(times: int = 1, own: bool = False, **values: Any) -> Breaks:
    def make_rows(row: Booking) -> None:
        base = {"order": row.order, "payment": "pi_x", "amount": 1, "currency": "usd", "why": "goodwill"}
        people = {"asked_by": buyer(), "approved_by": buyer()} if own else {}
        for _ in range(times):
            Refund.objects.create(**{**base, **people, "booking": row, **values})

    return make_rows


def dispute(row: Booking) -> None:
    assert row.order
    for _ in range(2):
        Dispute.objects.create(
            order=row.order, stripe_id="dp_1", amount=1, currency="usd", status="lost", opened_at=MONDAY
        )


def pause(*spans: tuple[dt.timedelta, dt.timedelta | None]) -> Breaks:
    def make_rows(row: Booking) -> None:
        for began, ended in spans:
            last = None if ended is None else MONDAY + ended
            Pause.objects.create(booking=row, why="our_outage", began_at=MONDAY + began, ended_at=last)

    return make_rows


def waiting(times: int = 1, **values: Any) -> Breaks:
    def make_rows(row: Booking) -> None:
        base = {"user": buyer(), "tool": row.tool, "surface": "home", "place": "home", "week": MONDAY.date()}
        for _ in range(times):
            Waiting.objects.create(**{**base, **values})

    return make_rows


def delivered(row: Booking) -> None:
    for _ in range(2):
        Delivery.objects.create(booking=row, day=MONDAY.date(), position=1)


BREAKS: list[tuple[str, Breaks]] = [
    ("booking_slot_once", another(position=1)),
    ("booking_slot_once", another(position=1, count=2, first=MONDAY - WEEK)),
    ("booking_vendor_once_a_surface", same_vendor),
    ("booking_made_good_once", made_good_twice),
    ("booking_has_an_end", on_booking(during=(MONDAY, None))),
    ("booking_has_an_end", on_booking(during=(MONDAY, MONDAY))),
    ("booking_state_known", on_booking(state="sold")),
    ("booking_kind_known", on_booking(kind="stolen", price=0)),
    ("booking_position_exists", on_booking(position=0)),
    ("booking_position_exists", on_booking(position=4)),
    ("booking_hold_has_an_end", on_booking(state="held", hold_until=None)),
    ("booking_booked_has_its_time", on_booking(booked_at=None)),
    ("booking_paid_has_an_order", on_booking(order=None)),
    ("booking_free_costs_nothing", on_booking(kind="granted")),
    ("booking_says_who_pays", on_booking(payer="")),
    ("order_state_known", on_order(state="lent")),
    ("order_kind_known", on_order(kind="daily")),
    ("order_of_a_week_at_least", on_order(weeks=0)),
    ("order_paid_has_its_time", on_order(paid_at=None)),
    ("order_paid_has_its_time", on_order(state="refunded", paid_at=None)),
    ("order_tax_is_part_of_it", on_order(tax=15_199)),
    ("order_session_id_once", another_order("session_id")),
    ("order_payment_intent_once", another_order("payment_intent")),
    ("order_subscription_id_once", another_order("subscription_id")),
    ("ledger_once", entry(2)),
    ("ledger_sign_fits", entry(amount=1)),
    ("ledger_sign_fits", entry(kind="dispute", amount=1)),
    ("ledger_sign_fits", entry(kind="payment", amount=-1)),
    ("ledger_sign_fits", entry(kind="gift", amount=1)),
    ("refund_state_known", refund(state="lost")),
    ("refund_of_something", refund(amount=0)),
    ("refund_approved_by_another", refund(own=True)),
    ("refund_stripe_id_once", refund(2, stripe_id="re_1")),
    ("refund_of_a_kind_once", refund(2, why="paused")),
    ("refund_of_a_kind_once", refund(2, why="cancelled")),
    ("refund_of_a_kind_once", refund(2, why="taken_down")),
    ("refund_of_a_payment_once", refund(2, why="twice")),
    ("refund_of_a_payment_once", refund(2, why="slot_gone", booking=None)),
    ("featured_dispute_stripe_id", dispute),
    ("pause_has_a_length", pause((DAY, DAY))),
    ("pause_no_overlap", pause((DAY, 2 * DAY), (DAY + HOUR, 3 * DAY))),
    ("pause_no_overlap", pause((DAY, None), (2 * DAY, 3 * DAY))),
    ("delivery_once", delivered),
    ("waiting_once", waiting(2)),
    ("waiting_offer_has_an_end", waiting(state="offered")),
    ("ledger_is_append_only", lambda row: LedgerEntry.objects.update(why="x")),
    ("ledger_is_append_only", lambda row: LedgerEntry.objects.all().delete()),
    ("moves_are_append_only", lambda row: BookingMove.objects.update(why="x")),
    ("moves_are_append_only", lambda row: BookingMove.objects.all().delete()),
]
TABLES = {
    "ledger_is_append_only": "featured_ledgerentry is append-only",
    "moves_are_append_only": "featured_bookingmove is append-only",
}


@pytest.mark.parametrize(("name", "breaks"), BREAKS, ids=[f"{n}-{name}" for n, (name, _) in enumerate(BREAKS)])
def test_it_refuses(name: str, breaks: Breaks) -> None:
    row = booked(owned_tool())
    with pytest.raises(IntegrityError) as told, transaction.atomic():
        breaks(row)
    wanted = TABLES.get(name, name)
    assert wanted in str(told.value)


def test_every_constraint_and_trigger_is_broken_once() -> None:
    stated = {one.name for model in apps.get_app_config("featured").get_models() for one in model._meta.constraints}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT tgname FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid"
            " WHERE NOT tgisinternal AND relname LIKE 'featured_%%'"
        )
        stated |= {name for (name,) in cursor.fetchall()}
    broken = {name for name, _ in BREAKS}
    assert stated - broken == set()
    assert broken - stated == {"featured_dispute_stripe_id"}  # a unique column


def test_what_only_looks_like_a_break_is_let_through() -> None:
    row = booked(owned_tool())
    booked(owned_tool(), kind="granted", position=1, first=MONDAY + WEEK)  # [first, last): they touch
    released = booked(owned_tool(), kind="granted", position=2)
    Booking.objects.filter(pk=released.pk).update(state="released")
    booked(owned_tool(), kind="granted", position=2, vendor=released.vendor)
    pause((DAY, 2 * DAY), (2 * DAY, None))(row)
    refund(2)(row)  # goodwill, twice
    refund(approved_by=buyer())(row)  # asked for by the site
    waiting(state="over")(row)
    waiting()(row)
    assert (Refund.objects.count(), Pause.objects.count(), Waiting.objects.count()) == (3, 2, 2)
