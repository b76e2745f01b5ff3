"""Which sponsored cards a page shows: extra ones, few, by turns that nobody can buy or foresee."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass

from django.db.models import prefetch_related_objects
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from catalog.models import Tool
from featured.models import Booking
from featured.slots import PER

MOST = 3  # sponsored cards on a page

Matching = Callable[[list[int]], Collection[int]]


def room(organic: int) -> int:
    """Return how many sponsored cards a page with so many organic ones may have."""
    return min(MOST, organic // PER)


def cards(place: str, organic: int, matching: Matching | None = None, at: dt.datetime | None = None) -> list[Booking]:
    """Return the bookings whose cards a page shows, in order: at most 3, and 1 for 8 organic cards.

    `place` as in bookings ("home", "category/coding"); `matching` keeps, of keys of tools, those that may stand there.
    Where more are booked than there is room for, they take turns by the hour. No statement without room, one where
    nothing is booked, else three; tools come with what their cards need.
    """
    most = room(organic)
    if not most:
        return []
    at = at or timezone.now()
    running = Booking.objects.running(at).filter(place=place, tool__in=Tool.objects.found())
    found = list(running.select_related("tool__category").order_by("pk"))
    if matching and found:
        kept = matching([one.tool_id for one in found if one.tool_id])
        found = [one for one in found if one.tool_id in kept]
    shown = sorted(found, key=lambda one: turn(place, one.key, at))[:most]
    prefetch_related_objects([one.tool for one in shown if one.tool], "interfaces", "plans")
    return shown


def turn(place: str, key: str, at: dt.datetime) -> bytes:
    """Return what a booking is ordered by in this hour: a keyed hash, so that all have the same share of each place."""
    hour = int(at.timestamp() // 3_600)
    return salted_hmac("featured.showing", f"{hour} {place} {key}", algorithm="sha256").digest()


@dataclass(frozen=True)
class Strip:
    """The cards under one label, with who pays and since when."""

    name: str  # "sponsored" or "community"
    label: str
    said: SafeString  # names of payers are bounded by <bdi>, so that none runs into what stands around it
    bookings: tuple[Booking, ...]
    first: int  # number of its first card among the sponsored cards of the page

    @property
    def tools(self) -> list[Tool]:
        """The tools of its cards."""
        return [one.tool for one in self.bookings if one.tool]

    @property
    def cards(self) -> str:
        """What the page's script tells us of its cards by: "KEY:1 KEY:2", in their order."""
        return " ".join(f"{one.key}:{number}" for number, one in enumerate(self.bookings, self.first))


def strips(shown: Iterable[Booking]) -> list[Strip]:
    """Return the strips of a page: what is paid for under "Sponsored", after it what was drawn under "Community"."""
    bookings = list(shown)
    community = tuple(one for one in bookings if one.kind == Booking.Kind.COMMUNITY)
    sponsored = tuple(one for one in bookings if one.kind != Booking.Kind.COMMUNITY)
    found = []
    if sponsored:
        found.append(Strip("sponsored", "Sponsored", who_pays(sponsored), sponsored, 1))
    if community:
        dates = _by_dates((span(one), "") for one in community)
        said = format_html("Open source, drawn by lot, {}. Nobody pays.", dates)
        found.append(Strip("community", "Community", said, community, 1 + len(sponsored)))
    return found


def who_pays(bookings: Iterable[Booking]) -> SafeString:
    """Return who pays for these, and when they are shown: "Paid by A and B, 23 to 29 Nov.", the names in <bdi>."""
    paid = [(span(one), one.payer) for one in bookings if one.kind != Booking.Kind.GRANTED]
    given = [(span(one), "") for one in bookings if one.kind == Booking.Kind.GRANTED]
    said = [format_html("Paid by {}.", _by_dates(paid))] if paid else []
    if given:
        own = "Also sponsored" if paid else "Sponsored"
        said.append(format_html("{} by the site itself, {}.", own, _by_dates(given)))
    return _join(" ", said)


def _by_dates(pairs: Iterable[tuple[str, str]]) -> SafeString:
    """Join names of the same dates: "A and B, 23 to 29 Nov; C, 23 Nov to 6 Dec"; dates alone without names."""
    named: dict[str, list[str]] = {}
    for dates, name in pairs:
        names = named.setdefault(dates, [])
        if name and name not in names:
            names.append(name)
    return _join(
        "; ", [format_html("{}, {}", _and(names), dates) if names else dates for dates, names in named.items()]
    )


def _and(names: list[str]) -> SafeString:
    marked = [format_html("<bdi>{}</bdi>", name) for name in names]
    return _join(" and ", [*filter(None, [_join(", ", marked[:-1])]), *marked[-1:]])


def _join(between: str, parts: Iterable[str]) -> SafeString:
    return format_html_join(between, "{}", ((part,) for part in parts))


def span(booking: Booking) -> str:
    """Return the days of a booking, the last one included: "23 to 29 Nov", "23 Nov to 6 Dec"."""
    first = booking.starts_at.astimezone(dt.UTC).date()
    last = (booking.during.upper - dt.timedelta(days=1)).astimezone(dt.UTC).date()
    end = f"{last.day} {last:%b}"
    return f"{first.day} to {end}" if first.month == last.month else f"{first.day} {first:%b} to {end}"
