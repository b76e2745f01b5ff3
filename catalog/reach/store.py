"""Writing down what a process counted: one upsert for each table, all in one transaction."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence

from django.db import connection, transaction

from catalog.models import ToolSearch
from catalog.reach.events import Beside, Event

Counts = Mapping[tuple[dt.date, Event | Beside], int]
Besides = Mapping[tuple[dt.date, tuple[int | str, ...]], int]  # day and key of a counter -> how often
# Counters of apps above, by name: each writes what is its own, in the transaction in which the rest is written.
WRITERS: dict[str, Callable[[Besides], None]] = {}
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
    besides: defaultdict[str, Counter[tuple[dt.date, tuple[int | str, ...]]]] = defaultdict(Counter)
    for (day, event), count in counts.items():
        if isinstance(event, Beside):
            besides[event.counter][day, event.key] += count
        elif event.kind in COLUMNS:
            for tool in event.tools:
                days[tool, day, event.channel][COLUMNS[event.kind]] += count
        elif event.kind == "search":
            searches[event.tools[0], day, event.text] += count
        else:
            filters[day, event.text][event.kind == "unknown"] += count
    with transaction.atomic():
        upsert(DAYS, [(*key, *row) for key, row in days.items()])
        upsert(FILTERS, [(*key, *row) for key, row in filters.items()])
        if searches:
            room = max(0, MOST_TEXTS - ToolSearch.objects.filter(day=max(day for _, day, _ in searches)).count())
            upsert(SEARCHES, [(*key, count) for key, count in searches.items()][:room])
        for name, rows in sorted(besides.items()):
            WRITERS[name](rows)


def upsert(statement: str, rows: Sequence[Iterable[object]]) -> None:
    """Run a statement over the columns of these rows, which it unnests; none for no rows."""
    if rows:
        with connection.cursor() as cursor:
            cursor.execute(statement, [list(column) for column in zip(*rows, strict=True)])


HAND_OVER = (
    """
    INSERT INTO catalog_toolday AS have (tool_id, day, channel, impressions, views, visits)
    SELECT %(kept)s, day, channel, impressions, views, visits FROM catalog_toolday WHERE tool_id = %(gone)s
    ON CONFLICT (tool_id, day, channel) DO UPDATE SET impressions = have.impressions + excluded.impressions,
        views = have.views + excluded.views, visits = have.visits + excluded.visits
    """,
    "DELETE FROM catalog_toolday WHERE tool_id = %(gone)s",
    """
    INSERT INTO catalog_toolsearch AS have (tool_id, day, text, count)
    SELECT %(kept)s, day, text, count FROM catalog_toolsearch WHERE tool_id = %(gone)s
    ON CONFLICT (tool_id, day, text) DO UPDATE SET count = have.count + excluded.count
    """,
    "DELETE FROM catalog_toolsearch WHERE tool_id = %(gone)s",
)


def hand_over(*, kept: int, gone: int) -> None:
    """Add the counts of one tool to those of another that takes its place. Call it in a transaction."""
    with connection.cursor() as cursor:
        for statement in HAND_OVER:
            cursor.execute(statement, {"kept": kept, "gone": gone})
