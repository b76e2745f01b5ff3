"""The change log in words, for pages."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from catalog.models import Change

WORDS = {
    "launched_said_by": "who says when it launched",
    "also": "further categories",
    "plans": "prices",
    "modality": "input and output",
    "slug": "address",
    "listed": "listing date",
}
MANY = 3  # more listings than this on one day are told in one sentence


@dataclass(frozen=True)
class Entry:
    """One line of a log: a day, a sentence, the tool it is about (None for a summary)."""

    day: dt.date
    text: str
    slug: str = ""
    serial: int = 0


def sentence(change: Change) -> str:
    """Return what happened as a short clause: "Listed", "Changed: pricing, licence", "Removed"."""
    if change.action == Change.Action.UPDATED:
        return "Changed: " + ", ".join(WORDS.get(name, name) for name in change.fields) + "."
    return {"created": "Listed by an editor.", "removed": "Removed from the catalog."}[change.action]


def recent(limit: int, since: dt.datetime) -> list[Entry]:
    """Return the latest entries since a moment; many listings on one day become one line. Three statements."""
    many = _many_days(since)
    entries = [Entry(day, f"{number:,} tools listed by the editors.") for day, number in many.items()]
    rows = Change.objects.filter(at__gte=since).order_by("-serial")
    if many:
        rows = rows.exclude(action=Change.Action.CREATED, at__date__in=list(many))
    entries += [Entry(row.at.date(), sentence(row), row.slug, row.serial) for row in rows[:limit]]
    return sorted(entries, key=lambda entry: (entry.day, entry.serial), reverse=True)[:limit]


def _many_days(since: dt.datetime) -> dict[dt.date, int]:
    counts: dict[dt.date, int] = defaultdict(int)
    created = Change.objects.filter(at__gte=since, action=Change.Action.CREATED)
    for day in created.order_by("serial").values_list("at__date", flat=True):
        counts[day] += 1
    return {day: number for day, number in counts.items() if number > MANY}


def of_tool(rows: Iterable[Change]) -> list[Entry]:
    """Return the entries of one tool."""
    return [Entry(row.at.date(), sentence(row), row.slug, row.serial) for row in rows]
