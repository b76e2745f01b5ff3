"""What is free and what is taken, as the calendar shows it: places by week.

One query of places, one of bookings, one of how many tools stand there.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from catalog.choices import LISTED
from catalog.models import Category
from featured import weeks
from featured.models import Booking
from featured.models.bookings import State
from featured.slots import Place, Surface, of_category, too_short

SHOWN = 9  # weeks beside each other
MOST_HOLDERS = 100  # of the list below the calendar; the ledger has all


@dataclass(frozen=True)
class Taken:
    """A booking as everybody may see it; `mine` for whom it belongs to."""

    place: str
    position: int
    during: Any
    state: str
    kind: str
    payer: str
    tool_name: str
    tool_slug: str  # "" when it is not listed
    key: str
    mine: bool


@dataclass(frozen=True)
class Cell:
    """A week of a place: "free", "held", "taken", "closed" (it runs already, and nobody has all of it) or "small"."""

    week: dt.datetime
    state: str
    free: int
    bookable: bool  # or waited for: it begins later
    mine: str = ""  # the key of one's own booking

    @property
    def date(self) -> str:
        """The week as addresses have it."""
        return f"{self.week:%Y-%m-%d}"


@dataclass(frozen=True)
class Row:
    """A place with the weeks that are shown."""

    place: Place
    cells: list[Cell]
    next_free: dt.datetime | None
    small: bool  # its list is too short to show a card, so nothing is sold


@dataclass(frozen=True)
class Calendar:
    """Everything that the page shows."""

    weeks: list[dt.datetime]
    rows: list[Row]
    holders: list[tuple[Place, Taken]]
    more: int
    earlier: str
    later: str


def places(within: str = "") -> list[tuple[Place, int]] | None:
    """Return the places of the page, each with how many sub-categories it has; None where there is no such category.

    Without `within`: home, new, search and the categories; with the name of a category's place: it and what is in it.
    """
    top = within.removeprefix("category/")
    rows = list(Category.objects.in_order())
    tops = {row.pk: row for row in rows if row.parent_id is None}
    if not within:
        subs = [row.parent_id for row in rows]
        pages = [(Place(one), 0) for one in (Surface.HOME, Surface.NEW, Surface.SEARCH)]
        return [*pages, *((of_category(row), subs.count(row.pk)) for row in tops.values())]
    if not within.startswith("category/"):
        return None
    chosen = next((row for row in rows if row.slug == top), None)
    head = tops.get(chosen.parent_id or chosen.pk) if chosen else None
    return [(of_category(row), 0) for row in rows if head and head.pk in {row.pk, row.parent_id}] or None


def calendar(among: Iterable[Place], first: dt.datetime, user: Any, at: dt.datetime | None = None) -> Calendar:
    """Return the calendar of these places, `SHOWN` weeks from `first`. Two queries."""
    ahead = weeks.upcoming(at=at)
    start = min(ahead.index(first), len(ahead) - SHOWN)
    shown, chosen = ahead[start : start + SHOWN], list(among)
    rows = list(_taken(chosen, ahead, user))
    by_place: dict[str, list[Taken]] = {}
    for one in rows:
        by_place.setdefault(one.place, []).append(one)
    short = too_short(chosen)
    labels = {place.name: place for place in chosen}
    holders = [
        (labels[one.place], one)
        for one in rows
        if one.state == State.BOOKED and one.during.upper > shown[0] and one.during.lower <= shown[-1]
    ]
    return Calendar(
        shown,
        [_row(place, by_place.get(place.name, []), ahead, shown, small=place.name in short) for place in chosen],
        holders[:MOST_HOLDERS],
        len(holders) - len(holders[:MOST_HOLDERS]),
        f"{ahead[max(0, start - SHOWN)]:%Y-%m-%d}" if start else "",
        f"{ahead[start + SHOWN]:%Y-%m-%d}" if start + SHOWN < len(ahead) else "",
    )


def _taken(among: list[Place], ahead: list[dt.datetime], user: Any) -> Iterator[Taken]:
    columns = (
        "place", "position", "during", "state", "kind", "payer", "tool_name", "tool__slug", "tool__status", "key",
        "buyer",
    )  # fmt: skip
    rows = Booking.objects.occupying().filter(
        place__in=[place.name for place in among], during__overlap=weeks.during(ahead[0], len(ahead))
    )
    own = user.pk if user is not None and user.is_authenticated else None
    for row in rows.order_by("during", "place", "position", "id").values(*columns):
        slug, status, buyer = row.pop("tool__slug"), row.pop("tool__status"), row.pop("buyer")
        yield Taken(**row, tool_slug=slug if status in LISTED else "", mine=own is not None and buyer == own)


def _row(place: Place, taken: list[Taken], ahead: list[dt.datetime], shown: list[dt.datetime], *, small: bool) -> Row:
    cells = {week: _cell(place, week, [one for one in taken if week in one.during], ahead[0], small) for week in ahead}
    free = (week for week in ahead if cells[week].state == "free")
    return Row(place, [cells[week] for week in shown], next(free, None), small)


def _cell(place: Place, week: dt.datetime, theirs: list[Taken], running: dt.datetime, small: bool) -> Cell:
    free = place.positions - len(theirs)
    held = any(one.state == State.HELD for one in theirs)
    state = "held" if held else "taken"
    if free:
        state = "small" if small else "closed" if week == running else "free"
    mine = next((one.key for one in theirs if one.mine and one.state == State.BOOKED), "")
    return Cell(week, state, free, week != running and not small, mine)


def today() -> dt.datetime:
    """Return the beginning of the running week."""
    return weeks.start_of(timezone.now())
