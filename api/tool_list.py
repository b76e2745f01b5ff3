"""The list of tools: the filters, search, order and counts of the site's own list, and pages that stay still.

The rows of a page come in plain statements (api/tool_rows.py): making them through the ORM and serializers takes five
times as long (`make bench-api`). What matches is known from the bitmaps of facet words, so nothing here counts rows.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.conf import settings
from django.http import QueryDict

from api import cursors, parameters, taxonomy
from api.shapes.categories import values
from api.tool_rows import BY_KEY, Found, find
from catalog import bitmaps, choices, facets
from catalog.facets import FACETS, Counts
from catalog.filters import BadParameter, ToolFilter
from catalog.models import Tool

KIND = "tools"
MOMENT = 1.0  # seconds for which a process takes the facet words to be as they were
LONGEST = 4_000  # characters of what is asked: its cursors have to fit into addresses
ANCHORS = 5  # rows of a ranked page that its cursor remembers: when one is gone, the next stands for it
FILTERS = ("q", *FACETS, "launched_since", "sort")
SHOWN = ("limit", "facets", "fields", "expand")
PARAMETERS = (*FILTERS, *SHOWN, "cursor")


@dataclass(frozen=True)
class Order:
    """An order of the list: its column (NULLs last), whether it falls, and the unique column that ends it."""

    column: str
    falls: bool
    last: str
    last_falls: bool = False
    kind: str = "text"
    nullable: bool = True


VERIFIED = f"CASE WHEN t.level >= {choices.VERIFIED} THEN t.verified_at END"
ORDERS = {
    "newest": Order("t.launched_on", True, "t.slug", kind="date"),
    "added": Order("t.listed_on", True, "t.id", True, kind="date", nullable=False),
    "verified": Order(VERIFIED, True, "t.slug", kind="timestamptz"),
    "name": Order("t.sort_name", False, "t.slug"),
}


class Listing:
    """One state of the list, from query parameters or from the cursor that carries them. Raises BadParameter."""

    def __init__(self, query: QueryDict) -> None:
        self.query = query
        self.size = parameters.limit(query)
        self.anchor, self.backwards = None, False
        asked = {name: values for name, values in query.lists() if name in FILTERS}
        if "cursor" in query:
            carried, self.anchor, self.backwards = cursors.read(KIND, str(query["cursor"]))
            if asked and asked != carried:
                raise BadParameter("cursor", "“cursor” goes on with other filters than these. Send it alone.")
            asked = carried
        elif len(encoded := query.urlencode()) > LONGEST:
            name = max(asked, key=lambda one: sum(map(len, asked[one])), default="q")
            told = f"The parameters have {len(encoded):,} characters, “{name}” most of them; {LONGEST:,} are read."
            raise BadParameter(name, told)
        self.asked = asked
        data = QueryDict(mutable=True)
        for name, given in asked.items():
            data.setlist(name, [_last(one) for one in given] if name == "category" else given)
        names = taxonomy.names() if "category" in data else {}
        self.filter = ToolFilter(data, Tool.objects.none(), names)
        self.filter.check()
        self.narrowing, self.order = self.filter.narrowing, self.filter.order  # made anew each time they are asked for

    @cached_property
    def counts(self) -> Counts:
        """What matches, and how many each value would leave; a moment old at most, where answers are kept in memory."""
        return facets.count(self.narrowing, min(MOMENT, settings.PAGE_CACHE_SECONDS))

    @cached_property
    def rows(self) -> list[Found]:
        """The rows of this page, and whether there are more is in `more`."""
        found = self._ranked() if self.order == "relevance" else self._ordered()
        return found[::-1] if self.backwards else found

    @cached_property
    def ranked(self) -> list[int]:
        """The keys of what a search finds, the best first."""
        return bitmaps.among(self.counts.tools, self.narrowing.ids or ())

    def _ranked(self) -> list[Found]:
        """Return rows in the order of a search, after (or before) the first anchor that is still found."""
        ids = self.ranked[::-1] if self.backwards else self.ranked
        start = 0
        if self.anchor is not None:
            place, anchors = self.anchor
            there = next((ids.index(one) + 1 for one in anchors if one in ids), None)
            start = there if there is not None else (max(0, len(ids) - place) if self.backwards else place)
        page = ids[start : start + self.size]
        self.more = len(ids) > start + self.size  # not what is found: a tool that went a moment ago ends no list
        found = {row.id: row for row in find(BY_KEY, [page])}
        return [found[one] for one in page if one in found]

    def _ordered(self) -> list[Found]:
        order = ORDERS[self.order]
        conditions, values = self._matching()
        if self.anchor is not None:
            after, keys = _after(order, self.backwards, *self.anchor)
            conditions, values = [*conditions, after], [*values, *keys]
        down, last_down = order.falls != self.backwards, order.last_falls != self.backwards
        nulls = (" NULLS FIRST" if self.backwards else " NULLS LAST") if order.nullable else ""  # as the index has it
        by = f"{order.column} {'DESC' if down else 'ASC'}{nulls}, {order.last} {'DESC' if last_down else 'ASC'}"
        found = find(" AND ".join(conditions) or "TRUE", values, order.column, f"ORDER BY {by} LIMIT {self.size + 1}")
        self.more = len(found) > self.size
        return found[: self.size]

    def _matching(self) -> tuple[list[str], list[Any]]:
        """Return the condition for what matches: by key where that is few, else by the words of the index."""
        narrowing, counts = self.narrowing, self.counts
        if narrowing.ids is not None or counts.matching**2 <= self.size * counts.listed:
            return [BY_KEY], [bitmaps.ids(counts.tools)]
        conditions: list[str] = []
        values: list[Any] = []
        for name, chosen in narrowing.chosen.items():
            conditions.append("i.facets && %s::varchar[]")
            values.append(facets.words(name, chosen))
        if narrowing.launched_since:
            conditions.append("t.launched_on >= %s")
            values.append(narrowing.launched_since)
        return conditions, values

    # -- where it goes on -------------------------------------------------------------------------------------------

    def next(self) -> str | None:
        """Return the cursor of the next page, None on the last."""
        return self._cursor(False) if self.rows and (self.backwards or self.more) else None

    def previous(self) -> str | None:
        """Return the cursor of the page before, None on the first."""
        there = self.more if self.backwards else self.anchor is not None
        return self._cursor(True) if self.rows and there else None

    def _cursor(self, back: bool) -> str:
        if self.order == "relevance":
            near = self.rows[:ANCHORS] if back else self.rows[: -ANCHORS - 1 : -1]
            place = self.ranked.index(near[0].id) if near[0].id in self.ranked else 0
            return cursors.write(KIND, [self.asked, [place, [row.id for row in near]], back])
        row = self.rows[0 if back else -1]
        last = row.id if self.order == "added" else row.slug
        key = row.key.isoformat() if isinstance(row.key, dt.date) else row.key
        return cursors.write(KIND, [self.asked, [key, last], back])


def _last(path: str) -> str:
    """Return the slug of a category, also where its place is given, as answers say it. Raises BadParameter."""
    if "/" in path and path not in taxonomy.current().paths.values():
        raise BadParameter("category", f"{path[:80]!r} is no category. GET /api/v1/categories has all there are.")
    return path.rpartition("/")[2]


def facet_lists(counts: Counts, chosen: Mapping[str, tuple[str, ...]]) -> dict[str, list[dict[str, Any]]]:
    """Return all facets: for each value its words and how many tools it would leave. At most one statement."""
    names = taxonomy.names()
    return {name: values(facet, counts, chosen.get(name, ()), names) for name, facet in FACETS.items()}


def _after(order: Order, back: bool, key: Any, last: Any) -> tuple[str, list[Any]]:
    """Return the condition for rows that come after a key in an order, or before it."""
    falls, last_falls = order.falls != back, order.last_falls != back
    beyond = f"{order.last} {'<' if last_falls else '>'} %s"
    cast = f"%s::{order.kind}"
    if key is None:  # among the rows without a value, which are the last
        tied = f"{order.column} IS NULL AND {beyond}"
        return (f"({order.column} IS NOT NULL OR ({tied}))" if back else f"({tied})"), [last]
    further = f"{order.column} {'<' if falls else '>'} {cast}"
    ends = "" if back else f" OR {order.column} IS NULL"
    return f"({further}{ends} OR ({order.column} = {cast} AND {beyond}))", [key, key, last]
