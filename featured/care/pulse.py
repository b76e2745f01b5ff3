"""Our own outages: known from the gaps of a pulse, or said by who runs the site. What ran then is credited."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from django.db import connection, transaction
from django.db.models import Q

from core import audit
from featured.models import Booking, Heartbeat, Pause
from featured.models.bookings import State

log = logging.getLogger(__name__)
GAP = dt.timedelta(minutes=10)  # of the pulse, which beats every minute: what is longer is an outage
AHEAD = dt.timedelta(days=1)  # of a clock that was set back: less heals by waiting
LONGEST = dt.timedelta(days=30)  # what is longer is rather a clock that was wrong: a person notes it
RAN = (State.BOOKED, State.ENDED, State.CANCELLED, State.STOPPED)  # of what was disputed the bank decides


class Span(NamedTuple):
    """A stretch of time, [begin, end); empty when its end is not later."""

    begin: dt.datetime
    end: dt.datetime


@dataclass
class Noted:
    """What an outage came to: how many bookings were paused, and those that were settled before we knew of it."""

    paused: int = 0
    late: list[Booking] = field(default_factory=list)


@transaction.atomic
def beat(at: dt.datetime) -> int:
    """Make the last stretch of time in which this site ran longer; after a gap begin another, and note the outage.

    Returns how many bookings were paused.
    """
    with connection.cursor() as cursor:  # one after the other: two would note one outage twice
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('featured pulse', 0))")
    if Heartbeat.objects.filter(last_at__gt=at + AHEAD).exists():  # what a clock said that was ahead never was
        log.error("The clock was set back to %s: the pulse goes on from there.", at)
        Heartbeat.objects.filter(began_at__gt=at).delete()
        Heartbeat.objects.filter(last_at__gt=at).update(last_at=at)
    last = Heartbeat.objects.order_by("-last_at", "-id").first()
    if last is None:
        Heartbeat.objects.create(began_at=at, last_at=at)
        return 0
    if at - last.last_at <= GAP:
        Heartbeat.objects.filter(pk=last.pk, last_at__lt=at).update(last_at=at)
        return 0
    Heartbeat.objects.create(began_at=at, last_at=at)
    if at - last.last_at > LONGEST:
        log.error("No pulse from %s to %s: a wrong clock, or an outage to be noted by hand.", last.last_at, at)
        return 0
    return note(last.last_at, at).paused


@transaction.atomic
def note(began: dt.datetime, ended: dt.datetime) -> Noted:
    """Pause for [began, ended) every booking that ran then, as far as it was not paused already. May run again.

    Raises ValueError when the end is not later.
    """
    if ended <= began:
        raise ValueError("An outage ends after it began.")
    noted, never_shown = Noted(), Q(state__in=[State.CANCELLED, State.STOPPED], ends_at=None)
    rows = Booking.objects.select_for_update().filter(
        state__in=RAN, booked_at__isnull=False, during__overlap=(began, ended)
    )
    for one in rows.exclude(never_shown).order_by("pk"):
        span = Span(max(began, one.starts_at, one.booked_at or began), min(ended, one.stops_at))
        new = list(without(span, spans(one)))
        if new and one.settled_at:
            noted.late.append(one)
        elif new:
            why = Pause.Why.OUR_OUTAGE
            Pause.objects.bulk_create(Pause(booking=one, why=why, began_at=a, ended_at=b) for a, b in new)
            noted.paused += 1
    detail = {"from": began.isoformat(), "to": ended.isoformat(), "paused": noted.paused, "late": len(noted.late)}
    audit.record(actor=None, action="featured.outage_noted", detail=detail)
    return noted


def spans(booking: Booking) -> list[Span]:
    """Return when a booking was or is paused, earliest first; a pause that goes on ends with the booking."""
    rows = sorted(booking.pauses.all(), key=lambda one: one.began_at)  # in Python: they may have been read already
    return [Span(one.began_at, one.ended_at or max(one.began_at, booking.stops_at)) for one in rows]


def without(span: Span, taken: Iterable[Span]) -> Iterator[Span]:
    """Yield the parts of a span that none of `taken` covers; they are in order and do not overlap."""
    begin = span.begin
    for one in taken:
        if one.end <= begin:
            continue
        if one.begin >= span.end:
            break
        if one.begin > begin:
            yield Span(begin, one.begin)
        begin = max(begin, one.end)
    if begin < span.end:
        yield Span(begin, span.end)
