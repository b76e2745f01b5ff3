"""Rows of lists of tools: which ones, in one short statement, and what each says, as JSON.

What a tool says is kept in the memory of the process as it was rendered, under the transactions that wrote its two
rows (PostgreSQL's `xmin`): services write the row of a tool with all that they change of its record (`changed_at`), and
its index row with what it is found by. So each answer is as the rows are at its statement, and reading
and rendering them again, two thirds of the work of a list, is done only for those that were written since.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from typing import Any, NamedTuple

from django.db import connection

from api import taxonomy
from api.rendering import dumps
from api.shapes.tools import COLUMNS, Row, tool_summary

BY_KEY = "t.id = ANY(%s)"
KEPT = 10_000  # tools of which a process keeps what they say: 12 MB
CATEGORY, ALSO = Row._fields.index("category"), Row._fields.index("also_in")  # selected as keys
Written = tuple[Any, Any]


class Found(NamedTuple):
    """A row of a list: the tool, what the list is ordered by, and which transactions wrote what it says."""

    id: int
    slug: str
    key: Any
    written: Any
    indexed: Any


def find(where: str, values: Sequence[Any], key: str = "NULL", end: str = "") -> list[Found]:
    """Return rows of listed tools. One statement.

    `where`, `key` and `end` (order and limit) are SQL of this package alone. Rows by their keys are fetched before they
    are ordered (OFFSET 0): PostgreSQL would look for them in the order, through all tools (100 ms of 100,000).
    """
    tools, written, rest = "catalog_tool t", "t.xmin", f"WHERE {where}"
    if where.startswith(BY_KEY):
        tools = f"(SELECT t.*, t.xmin AS written FROM catalog_tool t WHERE {where} OFFSET 0) t"  # noqa: S608
        written, rest = "t.written", ""
    statement = (  # the texts are constants of this package, the values are parameters
        f"SELECT t.id, t.slug, {key}, {written}, i.xmin"  # noqa: S608
        f" FROM {tools} JOIN catalog_toolindex i ON i.tool_id = t.id {rest} {end}"
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return [Found._make(row) for row in cursor.fetchall()]


class Rendered:
    """What tools say, by their keys; what was not asked for the longest is forgotten first. Safe for threads."""

    def __init__(self, most: int = KEPT) -> None:
        self.most, self.lock = most, threading.Lock()
        self.paths: dict[int, str] = {}
        self.known: OrderedDict[int, tuple[Written, bytes]] = OrderedDict()

    def get(self, found: Sequence[Found], paths: dict[int, str]) -> dict[int, bytes]:
        """Return what is known of these rows as they are now; nothing where categories have other places since."""
        with self.lock:
            if self.paths is not paths and self.paths != paths:
                self.known.clear()
            self.paths = paths
            there = {}
            for row in found:
                known = self.known.get(row.id)
                if known is not None and known[0] == (row.written, row.indexed):
                    self.known.move_to_end(row.id)
                    there[row.id] = known[1]
            return there

    def put(self, made: dict[int, tuple[Written, bytes]], paths: dict[int, str]) -> None:
        """Keep what was rendered with these places of categories."""
        with self.lock:
            if self.paths is not paths:
                return
            self.known.update(made)
            while len(self.known) > self.most:
                self.known.popitem(last=False)


_rendered: dict[str, Rendered] = {}  # by database


def rendered(found: Sequence[Found]) -> dict[int, bytes]:
    """Return what these rows say, by their keys, in their order, as JSON (ToolSummaryShape).

    What is gone since is left out. Two statements at most, none when all is known.
    """
    kept = _rendered.setdefault(str(connection.settings_dict["NAME"]), Rendered())
    atomic = connection.in_atomic_block  # what a transaction sees may be rolled back
    known = {} if atomic else kept.get(found, taxonomy.current().paths)
    missing = [row.id for row in found if row.id not in known]
    if missing:
        rows = _read(missing)
        paths = taxonomy.current(one for row, _ in rows for one in (row[CATEGORY], *(row[ALSO] or ()))).paths
        made = {row[0]: (written, _render(row, paths)) for row, written in rows}
        known |= {key: told for key, (_, told) in made.items()}
        if not atomic:
            kept.put(made, paths)
    return {row.id: known[row.id] for row in found if row.id in known}


def _read(ids: Sequence[int]) -> list[tuple[tuple[Any, ...], Written]]:
    """Return the columns of tools, each with what wrote them."""
    statement = (
        f"SELECT {COLUMNS}, t.xmin, i.xmin FROM catalog_tool t JOIN catalog_toolindex i ON i.tool_id = t.id"  # noqa: S608
        f" WHERE {BY_KEY}"
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, [list(ids)])
        return [(row[:-2], row[-2:]) for row in cursor.fetchall()]


def _render(row: tuple[Any, ...], paths: dict[int, str]) -> bytes:
    also = [paths[one] for one in row[ALSO] or ()]
    return dumps(tool_summary(Row._make([*row[:CATEGORY], paths[row[CATEGORY]], also, *row[ALSO + 1 :]])))
