"""Waiting: first come, first served; a slot that gets free is kept for who is asked."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.core import mail
from django.utils import timezone

from accounts.models import User
from catalog.models import Tool
from featured import cancelling, holds, orders, waitlist
from featured.booking import Taken, Unavailable
from featured.models import Booking, Waiting
from featured.models.bookings import State
from tests.featured import rows
from tests.featured.rows import HOME, SEARCH, week

pytestmark = pytest.mark.django_db
Who = tuple[User, Tool]


def waits(who: Who, **changes: Any) -> Waiting:
    return waitlist.join(user=who[0], tool=who[1], **{"place": SEARCH, "first": week(), **changes})


def line(*names: str) -> list[Waiting]:
    """Let these wait for the only place of the search, in this order, while "first" has it."""
    rows.paid(rows.ordered(rows.buyer("first"), SEARCH))
    return [waits(rows.buyer(name)) for name in names]


def stands() -> dict[str, str]:
    return dict(Waiting.objects.values_list("tool__slug", "state"))


def has_it() -> list[tuple[str, str]]:
    """Return whose the place is, and how."""
    return list(Booking.objects.occupying().filter(place="search").values_list("tool_slug", "state"))


def over(slug: str) -> None:
    """Let 24 hours pass for who was asked."""
    past = timezone.now() - dt.timedelta(minutes=1)
    row = Waiting.objects.get(tool__slug=slug)
    Waiting.objects.filter(pk=row.pk).update(offered_until=past)
    Booking.objects.filter(offered_to=row).update(hold_until=past)


def test_one_waits_for_what_is_taken_only_and_keeps_ones_turn() -> None:
    who = rows.buyer("second")
    with pytest.raises(Unavailable, match="It is free: book it"):
        waits(who)
    rows.ordered(rows.buyer("first"), SEARCH)
    assert waits(who) == waits(who)
    with pytest.raises(Unavailable, match="That week has begun"):
        waits(who, first=week(0))
    who[1].claims.all().delete()
    with pytest.raises(Unavailable, match="has not seen Second answer"):
        waits(who)


def test_one_vendor_stands_in_line_once_and_an_account_twenty_times() -> None:
    rows.ordered(rows.buyer("first"), SEARCH)
    user, tool = rows.buyer("second")
    waits((user, tool))
    with pytest.raises(Unavailable, match="Somebody of the same vendor waits"):
        waits((user, rows.owned(user, "docs", "docs.second.com")))
    Waiting.objects.bulk_create(
        Waiting(user=user, tool=tool, surface="home", place="home", week=week(n).date()) for n in range(1, 20)
    )
    rows.ordered(rows.buyer("third"), SEARCH, first=week(2))
    with pytest.raises(Unavailable, match="You wait for 20 slots already"):
        waits((user, tool), first=week(2))


def test_a_slot_that_gets_free_is_offered_to_who_came_first_and_kept_for_a_day() -> None:
    line("second", "third")
    mail.outbox.clear()
    row = Booking.objects.get(tool_slug="first")
    assert cancelling.cancel(row, by=row.buyer)
    assert (has_it(), stands()) == ([("second", "held")], {"second": "offered", "third": "waits"})
    one = Waiting.objects.get(tool__slug="second")
    assert one.booking is not None
    assert one.offered_until == one.booking.hold_until
    assert one.offered_until is not None
    assert dt.timedelta(hours=23, minutes=59) < one.offered_until - timezone.now() <= dt.timedelta(hours=24)
    assert [(one.to, one.subject) for one in mail.outbox] == [
        (["second@example.com"], f"AI Apps: Search results, week of {week().day} {week():%b %Y}, is free for Second")
    ]
    assert "/featured/book/search/" in str(mail.outbox[0].body)
    with pytest.raises(Taken):  # for everybody else it is taken
        rows.ordered(rows.buyer("passer-by"), SEARCH)


def test_nobody_who_comes_by_is_quicker_than_who_waits() -> None:
    line("second")
    Booking.objects.filter(tool_slug="first").update(state="cancelled")  # and nobody was asked yet
    with pytest.raises(Taken, match="Others wait for Search results in one of these weeks, and are asked first"):
        rows.ordered(rows.buyer("passer-by"), SEARCH)
    with pytest.raises(Taken, match="Others wait"):
        rows.ordered(rows.buyer("longer"), SEARCH, first=week(1), count=2)
    assert holds.sweep() == 0
    assert has_it() == [("second", "held")]


def test_who_takes_an_offer_up_has_the_slot() -> None:
    line("second", "third")
    Booking.objects.filter(tool_slug="first").update(state="cancelled")
    waitlist.offer("search", week())
    second = Waiting.objects.get(tool__slug="second")
    order = rows.ordered((second.user, second.tool), SEARCH)
    assert order.bookings.get().state == State.HELD
    assert has_it() == [("second", "held")]
    rows.paid(order)
    assert holds.sweep() == 1
    assert (has_it(), stands()) == ([("second", "booked")], {"second": "bought", "third": "waits"})


def test_who_does_not_answer_loses_their_turn_to_the_next() -> None:
    line("second", "third")
    Booking.objects.filter(tool_slug="first").update(state="cancelled")
    waitlist.offer("search", week())
    assert holds.sweep() == 0
    over("second")
    assert holds.sweep() == 2  # the hold and the offer
    assert (has_it(), stands()) == ([("third", "held")], {"second": "missed", "third": "offered"})


def test_who_tried_to_pay_in_vain_has_the_rest_of_the_day() -> None:
    line("second", "third")
    Booking.objects.filter(tool_slug="first").update(state="cancelled")
    waitlist.offer("search", week())
    second = Waiting.objects.get(tool__slug="second")
    until = second.offered_until
    rows.expired(rows.ordered((second.user, second.tool), SEARCH))
    mail.outbox.clear()
    assert holds.sweep() == 1
    assert (has_it(), stands()) == ([("second", "held")], {"second": "offered", "third": "waits"})
    assert Booking.objects.occupying().get(place="search").hold_until == until
    assert mail.outbox == []  # they know


def test_who_leaves_makes_room_for_the_next() -> None:
    second, third, fourth = line("second", "third", "fourth")
    assert waitlist.leave(third)
    Booking.objects.filter(tool_slug="first").update(state="cancelled")
    waitlist.offer("search", week())
    second.refresh_from_db()
    assert waitlist.leave(second)
    assert waitlist.leave(second) is False
    assert (has_it(), stands()["fourth"]) == ([("fourth", "held")], "offered")
    assert (fourth.pk, stands()["second"], stands()["third"]) == (fourth.pk, "over", "over")


def test_who_cannot_have_it_any_more_is_told_and_the_next_is_asked() -> None:
    second, _ = line("second", "third")
    second.tool.claims.all().delete()
    mail.outbox.clear()
    Booking.objects.filter(tool_slug="first").update(state="cancelled")
    assert waitlist.offer("search", week()) == 1
    assert (has_it(), stands()) == ([("third", "held")], {"second": "over", "third": "offered"})
    assert [one.to[0] for one in mail.outbox] == ["second@example.com", "third@example.com"]
    assert "has not seen Second answer since it was listed" in str(mail.outbox[0].body)


def test_the_order_of_the_line_is_that_of_coming_whatever_gets_free_when() -> None:
    for name in ("one-co", "two-co", "three-co"):
        rows.paid(rows.ordered(rows.buyer(name)))
    names = ["a-co", "b-co", "c-co", "d-co", "e-co"]
    for name in names:
        waits(rows.buyer(name), place=HOME)
    asked: list[str] = []

    def ask() -> None:
        offered = Waiting.objects.filter(state="offered").select_related("tool").in_turn()
        asked.extend(one.tool.slug for one in offered if one.tool.slug not in asked)

    for gone in ("two-co", "one-co", "three-co"):
        row = Booking.objects.get(tool_slug=gone)
        cancelling.cancel(row, by=row.buyer)
        asked += [
            one.tool.slug for one in Waiting.objects.filter(state="offered").in_turn() if one.tool.slug not in asked
        ]
    for missed in ("a-co", "b-co"):
        over(missed)
        holds.sweep()
        asked += [
            one.tool.slug for one in Waiting.objects.filter(state="offered").in_turn() if one.tool.slug not in asked
        ]
    assert asked == names


def test_a_wait_is_over_when_its_week_begins(monkeypatch: pytest.MonkeyPatch) -> None:
    line("second")
    assert waitlist.tidy(week() + dt.timedelta(seconds=1)) == 1
    assert stands() == {"second": "over"}


def test_who_waits_may_book_another_slot_meanwhile() -> None:
    line("second")
    second = Waiting.objects.get(tool__slug="second")
    assert orders.hindrances([second.tool], second.user, HOME, week()) == {second.tool.pk: ""}
    rows.ordered((second.user, second.tool), HOME)
