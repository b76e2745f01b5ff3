"""The change log in words, for pages."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Count

from catalog import wording
from catalog.models import Change, Tool
from catalog.records import FIELDS

TOLD = [*FIELDS, "logo"]  # in the order in which they are named
WORDS = {
    "launched_said_by": "who says when it launched",
    "also": "further categories",
    "plans": "prices",
    "modality": "input and output",
    "slug": "address",
    "listed": "listing date",
}
PRIVATE = "note"  # for curators only
QUIET = {PRIVATE, "facts"}  # what alone is no news for people; programs that keep a copy need to know of the second
MANY = 3  # more listings than this on one day are told in one sentence


@dataclass(frozen=True)
class Entry:
    """One line of a log: a day, a sentence, the tool it is about (None for a summary)."""

    day: dt.date
    text: str
    name: str = ""
    slug: str = ""  # "" when the tool has no page any more
    serial: int = 0
    parts: tuple[dict[str, str], ...] = ()  # of one tool: what each changed field said and says (catalog/wording.py)


def sentence(change: Change) -> str:
    """Return what happened as a short clause: "listed.", "pricing and licence changed."."""
    if change.action == Change.Action.UPDATED:
        names = [WORDS.get(name, name) for name in TOLD if name in change.fields and name != PRIVATE]
        listed = ", ".join(names[:-1]) + (" and " if len(names) > 1 else "") + names[-1]
        return f"{listed} changed."
    return {"created": "listed.", "removed": "removed from the catalog."}[change.action]


def recent(limit: int, since: dt.datetime) -> list[Entry]:
    """Return the latest entries since a moment; many listings on one day become one line. Four statements."""
    many = _many_days(since)
    entries = [Entry(day, f"{number:,} tools listed by the editors.") for day, number in many.items()]
    found = Change.objects.filter(at__gte=since).order_by("-serial")
    if many:
        found = found.exclude(action=Change.Action.CREATED, at__date__in=list(many))
    rows = public(found[: 2 * limit])[:limit]
    tools = Tool.objects.listed().in_bulk([row.tool_id for row in rows])
    for row in rows:
        tool = tools.get(row.tool_id)
        name, slug = (tool.name, tool.slug) if tool else (row.slug, "")
        entries.append(Entry(row.at.date(), sentence(row), name, slug, row.serial))
    return sorted(entries, key=lambda entry: (entry.day, entry.serial), reverse=True)[:limit]


def _many_days(since: dt.datetime) -> dict[dt.date, int]:
    created = Change.objects.filter(at__gte=since, action=Change.Action.CREATED)
    days = created.values("at__date").annotate(number=Count("serial")).filter(number__gt=MANY)
    return {row["at__date"]: row["number"] for row in days}


def public(rows: Iterable[Change]) -> list[Change]:
    """Leave out what only curators are concerned with, and that a fact was confirmed."""
    return [row for row in rows if not row.fields or not QUIET.issuperset(row.fields)]


def of_tool(rows: Iterable[Change], listed_on: dt.date) -> list[Entry]:
    """Return the entries of one tool listed on a day, with what each changed field said before and says since."""
    texts = [(row, sentence(row)) for row in public(rows)]
    return [
        Entry(_day(row, listed_on), text[0].upper() + text[1:], serial=row.serial, parts=_parts(row))
        for row, text in texts
    ]


def _day(row: Change, listed_on: dt.date) -> dt.date:
    """Return the day of an entry. A tool that was listed before it was loaded here, as the seed, has that day."""
    first = row.action == Change.Action.CREATED and not row.fields  # one that is listed again says what it was
    return min(row.at.date(), listed_on) if first else row.at.date()


def _parts(row: Change) -> tuple[dict[str, str], ...]:
    if row.action != Change.Action.UPDATED:
        return ()
    before, after = ({name: pair[at] for name, pair in row.fields.items() if name != PRIVATE} for at in (0, 1))
    return tuple(wording.difference(before, after))
