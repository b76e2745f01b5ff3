"""Writing down what a process counted: one upsert for each table, all in one transaction."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

from django.db import connection, transaction

from catalog.models import ToolSearch
from catalog.reach.events import Event

Counts = Mapping[tuple[dt.date, Event], int]
MOST_TEXTS = 10_000  # rows of searches that a day gets, so that nobody fills the disk by making searches up
COLUMNS = {"cards": 0, "page": 1, "visit": 2}

# Rows are written in one order, so that two processes never wait for each other in turn; what belongs to a tool that
# is gone meanwhile is left out.
DAYS = """
INSERT INTO catalog_toolday AS kept (tool_id, day, channel, impressions, views, visits)
SELECT new.* FROM unnest(%s::bigint[], %s::date[], %s::text[], %s::bigint[], %s::bigint[], %s::bigint[])
  AS new (tool_id, day, channel, impressions, views, visits) JOIN catalog_tool ON catalog_tool.id = new.tool_id
ORDER BY new.tool_id, new.day, new.channel
ON CONFLICT (tool_id, day, channel) DO UPDATE SET impressions = kept.impressions + excluded.impressions,
  views = kept.views + excluded.views, visits = kept.visits + excluded.visits
"""
SEARCHES = """
INSERT INTO catalog_toolsearch AS kept (tool_id, day, text, count)
SELECT new.* FROM unnest(%s::bigint[], %s::date[], %s::text[], %s::bigint[]) AS new (tool_id, day, text, count)
  JOIN catalog_tool ON catalog_tool.id = new.tool_id
ORDER BY new.tool_id, new.day, new.text
ON CONFLICT (tool_id, day, text) DO UPDATE SET count = kept.count + excluded.count
"""
FILTERS = """
INSERT INTO catalog_filterday AS kept (day, facet, count, unknown)
SELECT * FROM unnest(%s::date[], %s::text[], %s::bigint[], %s::bigint[]) AS new (day, facet, count, unknown)
ORDER BY new.day, new.facet
ON CONFLICT (day, facet) DO UPDATE SET count = kept.count + excluded.count, unknown = kept.unknown + excluded.unknown
"""


def write(counts: Counts) -> None:
    """Add counts to what is stored, all or nothing. Raises django.db.Error."""
    days: defaultdict[tuple[int, dt.date, str], list[int]] = defaultdict(lambda: [0, 0, 0])
    searches: Counter[tuple[int, dt.date, str]] = Counter()
    filters: defaultdict[tuple[dt.date, str], list[int]] = defaultdict(lambda: [0, 0])
    for (day, event), count in counts.items():
        if event.kind in COLUMNS:
            for tool in event.tools:
                days[tool, day, event.channel][COLUMNS[event.kind]] += count
        elif event.kind == "search":
            searches[event.tools[0], day, event.text] += count
        else:
            filters[day, event.text][event.kind == "unknown"] += count
    with transaction.atomic():
        _upsert(DAYS, [(*key, *row) for key, row in days.items()])
        _upsert(FILTERS, [(*key, *row) for key, row in filters.items()])
        if searches:
            room = max(0, MOST_TEXTS - ToolSearch.objects.filter(day=max(day for _, day, _ in searches)).count())
            _upsert(SEARCHES, [(*key, count) for key, count in searches.items()][:room])


def _upsert(statement: str, rows: Sequence[Iterable[object]]) -> None:
    if rows:
        with connection.cursor() as cursor:
            cursor.execute(statement, [list(column) for column in zip(*rows, strict=True)])
