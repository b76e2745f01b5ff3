"""The waitlist: who came first is asked first, for 24 hours; a held booking keeps the slot meanwhile."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import transaction
from django.utils import timezone

from catalog.models import Tool
from featured import booking, waiting_mails, weeks
from featured.booking import OneForEach, Unavailable
from featured.eligibility import vendor_of, why_not
from featured.models import Booking, Waiting
from featured.models.bookings import OCCUPIES, State
from featured.orders import bookable, hindrances
from featured.slots import Place, find

OFFERED_FOR = dt.timedelta(hours=24)
MOST = 20  # places and weeks that one account waits for at once
NO_USE = "That week has begun, or lies too far ahead: nobody can wait for it. Choose another week."
FREE = "It is free: book it instead of waiting for it."
FULL = f"You wait for {MOST} slots already. Leave one of them first."
VENDOR = "Somebody of the same vendor waits for this slot already: one for each vendor."
Stands = Waiting.State


@transaction.atomic
def join(*, user: Any, tool: Tool, place: Place, first: dt.datetime) -> Waiting:
    """Let somebody wait for a place in the week that begins then; who waits already keeps their turn.

    Raises Unavailable with a sentence: not eligible, nothing to wait for, or the vendor waits already.
    """
    booking.lock(place.name)
    if why := why_not(tool, user):
        raise Unavailable(why)
    if not bookable(first):
        raise Unavailable(NO_USE)
    active = Waiting.objects.filter(state__in=[Stands.WAITS, Stands.OFFERED])
    here = active.filter(place=place.name, week=first.date())
    if mine := here.filter(user=user, tool=tool).first():
        return mine
    if active.filter(user=user).count() >= MOST:
        raise Unavailable(FULL)
    if vendor_of(tool) in {vendor_of(one.tool) for one in here.select_related("tool")}:
        raise Unavailable(VENDOR)
    if booking.free_positions(place, first) and not here.exists():
        raise Unavailable(FREE)
    return Waiting.objects.create(user=user, tool=tool, surface=place.surface, place=place.name, week=first.date())


@transaction.atomic
def leave(waiting: Waiting) -> bool:
    """Let somebody wait no more; what was offered goes to the next. Say whether they waited."""
    booking.lock(waiting.place)
    row = Waiting.objects.select_for_update(of=("self",)).select_related("booking").get(pk=waiting.pk)
    if row.state not in {Stands.WAITS, Stands.OFFERED}:
        return False
    Waiting.objects.filter(pk=row.pk).update(state=Stands.OVER)
    if row.booking and row.booking.state == State.HELD and row.booking.order_id is None:
        booking.move(row.booking, "release", by=row.user, why="Who it was offered to wants it no more.")
    offer(row.place, weeks.start_of(row.week))
    return True


@transaction.atomic
def offer(place_name: str, week: dt.datetime) -> int:
    """Offer every free position of a place in a week to who waits, first come, first served; return how many.

    Call it whenever a slot got free. Who was offered one before and tried to pay has the rest of their 24 hours. Who
    cannot have it any more is told why, and the next is asked.
    """
    place = find(place_name)
    if place is None or not bookable(week):
        return 0
    booking.lock(place_name)
    free, made = len(booking.free_positions(place, week)), 0
    if not free:
        return 0
    for one in _in_turn(place_name, week):
        if made == free:
            break
        made += _offer_to(one, place, week)
    return made


def _in_turn(place_name: str, week: dt.datetime) -> list[Waiting]:
    """Return who is asked next: those whose 24 hours are not over and who hold nothing, then who came first."""
    rows = Waiting.objects.filter(place=place_name, week=week.date()).select_related("tool", "user")
    begun = rows.filter(state=Stands.OFFERED, offered_until__gt=timezone.now())
    again = begun.exclude(booking__state__in=OCCUPIES)
    return [*again.in_turn(), *rows.filter(state=Stands.WAITS).in_turn()]


def _offer_to(one: Waiting, place: Place, week: dt.datetime) -> bool:
    """Hold a position for who waits, and write to them; or end their wait and say why."""
    until = one.offered_until or timezone.now() + OFFERED_FOR
    why = hindrances([one.tool], one.user, place, week)[one.tool_id]
    try:
        if why:
            raise Unavailable(why)
        held = booking.hold(tool=one.tool, place=place, first=week, payer="", until=until, buyer=one.user)
    except OneForEach as error:
        why = str(error)
    except Unavailable:
        pass
    if why:
        Waiting.objects.filter(pk=one.pk).update(state=Stands.OVER)
        waiting_mails.wait_over(one, place, why)
        return False
    first_time = one.state == Stands.WAITS
    Waiting.objects.filter(pk=one.pk).update(state=Stands.OFFERED, offered_until=until, booking=held)
    if first_time:
        waiting_mails.offered(one, place, until)
    return True


def tidy(at: dt.datetime | None = None) -> int:
    """End offers that were taken up or not, and waits for weeks that have begun; return how many."""
    at = at or timezone.now()
    offered = Waiting.objects.filter(state=Stands.OFFERED)
    bought = offered.filter(booking__state=State.BOOKED).update(state=Stands.BOUGHT)
    missed = 0
    for one in offered.filter(offered_until__lte=at).select_related("booking", "tool", "user").order_by("pk"):
        missed += _miss(one, at)
    over = Waiting.objects.filter(state=Stands.WAITS, week__lte=at.astimezone(dt.UTC).date()).update(state=Stands.OVER)
    return bought + missed + over


@transaction.atomic
def _miss(one: Waiting, at: dt.datetime) -> bool:
    """End an offer whose time is over, unless somebody pays for it just now; ask the next."""
    booking.lock(one.place)
    held = Booking.objects.filter(offered_to=one).first()
    if held and held.state == State.HELD and held.order_id is not None:
        return False  # its own sweep ends it (featured/holds.py)
    if not Waiting.objects.filter(pk=one.pk, state=Stands.OFFERED).update(state=Stands.MISSED):
        return False
    if held and held.state == State.HELD:
        booking.move(held, "release", why="The offer was not taken up in time.")
    offer(one.place, weeks.start_of(one.week))
    return True


def waited_for() -> list[tuple[str, dt.datetime]]:
    """Return the places and weeks that somebody waits for, earliest week first."""
    rows = Waiting.objects.filter(state=Stands.WAITS).order_by("week", "place").values_list("place", "week").distinct()
    return [(place, weeks.start_of(week)) for place, week in rows]
