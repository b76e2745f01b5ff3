"""What a buyer is told of a booking, as a page and as a file, and who may have it."""

from __future__ import annotations

import csv
import datetime as dt
from io import StringIO
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.template.loader import render_to_string
from django.test import Client

from accounts.models import User
from catalog.models import ToolDay
from catalog.reach.report import Totals
from core.spreadsheet import cell
from featured import booking, report
from featured.models import Booking, Delivery
from featured.report import Counts
from tests.featured.running import runs

pytestmark = pytest.mark.django_db
MONDAY = dt.datetime(2026, 11, 23, tzinfo=dt.UTC)
NOON = dt.datetime(2026, 11, 25, 12, tzinfo=dt.UTC)


@pytest.fixture
def buyer() -> User:
    return User.objects.create_user("buyer@example.com", "x")


@pytest.fixture
def made(buyer: User) -> Booking:
    found = runs("acme", at=MONDAY, buyer=buyer)
    assert found.tool
    day = MONDAY.date()
    for number, position, counts in ((0, 1, (100, 50, 2, 7)), (0, 2, (40, 0, 0, 1)), (2, 1, (10, 8, 1, 0))):
        names = dict(zip(("rendered", "viewable", "clicks", "filtered"), counts, strict=True))
        Delivery.objects.create(booking=found, day=day + dt.timedelta(number), position=position, **names)
    for ago, reached in ((1, (20, 4, 1)), (28, (30, 5, 0)), (29, (900, 900, 900)), (-1, (6, 3, 2))):
        names = dict(zip(("impressions", "views", "visits"), reached, strict=True))
        ToolDay.objects.create(tool=found.tool, day=day - dt.timedelta(ago), channel="site", **names)
    return found


def test_it_tells_each_day_and_position_the_sums_and_how_the_tool_did_before(made: Booking) -> None:
    found = report.of(made, at=NOON)
    assert (found.first, found.last) == (dt.date(2026, 11, 23), dt.date(2026, 11, 25))
    assert [(one.day.day, one.position, one.counts.ctr) for one in found.lines] == [
        (23, 1, "4.00"), (23, 2, ""), (25, 1, "12.50"),
    ]  # fmt: skip
    assert found.total == Counts(150, 58, 3, 8)
    assert found.total.ctr == "5.17"
    assert found.before == Totals(50, 9, 1)
    assert found.meanwhile == Totals(6, 3, 2)
    assert [found.served.values, found.viewed.values, found.clicked.values] == [[140, 0, 10], [50, 0, 8], [2, 0, 1]]


@pytest.mark.parametrize(
    ("at", "last"),
    [
        (MONDAY - dt.timedelta(hours=1), dt.date(2026, 11, 22)),
        (MONDAY + dt.timedelta(seconds=1), dt.date(2026, 11, 23)),
        (MONDAY + dt.timedelta(days=7), dt.date(2026, 11, 29)),
        (MONDAY + dt.timedelta(days=70), dt.date(2026, 11, 29)),
    ],
)
def test_its_last_day_is_today_or_the_last_one_booked(made: Booking, at: dt.datetime, last: dt.date) -> None:
    found = report.of(made, at=at)
    assert (found.last, found.begun) == (last, last >= dt.date(2026, 11, 23))
    text = render_to_string("featured/_report.html", {"report": found})
    assert ("It has not begun" in text) is not found.begun


def test_what_was_cut_short_ends_there(made: Booking) -> None:
    booking.move(made, "cancel", ends_at=dt.datetime(2026, 11, 25, tzinfo=dt.UTC))
    assert report.of(made, at=MONDAY + dt.timedelta(days=9)).last == dt.date(2026, 11, 24)


def test_a_tool_that_is_gone_leaves_the_counts(made: Booking) -> None:
    Booking.objects.filter(pk=made.pk).update(tool=None)
    found = report.of(Booking.objects.get(pk=made.pk), at=NOON)
    assert (found.total.rendered, found.before, found.meanwhile) == (150, None, None)
    assert "The same tool without it" not in render_to_string("featured/_report.html", {"report": found})


@pytest.mark.parametrize("rows", [1, 3])
def test_it_asks_a_constant_number_of_questions(rows: int, django_assert_num_queries: Any) -> None:
    made = runs("acme", at=MONDAY)
    for position in range(1, rows + 1):
        Delivery.objects.create(booking=made, day=MONDAY.date(), position=position, rendered=1)
    made = Booking.objects.select_related("tool").get(pk=made.pk)
    with django_assert_num_queries(5):
        assert len(report.of(made, at=NOON).lines) == rows


def test_the_page_has_plots_with_tables_and_the_way_to_the_file(made: Booking) -> None:
    text = render_to_string("featured/_report.html", {"report": report.of(made, at=NOON)})
    assert text.count('<figure class="plot">') == 3
    assert f'href="/portal/featured/bookings/{made.key}/report.csv"' in text
    assert "its ordinary cards were shown 50 times, its page was opened\n      9 times" in text


def test_the_file_is_for_the_buyer_and_billing_alone(client: Client, made: Booking, buyer: User) -> None:
    path = f"/portal/featured/bookings/{made.key}/report.csv"
    answers = {}
    billing = User.objects.create_user("billing@example.com", "x", is_staff=True)
    billing.groups.add(Group.objects.get(name="billing"))
    other = User.objects.create_user("other@example.com", "x")
    for name, user in (("visitor", None), ("other", other), ("buyer", buyer), ("billing", billing)):
        client.logout()
        if user:
            client.force_login(user)
        answers[name] = client.get(path).status_code
    assert answers == {"visitor": 302, "other": 404, "buyer": 200, "billing": 200}


def test_the_file_holds_the_lines(client: Client, made: Booking, buyer: User) -> None:
    client.force_login(buyer)
    answer = client.get(f"/portal/featured/bookings/{made.key}/report.csv")
    rows = list(csv.reader(StringIO(answer.content.decode())))
    assert rows == [
        ["day", "position", "rendered", "viewable", "clicks", "filtered", "ctr_percent"],
        ["2026-11-23", "1", "100", "50", "2", "7", "4.00"],
        ["2026-11-23", "2", "40", "0", "0", "1", ""],
        ["2026-11-25", "1", "10", "8", "1", "0", "12.50"],
    ]
    assert answer.headers["Content-Disposition"] == f'attachment; filename="featured-{made.key}.csv"'
    assert "no-store" in answer.headers["Cache-Control"]


@pytest.mark.parametrize(
    ("value", "kept"),
    [("=1+1", "'=1+1"), ("+1", "'+1"), ("-1", "'-1"), ("@a", "'@a"), ("\tx", "'\tx"), ("\rx", "'\rx"), ("a=b", "a=b"),
     ("", ""), (-1, -1), (0, 0)],
)  # fmt: skip
def test_a_cell_is_no_formula(value: object, kept: object) -> None:
    assert cell(value) == kept
