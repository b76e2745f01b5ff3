"""The end of bookings: what pauses are worth goes back, to the minor unit, once."""

from __future__ import annotations

import datetime as dt
import random
import threading
from collections.abc import Callable
from math import ceil
from typing import Any

import pytest
from django.core import mail
from django.db import connection

from featured import booking as bookings
from featured import care
from featured.care import ending, pausing, pulse
from featured.models import Booking, BookingMove, Pause, Refund
from featured.models.bookings import State
from tests.featured.care_rows import DAY, HOUR, MONDAY, WEEK, booked, order, owned_tool

pytestmark = pytest.mark.django_db
SECOND = dt.timedelta(seconds=1)


def paused(row: Booking, began: dt.timedelta, ended: dt.timedelta | None, why: str = "our_outage") -> None:
    last = None if ended is None else MONDAY + ended
    Pause.objects.create(booking=row, why=why, began_at=MONDAY + began, ended_at=last)


def refunds() -> list[tuple[int, str, str]]:
    return list(Refund.objects.order_by("pk").values_list("amount", "why", "state"))


def test_what_was_paused_goes_back_by_the_second_rounded_for_who_paid() -> None:
    row = booked(owned_tool(), of=order(paid=15_198))
    paused(row, DAY, DAY + SECOND / 2)
    paused(row, 2 * DAY, 2 * DAY + 100 * SECOND)
    assert care.sweep(MONDAY + WEEK - SECOND) == 0
    assert care.sweep(MONDAY + WEEK) == 1
    row.refresh_from_db()
    assert (row.state, row.settled_at) == (State.ENDED, MONDAY + WEEK)
    assert refunds() == [(ceil(15_198 * 101 / 604_800), "paused", "due")]
    assert Refund.objects.get().sentence == "1 minute 41 seconds in which the card was not shown."
    assert mail.outbox[-1].subject == f"AI Apps: the booking of {row.tool_name} has ended, $0.03 goes back"
    assert [care.sweep(MONDAY + WEEK + n * SECOND) for n in range(3)] == [0, 0, 0]
    assert len(refunds()) == len(mail.outbox) == 1


def test_a_pause_that_goes_on_ends_with_the_booking() -> None:
    row = booked(owned_tool(), of=order(paid=700))
    paused(row, 5 * DAY, None, "unreachable")
    ending.sweep(MONDAY + WEEK + HOUR)
    assert (refunds(), row.pauses.get().ended_at) == ([(200, "paused", "due")], MONDAY + WEEK)


def test_a_booking_without_pauses_or_a_price_is_settled_with_nothing() -> None:
    rows = [
        booked(owned_tool()),
        booked(owned_tool(), kind="granted", position=2),
        booked(owned_tool(), kind="community", position=3, payer=""),
    ]
    for row in rows[1:]:
        paused(row, DAY, 2 * DAY)
    ending.sweep(MONDAY + WEEK)
    assert (refunds(), {one.settled_at for one in Booking.objects.all()}) == ([], {MONDAY + WEEK})
    assert [one.subject for one in mail.outbox] == [f"AI Apps: the booking of {rows[0].tool_name} has ended"]


@pytest.mark.parametrize(("event", "why"), [("cancel", "cancelled"), ("stop", "taken_down")])
def test_what_was_cut_short_gets_its_pauses_too_and_no_more_than_was_paid(event: str, why: str) -> None:
    row = booked(owned_tool(), of=order(paid=101))
    paused(row, dt.timedelta(), 3 * DAY)
    assert row.order
    assert bookings.move(row, event, ends_at=MONDAY + 3 * DAY)
    Refund.objects.create(
        order=row.order,
        booking=row,
        amount=ceil(101 * 4 / 7),
        why=why,
        payment=row.order.payment_intent,
        currency="usd",
    )
    ending.sweep(MONDAY + 3 * DAY)
    assert refunds() == [(58, why, "due"), (43, "paused", "due")]  # 44 by itself: a unit more than there is


def test_a_pause_that_begins_as_the_booking_stops_is_none() -> None:
    row = booked(owned_tool())
    paused(row, DAY, None, "unreachable")
    bookings.move(row, "stop", ends_at=MONDAY + DAY)
    ending.sweep(MONDAY + 2 * DAY)
    assert (row.pauses.count(), refunds()) == (0, [])


def test_what_is_disputed_or_held_neither_ends_nor_is_settled() -> None:
    disputed, held = booked(owned_tool()), booked(owned_tool(), position=2)
    bookings.move(disputed, "suspend")
    Booking.objects.filter(pk=held.pk).update(state="held")
    assert (care.sweep(MONDAY + 2 * WEEK), Booking.objects.filter(settled_at=None).count()) == (0, 2)


def test_lengths_of_time_are_told_in_two_units() -> None:
    told = {1: "1 second", 100: "1 minute 40 seconds", 3_600: "1 hour", 93_784: "1 day 2 hours", 0: "0 seconds"}
    assert {seconds: ending.spelled(seconds) for seconds in told} == told


# -- a year -----------------------------------------------------------------------------------------------------------


def union(spans: list[tuple[dt.datetime, dt.datetime]]) -> int:
    """Return the seconds that spans cover together."""
    total, until = dt.timedelta(), dt.datetime.min.replace(tzinfo=dt.UTC)
    for begin, end in sorted(spans):
        if end > max(begin, until):
            total += end - max(begin, until)
            until = end
    return total // SECOND


def test_a_year_of_outages_is_paid_back_to_the_minor_unit() -> None:
    chance = random.Random(9)
    rows = []
    for position in (1, 2, 3):
        at = MONDAY
        while at < MONDAY + 52 * WEEK:
            count = chance.randint(1, 8)
            paid, currency = chance.randint(1, 120_000), chance.choice(["usd", "jpy", "kwd"])
            of = order(paid=paid, tax=paid // 6, currency=currency, weeks=count)
            rows.append(booked(owned_tool(), first=at, count=count, of=of, position=position))
            at += count * WEEK
    year = 52 * 7 * 86_400
    ours: list[tuple[dt.datetime, dt.datetime]] = []
    theirs: list[tuple[Booking, dt.datetime, dt.datetime]] = []
    for _ in range(60):
        begin = MONDAY + chance.randrange(year) * SECOND
        ours.append((begin, begin + chance.randint(601, 90_000) * SECOND))
    away = {one.pk: one.starts_at + chance.randrange(6 * 86_400) * SECOND for one in rows[::3]}
    theirs += [(one, away[one.pk], away[one.pk] + chance.randint(1, 20 * 86_400) * SECOND) for one in rows[::3]]
    events: list[tuple[dt.datetime, Callable[[], Any]]] = []
    for row, begin, end in theirs:
        events.append((begin, lambda row=row, begin=begin: pausing.begin(row, begin)))  # type: ignore[misc]
        events.append((end, lambda row=row, end=end: pausing.finish(row, end)))  # type: ignore[misc]
    for begin, end in ours:
        events.append((end, lambda begin=begin, end=end: pulse.note(begin, end)))  # type: ignore[misc]
    ends = sorted({one.during.upper for one in rows})
    # an outage that a booking ended in is noted before the sweep that ends it, as the pulse beats first
    overtaken = {at: max([end for begin, end in ours if begin < at < end], default=at) for at in ends}
    events += [(later + SECOND, lambda later=later: ending.sweep(later + SECOND)) for later in overtaken.values()]  # type: ignore[misc]
    for _, act in sorted(events, key=lambda one: one[0]):
        act()

    owed = {}
    for row in rows:
        spans = ours + [(begin, end) for who, begin, end in theirs if who == row]
        clipped = [(max(begin, row.starts_at), min(end, row.during.upper)) for begin, end in spans]
        seconds = union([one for one in clipped if one[0] < one[1]])
        assert row.order
        amount = -(-row.order.paid * seconds // ((row.during.upper - row.starts_at) // SECOND))
        if amount:
            owed[row.pk] = amount
    given = dict(Refund.objects.values_list("booking", "amount"))
    assert given == owed
    assert sum(given.values()) == sum(owed.values()) > 0
    assert Booking.objects.filter(settled_at=None).count() == 0


# -- two sweepers -----------------------------------------------------------------------------------------------------


def at_once(count: int, call: Callable[[], Any]) -> list[Any]:
    """Call it so often at the same moment, each time on a connection of its own; return what it returned or raised."""
    found: list[Any] = []
    start = threading.Barrier(count)

    def run() -> None:
        start.wait()
        try:
            found.append(call())
        except Exception as error:  # a test compares what came back
            found.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(count)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    return found


@pytest.mark.django_db(transaction=True)
def test_sweepers_at_the_same_time_end_and_settle_each_booking_once() -> None:
    rows = [booked(owned_tool(), position=position) for position in (1, 2, 3)]
    for row in rows:
        paused(row, DAY, 2 * DAY)
    done = at_once(8, lambda: care.sweep(MONDAY + WEEK))
    assert sum(done) == 3
    assert BookingMove.objects.filter(event="end").count() == 3
    assert refunds() == [(2_172, "paused", "due")] * 3  # a seventh of 15,198, rounded up
    assert len(mail.outbox) == 3


@pytest.mark.django_db(transaction=True)
def test_sweepers_at_the_same_time_note_an_outage_once() -> None:
    row = booked(owned_tool())
    pulse.beat(MONDAY + HOUR)
    done = at_once(8, lambda: care.sweep(MONDAY + 2 * HOUR))
    assert (sum(done), Pause.objects.get().booking) == (1, row)
