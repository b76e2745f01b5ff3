"""Which tools each facet word stands for, as bitmaps in the memory of the process: bit n is tool n.

Counting 350 words over 100,000 tools is 350 ANDs of 12 kB here and 2 million array elements in SQL. The rows of
`ToolIndex` stay the truth: a trigger notes every written or deleted row in `Indexed` under a serial that follows the
order of commits (migration 0004), and each look at the bitmaps first takes in what has a higher serial than the last.
"""

from __future__ import annotations

import datetime as dt
import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeVar

from django.db import connection

EVERYTHING = 0  # stands in Indexed for all tools at once (TRUNCATE)
ALL = """
SELECT tool_id, (SELECT max(serial) FROM catalog_indexed), facets, launched_on FROM catalog_toolindex
"""
SINCE = """
SELECT tool_id, serial, facets, launched_on
FROM catalog_indexed LEFT JOIN catalog_toolindex USING (tool_id) WHERE serial > %s
"""
T = TypeVar("T")
Row = tuple[int, int | None, list[str] | None, dt.date | None]


@dataclass(frozen=True)
class Bitmaps:
    """One state of the index: listed tools, tools by facet word, tools by day of launch. Replaced, never changed."""

    serial: int = 0
    listed: int = 0
    words: dict[str, int] = field(default_factory=dict)
    launched: dict[dt.date, int] = field(default_factory=dict)

    def with_rows(self, rows: Sequence[Row]) -> Bitmaps:
        """Return the state after these rows were written; a row without facets is of a tool no longer listed."""
        words: dict[str, list[int]] = defaultdict(list)
        launched: dict[dt.date, list[int]] = defaultdict(list)
        listed = []
        for tool, _, facets, day in rows:
            if facets is None:
                continue
            listed.append(tool)
            for word in facets:
                words[word].append(tool)
            if day is not None:
                launched[day].append(tool)
        changed = bitmap(row[0] for row in rows)
        return Bitmaps(
            max([self.serial, *(row[1] or 0 for row in rows)]),
            self.listed & ~changed | bitmap(listed),
            _merged(self.words, words, changed),
            _merged(self.launched, launched, changed),
        )

    @cached_property
    def by_facet(self) -> dict[str, list[tuple[str, int]]]:
        """The same words by the name of their facet: values with their tools."""
        found: dict[str, list[tuple[str, int]]] = defaultdict(list)
        for word, tools in self.words.items():
            name, _, value = word.partition(":")
            found[name].append((value, tools))
        return found

    def launched_between(self, first: dt.date | None, last: dt.date | None) -> int:
        """Return the tools whose launch is known and lies between the two days, both included; None is no limit."""
        found = 0
        for day, tools in self.launched.items():
            if (first is None or day >= first) and (last is None or day <= last):
                found |= tools
        return found


def bitmap(tools: Iterable[int]) -> int:
    """Return the bitmap of these ids."""
    ids = list(tools)
    octets = bytearray(max(ids, default=0) // 8 + 1)
    for one in ids:
        octets[one >> 3] |= 1 << (one & 7)
    return int.from_bytes(octets, "little")


def ids(tools: int) -> list[int]:
    """Return the ids of a bitmap, smallest first."""
    digits = bin(tools)[:1:-1]
    found = []
    at = digits.find("1")
    while at >= 0:
        found.append(at)
        at = digits.find("1", at + 1)
    return found


def among(tools: int, candidates: Iterable[int]) -> list[int]:
    """Return those of the candidates that are in the bitmap, in their order."""
    digits = bin(tools)[:1:-1]
    return [one for one in candidates if one < len(digits) and digits[one] == "1"]


def _merged(before: dict[T, int], added: dict[T, list[int]], changed: int) -> dict[T, int]:
    merged = {name: tools & ~changed for name, tools in before.items()}
    for name, ids in added.items():
        merged[name] = merged.get(name, 0) | bitmap(ids)
    return {name: tools for name, tools in merged.items() if tools}


_known: dict[str, tuple[Bitmaps, float]] = {}  # by database: the last committed state seen here, and when (monotonic)


def current(within: float = 0) -> Bitmaps:
    """Return the bitmaps as the database is now, or as this process saw it `within` so many seconds. One statement."""
    name = str(connection.settings_dict["NAME"])
    known, seen = _known.get(name, (None, 0.0))
    now = time.monotonic()
    if known is not None and within and now - seen < within and not connection.in_atomic_block:
        return known
    rows = _rows(SINCE, [known.serial]) if known else []
    if known is None or any(row[0] == EVERYTHING for row in rows):
        known, rows = Bitmaps(), _rows(ALL, [])
    if rows:
        known = known.with_rows(rows)
    if not connection.in_atomic_block:  # what a transaction sees may be rolled back
        _known[name] = known, now
    return known


def _rows(statement: str, parameters: list[int]) -> list[Row]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        rows: list[Row] = cursor.fetchall()
        return rows
