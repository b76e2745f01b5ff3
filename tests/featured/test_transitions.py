"""Every pair of states is walked: what the table allows happens, everything else is refused and writes nothing."""

from __future__ import annotations

import itertools

import pytest
from django.db import transaction

from featured.booking import move
from featured.models import Booking, BookingMove
from featured.models.bookings import State
from featured.transitions import MOVES
from tests.featured.care_rows import booked, owned_tool

pytestmark = pytest.mark.django_db


def at(state: State) -> Booking:
    row = booked(owned_tool())
    Booking.objects.filter(pk=row.pk).update(state=state)
    row.refresh_from_db()
    return row


@pytest.mark.parametrize(("old", "new"), list(itertools.product(State, State)))
def test_every_pair_of_states(old: State, new: State) -> None:
    row = at(old)
    before = BookingMove.objects.count()
    for event, step in MOVES.items():
        if old in step.old and step.new == new:
            with transaction.atomic():
                assert move(row, event)
                made = BookingMove.objects.order_by("-id")[0]
                assert (made.event, made.old, made.new, row.state) == (event, old, new, new)
                transaction.set_rollback(True)
        elif old not in step.old:
            assert move(row, event) is False
    assert (Booking.objects.get(pk=row.pk).state, BookingMove.objects.count()) == (old, before)


def test_every_state_is_reached_and_what_is_over_is_never_left() -> None:
    assert {step.new for step in MOVES.values()} | {State.HELD} == set(State)
    left = {old for step in MOVES.values() for old in step.old}
    assert set(State) - left == {State.CANCELLED, State.STOPPED, State.ENDED}
    with pytest.raises(KeyError):
        move(at(State.BOOKED), "forget")
