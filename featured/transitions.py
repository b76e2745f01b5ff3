"""The moves of a booking: one table. What is not here is no move, and booking.py refuses it."""

from __future__ import annotations

from typing import NamedTuple

from featured.models.bookings import State


class Move(NamedTuple):
    """What happens, from which states, to which."""

    event: str
    old: tuple[State, ...]
    new: State
    who: str
    what: str


MOVES = {
    move.event: move
    for move in (
        Move("book", (State.HELD,), State.BOOKED, "site", "It is paid for, granted, or drawn."),
        Move("release", (State.HELD,), State.RELEASED, "site, buyer", "It was not paid for in time."),
        Move("rebook", (State.RELEASED,), State.BOOKED, "site", "It was paid after that, and is free."),
        Move("cancel", (State.BOOKED,), State.CANCELLED, "buyer", "Its buyer wants it no more; the rest goes back."),
        Move(
            "stop",
            (State.HELD, State.BOOKED, State.SUSPENDED),
            State.STOPPED,
            "site, staff",
            "The tool was taken down, the money went back, or staff ends it.",
        ),
        Move("suspend", (State.BOOKED,), State.SUSPENDED, "site", "The payment is disputed."),
        Move("resume", (State.SUSPENDED,), State.BOOKED, "site", "The dispute was won, and the slot is still free."),
        Move("end", (State.BOOKED,), State.ENDED, "site", "Its time is over."),
    )
}
