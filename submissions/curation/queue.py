"""What waits for an editor: one list for each kind of work, the most urgent first, a page at a time."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

from django.db.models import Count, Max, Q, QuerySet
from django.utils import timezone

from catalog import facets
from catalog.models import Category, Fact, Tool
from verification.models import Run, StepResult
from verification.verdicts import Verdict

LASTS = {"pricing": dt.timedelta(days=180)}  # a fact is looked at again after so long
LASTS_ELSE = dt.timedelta(days=365)
FEW, MANY = 5, 150  # tools of a sub-category from which on somebody thinks about it
LINKS = ("home", "documentation", "repository", "pricing_page", "privacy", "terms", "status_page", "contact")
TWINS = ("duplicates", "mcp_twins")
TABS = {
    "old": "Old facts",
    "unknown": "Unknown facts",
    "dead": "Dead links",
    "duplicates": "Duplicates",
    "places": "Sub-categories",
}


def old(at: dt.datetime) -> QuerySet[Fact]:
    """Return the facts that nobody has looked at for too long, the oldest first."""
    day = at.date()
    due = Q(said_on__lt=day - LASTS_ELSE)
    for field, lasts in LASTS.items():
        due |= Q(field=field, said_on__lt=day - lasts)
    facts = Fact.objects.filter(due, tool__in=Tool.objects.listed()).select_related("tool")
    return facts.order_by("said_on", "tool__slug", "field")


def latest_runs() -> Any:
    """Return the keys of the last full run of every listed tool that has one."""
    runs = Run.objects.full().finished().filter(tool__in=Tool.objects.listed())
    return runs.values("tool").annotate(last=Max("pk")).order_by().values("last")


def dead(_at: dt.datetime) -> QuerySet[StepResult]:
    """Return what the last runs found dead: pages that a listing links to and that fail for good."""
    rows = StepResult.objects.filter(key__in=LINKS, verdict=Verdict.FAIL, soft=False, run__in=latest_runs())
    return rows.select_related("run__tool").defer("exchanges", "tries_before").order_by("run__tool__slug", "pk")


def duplicates(_at: dt.datetime) -> QuerySet[StepResult]:
    """Return what the last runs took for a listing of the same tool."""
    found = StepResult.objects.filter(key__in=TWINS, verdict__in=[Verdict.WARN, Verdict.FAIL], run__in=latest_runs())
    return found.select_related("run__tool").defer("exchanges", "tries_before").order_by("run__tool__slug", "pk")


def others(result: StepResult) -> list[dict[str, str]]:
    """Return the other listings that a result of `duplicates` names, as {slug, name}."""
    hits = result.detail.get("hits") or result.detail.get("tools") or []
    return [{"slug": str(hit["slug"]), "name": str(hit["name"])} for hit in hits if "slug" in hit][:5]


def places(_at: dt.datetime) -> Any:
    """Return the sub-categories that hold very few tools or very many, the emptiest first."""
    rows = Category.objects.filter(parent__isnull=False).select_related("parent")
    listed = Q(primary_tools__in=Tool.objects.listed())
    sized: Any = rows.annotate(size=Count("primary_tools", filter=listed, distinct=True))
    return sized.filter(Q(size__lt=FEW) | Q(size__gt=MANY)).order_by("size", "slug")


def unknown(asked: dict[str, int]) -> list[dict[str, Any]]:
    """Return the facets of which something is unknown: first those that people filter on most (`asked`).

    Each with how often it was asked for, of how many tools it is unknown, and the list of these tools.
    """
    counts = facets.count(facets.Narrowing())
    rows = []
    for name, facet in facets.FACETS.items():
        number = counts.by_value.get(name, {}).get("unknown", 0)
        if number:
            rows.append({"facet": facet, "asked": asked.get(name, 0), "tools": number, "query": f"{name}=unknown"})
    return sorted(rows, key=lambda row: (-row["asked"], -row["tools"], row["facet"].name))


ROWS: dict[str, Callable[[dt.datetime], Any]] = {
    "old": old, "dead": dead, "duplicates": duplicates, "places": places,
}  # fmt: skip


def sizes() -> dict[str, int]:
    """Return how much waits under each tab but “unknown”, which is no list."""
    at = timezone.now()
    return {name: rows(at).count() for name, rows in ROWS.items()}
