"""Beginning an order: what is asked, what is held, what the same form sent again does."""

from __future__ import annotations

import datetime as dt
import threading
from typing import Any

import pytest
from django.db import connections
from django.utils import timezone

from core.clean import Unclean
from core.models import AuditEvent
from featured import buying, checkout, orders, slots, weeks
from featured.booking import OneForEach, Taken, Unavailable
from featured.models import Booking, Order
from featured.models.bookings import State
from tests.featured import rows
from tests.featured.rows import HOME, NEW, SEARCH, week
from tests.featured.running import tools

pytestmark = pytest.mark.django_db


def test_an_order_holds_the_slot_at_the_price_of_now(settings: Any) -> None:
    user, tool = rows.buyer()
    before = timezone.now()
    order = rows.ordered((user, tool), count=2, may_move=True)
    settings.FEATURED_PRICES = {**settings.FEATURED_PRICES, "home": 99_900}
    held = order.bookings.get()
    assert (order.unit_price, order.weeks, order.currency, order.payer, order.may_move, order.lookup_key) == (
        14_900, 2, "usd", "Acme Ltd", True, "featured_home_week",
    )  # fmt: skip
    assert (held.state, held.price, held.position, held.buyer, held.during) == (
        State.HELD, 29_800, 1, user, weeks.during(week(), 2),
    )  # fmt: skip
    assert dt.timedelta(minutes=30) < order.expires_at - before < dt.timedelta(minutes=32)  # Stripe allows no less
    assert held.hold_until == order.expires_at + dt.timedelta(minutes=5)
    assert AuditEvent.objects.filter(action="order.begun", object_id=str(order.pk)).count() == 1


def test_a_subscription_begins_with_one_week() -> None:
    order = rows.ordered(rows.buyer(), kind="weekly", count=5)
    assert (order.weeks, order.bookings.get().price) == (1, 14_900)


@pytest.mark.parametrize(
    ("first", "count", "fits"),
    [(0, 1, False), (1, 1, True), (25, 1, True), (26, 1, False), (20, 6, True), (20, 7, False)],
)
def test_only_weeks_that_begin_later_and_not_too_far_away_are_sold(first: int, count: int, fits: bool) -> None:
    start = weeks.upcoming(40)[first]
    assert orders.bookable(start, count) is fits
    if not fits:
        with pytest.raises(Unavailable, match="Only whole weeks that begin later"):
            rows.ordered(rows.buyer(), first=start, count=count)
        assert (Order.objects.count(), Booking.objects.count()) == (0, 0)


def test_who_may_not_book_is_told_why_and_nothing_is_held() -> None:
    user, tool = rows.buyer()
    tool.claims.all().delete()
    with pytest.raises(Unavailable, match="has not seen Acme answer since it was listed"):
        rows.ordered((user, tool))
    assert (Order.objects.count(), Booking.objects.count()) == (0, 0)


@pytest.mark.parametrize("payer", ["", "  ", "a\nb", "\u202eevil", "x" * 201])
def test_a_payer_that_cannot_be_shown_is_refused(payer: str) -> None:
    with pytest.raises(Unclean):
        rows.ordered(rows.buyer(), payer=payer)
    assert (Order.objects.count(), Booking.objects.count()) == (0, 0)


def test_a_vendor_has_one_place_on_each_kind_of_page() -> None:
    user, tool = rows.buyer()
    rows.paid(rows.ordered((user, tool)))
    other = rows.owned(user, "docs", "docs.acme.com")
    with pytest.raises(Unavailable, match="Docs has a place on such a page in one of these weeks already"):
        rows.ordered((user, other))
    assert orders.hindrances([tool, other], user, HOME, week())[other.pk].startswith("Docs has a place")
    rows.ordered((user, other), first=week(2))


def test_a_vendor_has_at_most_a_quarter_of_the_places_of_a_week() -> None:
    tools(8)
    user, tool = rows.buyer()
    assert slots.positions_of_a_week() == 11  # home 3, new 2, search 1, a category 3, a sub-category 2
    for place in (HOME, SEARCH):
        rows.paid(rows.ordered((user, tool), place))
    with pytest.raises(Unavailable, match="more than a quarter of all places of that week: one vendor may have 2"):
        rows.ordered((user, tool), NEW)
    rows.ordered((user, tool), NEW, first=week(2))
    category = slots.find("category/coding")
    assert category
    with pytest.raises(Unavailable, match="more than a quarter"):  # by any tool of theirs
        rows.ordered((user, rows.owned(user, "docs", "docs.acme.com")), category)


def test_the_same_form_sent_again_is_the_same_order() -> None:
    who = rows.buyer()
    first = rows.ordered(who, count=2)
    assert rows.ordered(who, count=2) == first
    assert (Order.objects.count(), Booking.objects.count()) == (1, 1)


def test_once_it_is_paid_the_same_form_says_that_one_is_there() -> None:
    who = rows.buyer()
    rows.paid(rows.ordered(who))
    with pytest.raises(Unavailable, match="one for each vendor"):
        rows.ordered(who)


def bought(who: Any, **changes: Any) -> Order:
    values: dict[str, Any] = {
        "place": HOME, "first": week(), "count": 1, "payer": "Acme Ltd", "kind": "once", "may_move": False, **changes,
    }  # fmt: skip
    return buying.buy(buyer=who[0], tool=who[1], **values)


@pytest.mark.parametrize("change", [{"count": 3}, {"payer": "Acme Inc"}, {"kind": "weekly"}])
def test_who_went_back_and_changed_the_form_has_the_new_order_only(change: dict[str, Any]) -> None:
    who = rows.buyer()
    before = bought(who)
    after = bought(who, **change)
    before.refresh_from_db()
    assert (before.state, before.bookings.get().state) == ("expired", "released")
    assert (after.state, after.bookings.get().state, after.bookings.get().position) == ("open", "held", 1)


def test_an_order_that_was_paid_meanwhile_is_not_thrown_away(monkeypatch: pytest.MonkeyPatch) -> None:
    who = rows.buyer()
    before = bought(who)
    Order.objects.filter(pk=before.pk).update(session_id="cs_1")

    def close(order: Order) -> Order:
        rows.paid(order)
        return order

    monkeypatch.setattr(checkout, "close", close)
    with pytest.raises(Unavailable, match="You have just paid for this place"):
        bought(who, count=3)
    assert list(Booking.objects.values_list("state", flat=True)) == ["booked"]


def test_a_form_that_would_get_nothing_leaves_the_open_order_alone() -> None:
    who = rows.buyer()
    before = bought(who)
    for name in ("one-co", "two-co"):
        rows.paid(rows.ordered(rows.buyer(name), first=week(2)))
    rows.paid(rows.ordered(rows.buyer("three-co"), first=week(2)))
    with pytest.raises(Taken, match="Choose fewer weeks; what you hold already is still yours"):
        bought(who, count=2)
    before.refresh_from_db()
    assert (before.state, before.bookings.get().state) == ("open", "held")


def test_how_many_weeks_in_a_row_are_free_is_told_of_one_position() -> None:
    who = rows.buyer()
    assert orders.longest(HOME, week(), who[0]) == 8
    assert orders.longest(HOME, week(23), who[0]) == 3
    assert orders.longest(HOME, week(0), who[0]) == 0
    for number, name in enumerate(("one-co", "two-co", "three-co"), 2):
        rows.ordered(rows.buyer(name), first=week(number))
    assert orders.longest(HOME, week(), who[0]) == 8  # each lies in another week, on the first position
    rows.ordered(rows.buyer("four-co"), SEARCH, first=week(3))
    assert orders.longest(SEARCH, week(), who[0]) == 2
    mine = rows.ordered(who, SEARCH)
    assert orders.longest(SEARCH, week(), who[0]) == 2  # what one holds oneself is in nobody's way
    rows.paid(mine)
    assert orders.longest(SEARCH, week(), who[0]) == 0


@pytest.mark.django_db(transaction=True)
def test_a_form_sent_twice_at_once_is_one_order() -> None:
    who = rows.buyer()
    got, ready = [], threading.Barrier(8)

    def press() -> None:
        try:
            ready.wait()
            got.append(bought(who).pk)
        finally:
            connections.close_all()

    pressing = [threading.Thread(target=press) for _ in range(8)]
    for one in pressing:
        one.start()
    for one in pressing:
        one.join()
    assert (len(got), len(set(got)), Order.objects.count(), Booking.objects.count()) == (8, 1, 1, 1)


def test_the_hold_refuses_what_the_checks_before_it_let_through() -> None:
    user, tool = rows.buyer()
    rows.ordered((user, tool))
    with pytest.raises(OneForEach):
        rows.ordered((user, tool), payer="Somebody else")
