"""Tools that do not answer: their cards are not shown, and the time is paid back when the booking ends."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable

from django.db import transaction

from featured.care import mails
from featured.models import Booking, Pause
from featured.models.bookings import State
from verification.health.standing import CLAIMS_END, STATES, shown_effects
from verification.models import Endpoint


def sweep(at: dt.datetime) -> int:
    """Pause bookings whose tool is unreachable for more than 72 hours, let others run again; return how many.

    72 hours as verification counts them (docs/verification.md): by the best of the tool's addresses, and without the
    time of which nothing is known. What could not be told neither begins a pause nor ends one: only an address that
    was seen to answer does.
    """
    running = Booking.objects.filter(state=State.BOOKED, during__contains=at, tool__isnull=False)
    rows = list(running.order_by("pk"))
    open_ = Pause.objects.filter(booking__in=rows, ended_at=None, why=Pause.Why.UNREACHABLE)
    paused = set(open_.values_list("booking", flat=True))
    endpoints = _endpoints({one.tool_id for one in rows if one.tool_id})
    done = 0
    for one in rows:
        known = endpoints[one.tool_id or 0]
        is_away = shown_effects(known, at) >= CLAIMS_END
        if is_away and one.pk not in paused:
            done += begin(one, at)
        elif not is_away and one.pk in paused and any(endpoint.state in STATES for endpoint in known):
            done += finish(one, at)
    return done


def _endpoints(tools: Iterable[int]) -> dict[int, list[Endpoint]]:
    found: dict[int, list[Endpoint]] = defaultdict(list)
    for one in Endpoint.objects.filter(tool__in=list(tools), retired_at=None):
        found[one.tool_id].append(one)
    return found


@transaction.atomic
def begin(booking: Booking, at: dt.datetime) -> bool:
    """Pause a booking that runs, as its tool does not answer; False when it is paused, or runs no more."""
    row = Booking.objects.select_for_update().get(pk=booking.pk)
    if not row.runs(at) or row.pauses.filter(ended_at=None).exists():
        return False
    pause = Pause.objects.create(booking=row, why=Pause.Why.UNREACHABLE, began_at=at)
    mails.paused(row, pause)
    return True


@transaction.atomic
def finish(booking: Booking, at: dt.datetime) -> bool:
    """Let a booking run again whose tool answers; False when it was not paused."""
    row = Booking.objects.select_for_update().get(pk=booking.pk)
    pause = row.pauses.filter(ended_at=None, began_at__lt=at).first()
    if pause is None or not Pause.objects.filter(pk=pause.pk, ended_at=None).update(ended_at=at):
        return False
    mails.runs_again(row, pause)
    return True
