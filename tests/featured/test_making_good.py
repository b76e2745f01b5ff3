"""A card that was seen far less than others in its place gets its weeks again; docs/billing.md has the rule."""

from __future__ import annotations

import datetime as dt

import pytest
from django.contrib.auth.models import Group
from django.core import mail
from django.db import IntegrityError, transaction

from accounts import roles
from featured import booking as bookings
from featured import care, slots, weeks
from featured.care import ending, making_good
from featured.models import Booking, Delivery
from featured.models.bookings import State
from tests.featured.care_rows import DAY, HOUR, MONDAY, WEEK, booked, order, owned_tool
from tests.featured.test_settling import at_once, paused
from tests.people import person

pytestmark = pytest.mark.django_db
LATER = MONDAY + WEEK + 6 * HOUR


def seen(row: Booking, *viewable: int, first: dt.datetime | None = None) -> None:
    """Write what a booking delivered on days in a row, in two positions of pages."""
    for day, count in enumerate(viewable):
        at = ((first or row.starts_at) + day * DAY).date()
        for position, part in ((1, count // 2), (2, count - count // 2)):
            Delivery.objects.create(booking=row, day=at, position=position, viewable=part, rendered=count)


def three(count: int, *, others: int = 100) -> Booking:
    """Return a booking of a week that was seen so often each day, beside two that were seen so often."""
    rows = [booked(owned_tool(), position=position) for position in (1, 2, 3)]
    for row, viewable in zip(rows, (count, others, others), strict=True):
        seen(row, *[viewable] * 7)
    return rows[0]


@pytest.mark.parametrize(("count", "good"), [(79, True), (80, False), (81, False)])
def test_below_80_percent_of_the_median_a_week_comes_for_nothing(count: int, good: bool) -> None:
    row = three(count)
    care.sweep(LATER)
    instead = Booking.objects.filter(in_place_of=row).first()
    assert (instead is not None) == good
    if instead:
        assert (instead.kind, instead.state, instead.price, instead.order) == ("make_good", State.BOOKED, 0, None)
        assert (instead.during, instead.position) == (weeks.during(MONDAY + 2 * WEEK), 1)
        assert mail.outbox[-1].subject == f"AI Apps: {row.tool_name}: further weeks for nothing"
        assert "was seen 553 times" in str(mail.outbox[-1].body)
        assert "from 16 March 2026 to 22 March 2026" in str(mail.outbox[-1].body)
    assert (care.sweep(LATER + HOUR), Booking.objects.filter(kind="make_good").count()) == (0, int(good))


def test_it_is_measured_six_hours_after_the_end() -> None:
    three(10)
    assert care.sweep(LATER - dt.timedelta(seconds=1)) == 3  # ended
    assert care.sweep(LATER) == 1


def test_where_nothing_can_be_compared_nothing_follows() -> None:
    alone = booked(owned_tool())
    seen(alone, *[0] * 6, 1)
    few = booked(owned_tool(), position=2, first=MONDAY - WEEK)  # as many days as a median needs, but of four weeks ago
    assert making_good.measure(alone) is None
    seen(few, *[100] * 6)
    assert making_good.measure(alone) is None  # six of the week before it: one too few
    seen(few, 100, first=MONDAY - DAY)
    measured = making_good.measure(alone)
    assert measured
    assert (measured.delivered, measured.expected, measured.days) == (1, 700.0, 7)


def test_days_are_compared_with_days_on_which_as_many_cards_were_there() -> None:
    alone_before = booked(owned_tool(), first=MONDAY - WEEK)
    seen(alone_before, *[300] * 7)
    row, beside = booked(owned_tool()), booked(owned_tool(), position=2)
    seen(row, *[90] * 7)
    seen(beside, *[100] * 7)
    measured = making_good.measure(row)
    assert measured
    assert (measured.delivered, measured.expected, measured.is_short) == (630, 700.0, False)


def test_days_that_were_paused_or_not_counted_are_left_out() -> None:
    row = three(79)
    paused(row, HOUR, 2 * HOUR)  # Monday, and the others have one card less beside them then
    Delivery.objects.filter(day=(MONDAY + DAY).date()).delete()  # Tuesday: nobody was counted
    measured = making_good.measure(row)
    assert measured
    assert (measured.days, measured.delivered, measured.expected) == (5, 395, 500.0)


def test_what_is_older_than_four_weeks_says_nothing() -> None:
    old = booked(owned_tool(), first=MONDAY - 4 * WEEK, position=2)
    seen(old, *[100] * 7)
    row = booked(owned_tool())
    seen(row, *[1] * 7)
    assert making_good.measure(row) is None


def test_the_next_free_week_is_taken_as_long_as_the_booking_was() -> None:
    row = booked(owned_tool(), count=2, of=order(weeks=2))
    for position in (2, 3):
        seen(booked(owned_tool(), position=position, count=2, of=order(weeks=2)), *[100] * 14)
    seen(row, *[10] * 14)
    for position in (1, 2, 3):  # the week after next is sold out, and after it the vendor has one of its own
        booked(owned_tool(), position=position, first=MONDAY + 4 * WEEK)
    assert row.tool
    booked(row.tool, first=MONDAY + 5 * WEEK)
    care.sweep(MONDAY + 2 * WEEK + 6 * HOUR)
    assert Booking.objects.get(kind="make_good").during == weeks.during(MONDAY + 6 * WEEK, 2)


def test_where_no_week_is_free_the_buyer_and_billing_are_told() -> None:
    roles.ensure()
    person("bill@example.com").groups.add(Group.objects.get(name=roles.BILLING))
    row = three(10)
    ending.sweep(MONDAY + WEEK)
    mail.outbox.clear()
    for position in (1, 2, 3):
        booked(owned_tool(), kind="granted", position=position, first=MONDAY + WEEK, count=30)
    assert care.sweep(LATER) == 0
    assert {one.to[0]: one.subject for one in mail.outbox} == {
        "bea@example.com": f"AI Apps: {row.tool_name}: we delivered less than we should have",
        "bill@example.com": "AI Apps: no week is free for a make-good",
    }
    assert making_good.sweep(LATER + HOUR) == 0


def test_only_what_was_paid_and_not_given_back_is_made_good() -> None:
    granted = booked(owned_tool(), kind="granted")
    returned = booked(owned_tool(), position=2)
    gone = booked(owned_tool(), position=3)
    for row in (granted, returned, gone):
        seen(row, *[1] * 7)
    for number, at in enumerate((MONDAY - 2 * WEEK, MONDAY - 3 * WEEK), start=1):
        for position in (1, 2, 3):
            seen(booked(owned_tool(), kind="granted", first=at, position=position), *[100 * number] * 7)
    assert returned.order
    assert gone.tool
    type(returned.order).objects.filter(pk=returned.order.pk).update(state="refunded")
    gone.tool.status = "delisted"
    gone.tool.save(update_fields=["status"])
    for row in (granted, returned, gone):
        assert bookings.move(row, "end")
    assert making_good.sweep(LATER) == 0
    assert not Booking.objects.filter(kind="make_good").exists()


def test_a_category_that_is_gone_has_no_week() -> None:
    row = three(10)
    Booking.objects.filter(pk=row.pk).update(place="category/gone")
    row.refresh_from_db()
    assert (slots.find(row.place), making_good.book(row, LATER)) == (None, None)


def test_the_database_refuses_a_second_make_good() -> None:
    row = three(10)
    care.sweep(LATER)
    with pytest.raises(IntegrityError, match="booking_made_good_once"), transaction.atomic():
        booked(owned_tool(), kind="make_good", first=MONDAY + 9 * WEEK, in_place_of=row)


@pytest.mark.django_db(transaction=True)
def test_sweepers_at_the_same_time_make_good_once() -> None:
    three(10)
    ending.sweep(MONDAY + WEEK)
    assert sum(at_once(6, lambda: making_good.sweep(LATER))) == 1
    assert Booking.objects.filter(kind="make_good").count() == 1
