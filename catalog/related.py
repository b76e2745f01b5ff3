"""Related tools: the nearest neighbours of every tool, computed ahead and stored in rows."""

from __future__ import annotations

import heapq
import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable

from django.db import connection, transaction

from catalog.models import Related, Tool

KEEP = 48  # neighbours per tool: pages show 12, a search for alternatives narrows them further
COPY = "COPY catalog_related (tool_id, other_id, position, score) FROM STDIN"
Row = tuple[int, int, int, float]
# How much a shared trait counts; tags count by how rare they are.
SAME_SUB, ALSO_SUB, SAME_KIND, SHARED_OUTPUT, SAME_SOURCE = 4.0, 1.5, 0.6, 0.4, 0.3


class _Traits:
    """What of a tool is compared."""

    def __init__(self, tool: Tool) -> None:
        self.pk, self.slug, self.kind, self.source = tool.pk, tool.slug, tool.kind, tool.source
        self.main = tool.category_id
        self.subs = {tool.category_id, *(row.category_id for row in tool.alsoin_set.all())}
        self.tags = set(tool.tags)
        self.output = set(tool.modality_out)


def rebuild(progress: Callable[[int, int], None] = lambda *_: None) -> int:
    """Compute all neighbours of all listed tools anew, in one transaction; return how many rows were stored."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('catalog_related'))")  # one at a time
        return _rebuild(progress)


def _rebuild(progress: Callable[[int, int], None]) -> int:
    tools = [_Traits(t) for t in Tool.objects.listed().prefetch_related("alsoin_set").order_by("id")]
    rarity = _rarity(tools)
    by_sub: dict[int, list[_Traits]] = defaultdict(list)
    for tool in tools:
        for sub in tool.subs:
            by_sub[sub].append(tool)
    stored = 0
    Related.objects.all().delete()
    with connection.cursor() as cursor, cursor.copy(COPY) as copy:
        for done, tool in enumerate(tools, 1):
            for row in _neighbours(tool, by_sub, rarity):
                copy.write_row(row)
                stored += 1
            if done % 200 == 0 or done == len(tools):
                progress(done, len(tools))
    return stored


def _rarity(tools: Iterable[_Traits]) -> dict[str, float]:
    counts = Counter(tag for tool in tools for tag in tool.tags)
    total = sum(1 for _ in tools) or 1
    return {tag: math.log(1 + total / count) / math.log(1 + total) for tag, count in counts.items()}


def _neighbours(tool: _Traits, by_sub: dict[int, list[_Traits]], rarity: dict[str, float]) -> list[Row]:
    """Return the nearest tools among those that share a sub-category."""
    others = {other.pk: other for sub in tool.subs for other in by_sub[sub] if other.pk != tool.pk}
    nearest = heapq.nsmallest(KEEP, ((-_score(tool, o, rarity), o.slug, o.pk) for o in others.values()))
    return [(tool.pk, pk, position, -score) for position, (score, _, pk) in enumerate(nearest)]


def _score(a: _Traits, b: _Traits, rarity: dict[str, float]) -> float:
    score = SAME_SUB if a.main == b.main else 0.0
    score += ALSO_SUB * len((a.subs & b.subs) - ({a.main} if a.main == b.main else set()))
    score += 3 * sum(rarity[tag] for tag in a.tags & b.tags)
    score += SAME_KIND if a.kind == b.kind else 0.0
    score += SHARED_OUTPUT if a.output & b.output else 0.0
    return score + (SAME_SOURCE if a.source == b.source else 0.0)
