"""A slot is booked once: by the database, whatever the code above it thinks."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from featured import booking, weeks
from featured.models import Booking, BookingMove
from featured.models.bookings import State
from featured.slots import Place, Surface, find
from tests import make

pytestmark = pytest.mark.django_db
HOME = Place(Surface.HOME)


def held(name: str, place: Place = HOME, **changes: object) -> Booking:
    """Hold a slot for next week for a tool of its own vendor, as staff grants it."""
    tool = make.tool(slug=name, name=name.title(), homepage=f"https://{name}.com")
    options = {"kind": "granted", "payer": "The site", "until": timezone.now() + dt.timedelta(minutes=30), **changes}
    first = weeks.upcoming(2)[1]
    return booking.hold(tool=tool, place=place, first=options.pop("first", first), **options)  # type: ignore[arg-type]


def test_positions_are_given_from_the_first_until_none_is_left() -> None:
    assert [held(name).position for name in ("one-co", "two-co", "three-co")] == [1, 2, 3]
    with pytest.raises(booking.Taken, match="Home is taken in one of these weeks"):
        held("four-co")


def test_a_vendor_has_one_position_of_a_kind_of_page() -> None:
    make.categories()
    category = find("category/coding")
    assert category
    tool = held("acme").tool
    assert tool
    other = make.tool(slug="acme-two", homepage="https://docs.acme.com")
    until, first = timezone.now() + dt.timedelta(minutes=30), weeks.upcoming(2)[1]
    with pytest.raises(booking.OneForEach):
        booking.hold(tool=other, place=HOME, first=first, payer="Acme", until=until, kind="granted")
    booking.hold(tool=other, place=category, first=first, payer="Acme", until=until, kind="granted")


def test_the_database_refuses_a_second_booking_of_a_slot_by_any_way() -> None:
    first = held("one-co")
    with pytest.raises(IntegrityError, match="booking_slot_once"), transaction.atomic():
        Booking.objects.create(
            kind="granted", surface="home", place="home", position=1, during=first.during, hold_until=timezone.now(),
            tool_name="X", tool_slug="x", vendor="x", payer="X", currency="usd",
        )  # fmt: skip


def test_what_happened_to_a_booking_is_never_changed() -> None:
    made = held("one-co")
    for broken in (BookingMove.objects.all().delete, lambda: BookingMove.objects.update(why="otherwise")):
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
            broken()
    assert booking.move(made, "book") is True
    assert booking.move(made, "book") is False
    assert list(made.moves.order_by("id").values_list("event", "new")) == [("hold", "held"), ("book", "booked")]


def test_a_hold_that_is_over_makes_room_and_comes_back_only_if_it_is_still_free() -> None:
    late = held("one-co", position=1, until=timezone.now() - dt.timedelta(seconds=1))
    held("two-co", position=1)
    late.refresh_from_db()
    assert late.state == State.RELEASED
    with pytest.raises(booking.Taken):
        booking.move(late, "rebook")
    late.refresh_from_db()
    assert late.state == State.RELEASED
