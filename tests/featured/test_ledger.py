"""The public ledger: every slot that was sold or given, and nothing of the accounts behind it."""

from __future__ import annotations

import csv
import datetime as dt
import re
from io import StringIO
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from accounts.models import User
from catalog import services
from catalog.models import Tool
from featured import booking, ledger
from featured.models import Booking, Delivery, LedgerEntry, Order, Pause
from tests import make
from tests.featured.running import runs

pytestmark = pytest.mark.django_db
MONDAY = dt.datetime(2026, 11, 23, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def _a_wednesday(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timezone, "now", lambda: MONDAY + dt.timedelta(days=2, hours=12))


def ordered(price: int = 14_900, **changes: Any) -> Order:
    user, _ = User.objects.get_or_create(email="secret.buyer@example.com")
    options: dict[str, Any] = {
        "buyer": user, "payer": "Acme Inc.", "state": "paid", "lookup_key": "home", "unit_price": price, "weeks": 1,
        "currency": "usd", "agreed_at": MONDAY, "expires_at": MONDAY, "paid_at": MONDAY, "customer_id": "cus_1",
        "payment_intent": f"pi_{Order.objects.count()}", **changes,
    }  # fmt: skip
    return Order.objects.create(**options)


def entry(order: Order, kind: str, amount: int, made: Booking | None = None) -> None:
    number = LedgerEntry.objects.count()
    LedgerEntry.objects.create(
        order=order, booking=made, kind=kind, amount=amount, currency=order.currency, stripe_id=f"x_{number}"
    )


def sold(name: str = "acme", **changes: Any) -> Booking:
    order = changes.pop("order", None) or ordered()
    return runs(name, at=MONDAY, kind="paid", payer="Acme Inc.", order=order, buyer=order.buyer, **changes)


def the_row() -> ledger.Row:
    (found,) = ledger.rows(ledger.bookings())
    return found


def test_a_sold_slot_tells_price_payment_what_went_back_and_what_was_delivered() -> None:
    made = sold()
    assert made.order
    for kind, amount in (("payment", 17_731), ("refund", -5_000), ("refund_failed", 2_000), ("dispute", -300)):
        entry(made.order, kind, amount, made)
    for number, position in ((0, 1), (0, 2), (1, 1)):
        Delivery.objects.create(
            booking=made, day=MONDAY.date() + dt.timedelta(number), position=position, rendered=10, viewable=5, clicks=1
        )
    Delivery.objects.create(booking=made, day=MONDAY.date() + dt.timedelta(2), position=1, filtered=9)
    row = the_row()
    assert (row.price_said, row.paid_said, row.refunded, row.taken_back, row.back_said) == (
        "$149", "$177.31", 3_000, 300, "$33",
    )  # fmt: skip
    assert (row.days, row.whole_days, row.rendered, row.viewable, row.clicks) == (2, 7, 30, 15, 3)
    assert (row.first_day, row.last_day, row.weeks) == (dt.date(2026, 11, 23), dt.date(2026, 11, 29), 1)
    assert (row.place, row.state, row.listed) == ("Home", "Running", True)


def test_what_names_only_an_order_is_of_its_first_booking() -> None:
    order = ordered(kind="weekly")
    first = sold(order=order)
    booking.hold(
        tool=make.tool(slug="rest", homepage="https://rest.com"), place=ledger_place(), first=MONDAY, payer="Acme Inc.",
        until=MONDAY + dt.timedelta(days=9), kind="paid", order=order,
    )  # fmt: skip
    second = sold("other", order=order)
    entry(order, "payment", 100)
    entry(order, "payment", 70, second)
    assert {row.booking.pk: row.paid for row in ledger.rows(ledger.bookings())} == {first.pk: 100, second.pk: 70}


def ledger_place() -> Any:
    from featured.slots import find

    return find("new")


@pytest.mark.parametrize(
    ("kind", "price", "payer", "told"),
    [
        ("granted", "Granted", "The site", "given by the site itself"),
        ("make_good", "Make-good", "Acme Inc.", "again: in place of what was not delivered to Acme Inc."),
        ("community", "Community", "", "drawn by lot"),
    ],
)
def test_what_was_given_is_in_it_too(client: Client, kind: str, price: str, payer: str, told: str) -> None:
    runs("acme", at=MONDAY, kind=kind, payer=payer)
    assert (the_row().price_said, the_row().booking.payer) == (price, payer)
    assert re.search(rf"<td>Nobody:? {told}</td>", client.get("/featured/ledger/").content.decode())


@pytest.mark.parametrize(
    ("happened", "said"),
    [
        ([], "Running"), (["pause"], "Paused"), (["cancel"], "Cancelled"), (["suspend"], "Suspended"),
        (["suspend", "resume"], "Running"), (["stop"], "Stopped"), (["end"], "Ended"),
    ],
)  # fmt: skip
def test_its_state_is_said_in_a_word(happened: list[str], said: str) -> None:
    made = sold()
    for event in happened:
        if event == "pause":
            Pause.objects.create(booking=made, why="our_outage", began_at=MONDAY)
        else:
            assert booking.move(made, event)
    assert the_row().state == said


@pytest.mark.parametrize(("at", "said"), [(-1, "Booked"), (0, "Running"), (6, "Running"), (7, "Ended")])
def test_a_booked_one_is_to_come_runs_or_is_over(at: int, said: str) -> None:
    made = sold()
    assert ledger.said_state(made, MONDAY + dt.timedelta(days=at), paused=False) == said


def test_what_was_never_paid_is_not_in_it_and_what_was_paid_too_late_is() -> None:
    order = ordered()
    held = booking.hold(
        tool=make.tool(), place=ledger_place(), first=MONDAY, payer="Acme Inc.", kind="paid", order=order,
        until=MONDAY + dt.timedelta(days=9),
    )  # fmt: skip
    assert ledger.rows(ledger.bookings()) == []
    booking.move(held, "release")
    assert ledger.rows(ledger.bookings()) == []
    entry(order, "payment", 17_731, held)
    entry(order, "refund", -17_731, held)
    assert (the_row().state, the_row().paid, the_row().refunded) == ("Paid too late", 17_731, 17_731)


def test_a_tool_that_is_gone_keeps_its_name_without_a_link(client: Client) -> None:
    made = sold()
    assert '<a href="/tools/acme/">Acme</a>' in client.get("/featured/ledger/").content.decode()
    services.delist_tools(Tool.objects.filter(slug="acme"), actor=None)
    text = client.get("/featured/ledger/").content.decode()
    assert '<th scope="row">Acme</th>' in text
    Booking.objects.filter(pk=made.pk).update(tool=None)
    assert '<th scope="row">Acme</th>' in client.get("/featured/ledger/").content.decode()


def test_nothing_of_accounts_or_of_stripe_is_in_it(client: Client) -> None:
    made = sold()
    assert made.order
    entry(made.order, "payment", 17_731, made)
    for path in ("/featured/ledger/", "/featured/ledger.csv"):
        text = client.get(path).content.decode()
        assert "Acme Inc." in text
        secrets = ["secret.buyer", "cus_1", "pi_0", "x_0", made.order.key, made.key]
        assert [one for one in secrets if one in text] == []


def test_the_file_holds_every_row_and_no_formula(client: Client) -> None:
    sold("one", record={"name": "=cmd()"})
    runs("two", "new", at=MONDAY, kind="community", payer="", count=2)
    rows = list(csv.reader(StringIO(client.get("/featured/ledger.csv").content.decode())))
    assert rows[0] == list(ledger.HEAD)
    told = [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]
    assert [(one["tool"], one["kind"], one["price"], one["weeks"], one["last_day"]) for one in told] == [
        ("Two", "community", "0.00", "2", "2026-12-06"), ("'=cmd()", "paid", "149.00", "1", "2026-11-29"),
    ]  # fmt: skip
    assert told[1]["booked"] == "2026-11-25T12:00:00Z"


def test_amounts_follow_the_currency() -> None:
    order = ordered(1_200, currency="jpy")
    made = sold(order=order)
    entry(order, "payment", 1_320, made)
    assert (the_row().price_said, the_row().paid_said, the_row().cells()[11:13]) == (
        "¥1,200",
        "¥1,320",
        ["1200", "1320"],
    )


@pytest.mark.parametrize("rows", [1, 3])
def test_the_page_asks_a_constant_number_of_questions(
    client: Client, rows: int, django_assert_num_queries: Any
) -> None:
    for name in ("one", "two", "three")[:rows]:
        made = sold(name)
        assert made.order
        entry(made.order, "payment", 1, made)
    with django_assert_num_queries(7):
        text = client.get("/featured/ledger/").content.decode()
    assert text.count('<th scope="row">') == rows


def test_pages_follow_each_other_without_gaps(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    from featured import reader_views

    monkeypatch.setattr(reader_views, "ON_PAGE", 2)
    made = [sold(name) for name in ("one", "two", "three")]
    seen = [
        row.booking.pk for number in (1, 2) for row in client.get(f"/featured/ledger/?page={number}").context["rows"]
    ]
    assert seen == [one.pk for one in reversed(made)]
    assert client.get("/featured/ledger/?page=3").status_code == 404
    assert client.get("/featured/ledger/?page=x").status_code == 400


def test_what_was_sold_and_what_was_given_can_be_shown_apart(client: Client) -> None:
    sold("one")
    runs("two", "new", at=MONDAY, kind="granted")
    shown = {
        show: [row.booking.tool_slug for row in client.get("/featured/ledger/", {"show": show}).context["rows"]]
        for show in ("", "sold", "given")
    }
    assert shown == {"": ["two", "one"], "sold": ["one"], "given": ["two"]}
    assert client.get("/featured/ledger/?show=all").status_code == 400


def test_an_index_serves_the_order() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_sort = off")
    assert "booking_latest" in ledger.bookings()[:50].explain()


def test_an_empty_ledger_says_so(client: Client) -> None:
    assert "Nothing was sold or given yet." in client.get("/featured/ledger/").content.decode()
    assert client.get("/featured/ledger.csv").content.decode().strip() == ",".join(ledger.HEAD)


def test_the_page_that_says_why_is_there(client: Client) -> None:
    text = client.get("/featured/why/").content.decode()
    assert "at most 3 such cards, and at most one for every 8 ordinary ones" in text
