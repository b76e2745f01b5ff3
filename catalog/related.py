"""Related tools: the nearest neighbours of every tool, computed ahead and stored in rows."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable

from django.db import connection, transaction

from catalog.models import Change, Derived, Related, Tool

KEEP = 12  # neighbours per tool
BATCH = 2_000
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
    newest = Change.objects.order_by("-serial").values_list("serial", flat=True).first() or 0
    tools = [_Traits(t) for t in Tool.objects.listed().prefetch_related("alsoin_set").order_by("id")]
    rarity = _rarity(tools)
    by_sub: dict[int, list[_Traits]] = defaultdict(list)
    for tool in tools:
        for sub in tool.subs:
            by_sub[sub].append(tool)
    rows: list[Related] = []
    for done, tool in enumerate(tools, 1):
        rows += _neighbours(tool, by_sub, rarity)
        if done % 200 == 0 or done == len(tools):
            progress(done, len(tools))
    Related.objects.all().delete()
    Related.objects.bulk_create(rows, batch_size=BATCH)
    Derived.objects.update_or_create(name="related", defaults={"serial": newest})
    return len(rows)


def _rarity(tools: Iterable[_Traits]) -> dict[str, float]:
    counts = Counter(tag for tool in tools for tag in tool.tags)
    total = sum(1 for _ in tools) or 1
    return {tag: math.log(1 + total / count) / math.log(1 + total) for tag, count in counts.items()}


def _neighbours(tool: _Traits, by_sub: dict[int, list[_Traits]], rarity: dict[str, float]) -> list[Related]:
    """Return the nearest tools among those that share a sub-category."""
    others = {other.pk: other for sub in tool.subs for other in by_sub[sub] if other.pk != tool.pk}
    scored = sorted((-_score(tool, o, rarity), o.slug, o.pk) for o in others.values())
    return [
        Related(tool_id=tool.pk, other_id=pk, position=position, score=-score)
        for position, (score, _, pk) in enumerate(scored[:KEEP])
    ]


def _score(a: _Traits, b: _Traits, rarity: dict[str, float]) -> float:
    score = SAME_SUB if a.main == b.main else 0.0
    score += ALSO_SUB * len((a.subs & b.subs) - ({a.main} if a.main == b.main else set()))
    score += 3 * sum(rarity[tag] for tag in a.tags & b.tags)
    score += SAME_KIND if a.kind == b.kind else 0.0
    score += SHARED_OUTPUT if a.output & b.output else 0.0
    return score + (SAME_SOURCE if a.source == b.source else 0.0)


def is_stale() -> bool:
    """Say whether the catalog has changed since the neighbours were computed."""
    state = Derived.objects.filter(name="related").first()
    return Change.objects.filter(serial__gt=state.serial if state else 0).exists()
