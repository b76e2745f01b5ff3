"""Slots that nobody bought, drawn by lot among open-source tools. Anybody can draw again and must get the same."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from catalog import bitmaps, choices
from catalog.models import Tool
from core.models import AuditHead
from featured import booking, showing, slots, waitlist, weeks
from featured.eligibility import vendor_of
from featured.models import Booking, Waiting
from featured.slots import Place, Surface
from verification.models import Claim, DriftCase

BEGINS = dt.timedelta(days=3)  # before its week: Friday 00:00 UTC


@dataclass(frozen=True)
class Lot:
    """A tool that takes part, and the vendor that it counts for."""

    tool: int
    slug: str
    vendor: str


def draw(at: dt.datetime | None = None) -> int:
    """Give what is free of the coming week to open-source tools, from Friday 00:00 UTC on; return how many slots.

    What somebody has stays theirs, so that it may run again and again. Pages too short for a sponsored card are left
    out.
    """
    at = at or timezone.now()
    week = weeks.start_of(at) + weeks.WEEK
    if at < week - BEGINS:
        return 0
    waits = Waiting.objects.filter(week=week.date(), state=Waiting.State.WAITS).order_by("place")
    for name in waits.values_list("place", flat=True).distinct():
        waitlist.offer(name, week)  # who waits is asked before any lot, which may take what they could have
    taking_part, seed = list(lots(at)), seed_of(week)
    used, given = _used(week), 0
    for place, tools in _places():
        here = set(bitmaps.among(tools, (one.tool for one in taking_part)))
        fitting = [one for one in taking_part if one.tool in here]
        for position in booking.free_positions(place, week):
            for one in sorted(fitting, key=lambda lot: number(seed, week, place.name, position, lot.slug)):
                if (place.surface, one.vendor) in used or not _give(one, place, position, week):
                    continue
                used.add((place.surface, one.vendor))
                given += 1
                break
    return given


def seed_of(week: dt.datetime) -> str:
    """Return what the lots of a week are mixed with: the last head of the audit log published before its Friday.

    Heads stand at /trust/audit.json, so anybody can look it up, and nobody can choose it afterwards. Where there is
    none, the date of the week.
    """
    head = AuditHead.objects.filter(at__lt=week - BEGINS).order_by("-serial").first()
    return head.hash if head else f"{week:%Y-%m-%d}"


def number(seed: str, week: dt.datetime, place: str, position: int, slug: str) -> str:
    """Return the number that a tool draws for a slot; the lowest has it (docs/sponsored.md says how to repeat it)."""
    return hashlib.sha256(f"{seed} {week:%Y-%m-%d} {place} {position} {slug}".encode()).hexdigest()


def lots(at: dt.datetime) -> Iterator[Lot]:
    """Yield the tools that take part: open source, found by lists, active, and reachable where anybody looked.

    Not one of which a person is asked just now whether its site is still the same product.
    """
    reachable = Claim.objects.holding(at).filter(tool=OuterRef("pk"), kind=Claim.Kind.REACHABLE)
    never_looked = Q(level=0, checked_at=None)
    asked = DriftCase.objects.filter(tool=OuterRef("pk"), state=DriftCase.State.OPEN)
    tools = (
        Tool.objects.found()
        .exclude(Exists(asked))
        .filter(never_looked | Exists(reachable), source="open_source", status=choices.Status.ACTIVE)
        .order_by("slug")
    )
    for tool in tools:
        yield Lot(tool.pk, tool.slug, vendor_of(tool))


def _places() -> Iterator[tuple[Place, int]]:
    """Yield the places whose page has room for a sponsored card, each with the bitmap of its tools. Two statements."""
    index = bitmaps.current()
    for place in slots.every():
        tools = index.words.get(f"category:{place.category.slug}", 0) if place.category else index.listed
        if showing.room(tools.bit_count()):
            yield place, tools


def _used(week: dt.datetime) -> set[tuple[str, str]]:
    """Return which vendors have a slot of which surface in this week: one for each."""
    held = Booking.objects.occupying().filter(during__overlap=weeks.during(week))
    return {(Surface(surface), vendor) for surface, vendor in held.values_list("surface", "vendor")}


@transaction.atomic
def _give(lot: Lot, place: Place, position: int, week: dt.datetime) -> bool:
    """Book a slot for a tool; False when the slot or the vendor is not free any more, or the tool is gone."""
    tool = Tool.objects.listed().filter(pk=lot.tool).first()
    if tool is None:
        return False
    try:
        held = booking.hold(
            tool=tool, place=place, first=week, payer="", kind=Booking.Kind.COMMUNITY, position=position,
            until=timezone.now() + dt.timedelta(minutes=1),
        )  # fmt: skip
    except booking.Unavailable:
        return False
    return booking.move(held, "book", why="Drawn by lot, as nobody had booked it.")
