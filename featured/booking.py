"""Holding, booking and giving back slots. The database keeps two bookings out of one slot; this asks it politely."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.db.models import Q
from django.utils import timezone

from catalog.models import Tool
from core import audit
from featured import weeks
from featured.eligibility import vendor_of
from featured.models import Booking, BookingMove, Order, Waiting
from featured.models.bookings import OCCUPIES, State
from featured.slots import Place
from featured.transitions import MOVES

AUDITED = frozenset({"book", "rebook", "cancel", "stop", "suspend", "resume"})


class Unavailable(Exception):
    """A slot cannot be had. The message says why and what to do, for who wanted it."""


class Taken(Unavailable):
    """Every position of the place is somebody's in one of these weeks."""


class OneForEach(Unavailable):
    """The vendor has a position of such a page in one of these weeks already."""


def lock(place: str) -> None:
    """Let who books this place wait for each other until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('featured ' || %s, 0))", [place])


@transaction.atomic
def hold(  # noqa: PLR0913 - a booking has that many sides
    *,
    tool: Tool,
    place: Place,
    first: dt.datetime,
    count: int = 1,
    payer: str,
    until: dt.datetime,
    kind: str = Booking.Kind.PAID,
    buyer: Any = None,
    order: Order | None = None,
    position: int | None = None,
    in_place_of: Booking | None = None,
) -> Booking:
    """Hold a position of `place` for `count` weeks until then, the lowest that is free or just `position`.

    Holds there whose time is over are released first. Raises Taken or OneForEach.
    """
    lock(place.name)
    release_overdue(place.name)
    during = weeks.during(first, count)
    vendor = vendor_of(tool)
    # the vendor is as it was when it was booked: a tool whose home page moved meanwhile is still the same tool
    theirs = Q(vendor=vendor) | Q(tool=tool)
    mine = Booking.objects.occupying().filter(theirs, surface=place.surface, during__overlap=during)
    if mine.exists():
        raise OneForEach(f"{tool.name} has a place on such a page in one of these weeks already: one for each vendor.")
    taken = set(
        Booking.objects.occupying().filter(place=place.name, during__overlap=during).values_list("position", flat=True)
    )
    wanted = range(1, place.positions + 1) if position is None else [position] if position <= place.positions else []
    for free in (one for one in wanted if one not in taken):
        booking = Booking(
            kind=kind, surface=place.surface, place=place.name, position=free, category=place.category, during=during,
            hold_until=until, tool=tool, tool_name=tool.name, tool_slug=tool.slug, vendor=vendor, payer=payer,
            buyer=buyer, order=order, in_place_of=in_place_of,
            price=order.unit_price * count if order else 0,
            currency=order.currency if order else settings.FEATURED_CURRENCY,
        )  # fmt: skip
        _save(booking)
        BookingMove.objects.create(booking=booking, event="hold", new=State.HELD, by=buyer)
        return booking
    raise Taken(f"{place.label} is taken in one of these weeks. Choose another week, or wait for it.")


def move(booking: Booking, event: str, *, by: Any = None, why: str = "", **values: Any) -> bool:
    """Let `event` happen to a booking if its state still allows it; say whether it did. `values` are further columns.

    `by` is an account, None for the site itself; `why` a sentence for who booked it. Raises Taken when the slot is
    somebody else's by now (only "rebook" and "resume" can meet that), and KeyError for no event of transitions.py.
    """
    step = MOVES[event]
    if event in {"book", "rebook"}:
        values.setdefault("booked_at", timezone.now())
    with transaction.atomic():
        old = Booking.objects.select_for_update().filter(pk=booking.pk).values_list("state", flat=True).get()
        if old not in step.old:
            return False
        try:
            with transaction.atomic():
                Booking.objects.filter(pk=booking.pk).update(state=step.new, **values)
        except IntegrityError as error:
            raise _taken(error) from error
        BookingMove.objects.create(booking=booking, event=event, old=old, new=step.new, why=why, by=by)
        booking.refresh_from_db()
        if event in AUDITED:
            audit.record(actor=by, action=f"booking.{event}", obj=booking, detail={"from": old, "place": booking.place})
    return True


def stop_instead(booking: Booking, *, why: str) -> None:
    """Stop what was booked in place of a booking whose money went back, as far as its time is not over."""
    for one in Booking.objects.filter(in_place_of=booking, state=State.BOOKED).order_by("pk"):
        now = timezone.now()
        move(one, "stop", why=why, **({"ends_at": now} if one.starts_at < now < one.stops_at else {}))


def release_overdue(place: str) -> int:
    """Release the holds of a place whose time is over; return how many. Call it with the place locked.

    A payment that arrives afterwards is dealt with then (featured/fulfil.py).
    """
    overdue = Booking.objects.filter(place=place, state=State.HELD, hold_until__lt=timezone.now()).order_by("pk")
    return sum(move(one, "release", why="It was not paid for in time.") for one in overdue)


def free_positions(place: Place, first: dt.datetime, count: int = 1) -> list[int]:
    """Return the positions of a place that nobody has in any of these weeks, lowest first. One query."""
    occupied = Booking.objects.filter(place=place.name, state__in=OCCUPIES, during__overlap=weeks.during(first, count))
    taken = set(occupied.values_list("position", flat=True))
    return [one for one in range(1, place.positions + 1) if one not in taken]


def waited_for(place: Place, first: dt.datetime, count: int = 1) -> bool:
    """Say whether somebody waits for a place in one of these weeks: nothing else is given there meanwhile."""
    during = weeks.during(first, count)
    rows = Waiting.objects.filter(place=place.name, week__gte=during.lower.date(), week__lt=during.upper.date())
    return rows.filter(state=Waiting.State.WAITS).exists()


def _save(booking: Booking) -> None:
    try:
        with transaction.atomic():
            booking.save(force_insert=True)
    except IntegrityError as error:
        raise _taken(error) from error


def _taken(error: IntegrityError) -> Exception:
    """Return what a broken exclusion constraint means; what else went wrong is not ours to explain."""
    name = getattr(getattr(error.__cause__, "diag", None), "constraint_name", "")
    if name == "booking_slot_once":
        return Taken("Somebody was quicker: this place is taken in one of these weeks.")
    if name == "booking_vendor_once_a_surface":
        return OneForEach("This vendor has a place on such a page in one of these weeks already: one for each vendor.")
    return error
