"""What is stored of counts, in plain values."""

from __future__ import annotations

from catalog.models import FilterDay, Tool, ToolDay, ToolSearch
from catalog.reach.counting import reach


def written() -> None:
    assert reach.write()


def of(tool: Tool) -> tuple[int, int, int]:
    """Write, and return impressions, views and visits of a tool."""
    written()
    row = ToolDay.objects.filter(tool=tool).first()
    return (row.impressions, row.views, row.visits) if row else (0, 0, 0)


def searches() -> dict[tuple[str, str], int]:
    """Write, and return counts by slug and words."""
    written()
    return {(row.tool.slug, row.text): row.count for row in ToolSearch.objects.select_related("tool")}


def filters() -> dict[str, tuple[int, int]]:
    """Write, and return how often each facet was filtered by, and by unknown."""
    written()
    return {row.facet: (row.count, row.unknown) for row in FilterDay.objects.all()}
