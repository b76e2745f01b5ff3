"""Bookings that run just now, and pages with enough ordinary cards to show them."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

from django.utils import timezone

from catalog import services
from catalog.models import Tool
from featured import booking, slots, weeks
from featured.models import Booking
from tests import make

STRIPS = re.compile(r'<section\s+class="spon".*?</section>', re.S)


def tools(count: int, **changes: Any) -> list[Tool]:
    """List ordinary tools, each of its own vendor, launched on a known day."""
    dated = {"launched": "2026-11", "launched_said_by": "editor", **changes}
    records = [make.record(**dated) for _ in range(count)]
    for one in records:
        one["homepage"] = f"https://{one['slug']}.com"
    return services.create_tools(records, categories=make.categories())


def runs(name: str = "acme", place: str = "home", *, at: dt.datetime | None = None, **changes: Any) -> Booking:
    """Book a place for the week that `at` (now) is in, for a tool of that name or for `tool`."""
    record = {"slug": name, "name": name.title(), "homepage": f"https://{name}.com", **changes.pop("record", {})}
    tool = changes.pop("tool", None) or make.tool(**record)
    found = slots.find(place)
    assert found
    options: dict[str, Any] = {"kind": Booking.Kind.MAKE_GOOD, "payer": f"{tool.name} Inc.", **changes}
    made = booking.hold(
        tool=tool, place=found, first=at or timezone.now(), until=timezone.now() + dt.timedelta(hours=1), **options
    )
    assert booking.move(made, "book")
    return made


def days(week: dt.datetime | None = None) -> str:
    """Return the days of a week as cards say them."""
    first = weeks.start_of(week or timezone.now())
    last = first + dt.timedelta(days=6)
    end = f"{last.day} {last:%b}"
    return f"{first.day} to {end}" if first.month == last.month else f"{first.day} {first:%b} to {end}"


def without_strips(text: str) -> str:
    """Return a page without its strips."""
    return STRIPS.sub("", text)
