"""Reading many tools at once as plain rows.

Models with prefetched rows cost four times as much: Django makes two querysets for each relation of each tool.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, cast

from django.db.models.expressions import RawSQL
from django.db.models.functions import Collate

from catalog.models import Alias, AlsoIn, Category, Fact, Interface, Plan, Tool
from catalog.models.tool import ToolQuerySet
from catalog.records import LINKS, Record, record_of

COLUMNS = (
    "id", "slug", "name", "vendor", "homepage", "tagline", "description", "kind", "category_id", "access",
    "price_model", "source", "licence", "launched", "platforms", "modality_in", "modality_out", "tags",
    *(f"{name}_url" for name in LINKS), "status", "away", "note", "listed_on", "changed_at",
    "manifest_head__changed_at", "manifest_head__manifest__version", "manifest_head__manifest__sha256",
    "manifest_head__manifest__body",
)  # fmt: skip


class Rows(list[Any]):
    """Rows that are asked for like those of a relation."""

    def all(self) -> Rows:
        """Return them."""
        return self


@dataclass(frozen=True, slots=True)
class Filed:
    """A further sub-category."""

    position: int
    category: Category


class Read:
    """A tool as `record_of` reads it: its columns, and what belongs to it as `Rows`."""

    def __init__(self, row: Any, category: Category, belongs: dict[str, Rows]) -> None:
        self.row, self.category = row, category
        self.facts, self.plans = belongs["facts"], belongs["plans"]
        self.interfaces, self.alsoin_set = belongs["interfaces"], belongs["also"]

    def __getattr__(self, name: str) -> Any:
        """Return a column."""
        return getattr(self.row, name)

    @property
    def modality(self) -> dict[str, list[str]]:
        """Return what goes in and out, as Tool.modality does."""
        return {"in": self.row.modality_in, "out": self.row.modality_out}

    @property
    def record(self) -> Record:
        """Return the tool as a record."""
        return record_of(cast("Tool", self))

    @property
    def day(self) -> str:
        """Return when it was listed, YYYY-MM-DD."""
        listed: dt.date = self.row.listed_on
        return listed.isoformat()


def among(keys: Iterable[int]) -> RawSQL:
    """Return keys for a filter as one parameter: written one by one, hundreds of them cost more than the answer."""
    return RawSQL("SELECT unnest(%s::bigint[])", [list(keys)])


def categories() -> dict[int, Category]:
    """Return all categories with their parents by key. One statement."""
    return {row.pk: row for row in Category.objects.select_related("parent")}


def aliases(keys: Iterable[int]) -> dict[int, list[str]]:
    """Return the slugs that these tools had before, sorted, by key. One statement."""
    found: dict[int, list[str]] = {}
    rows = Alias.objects.filter(tool__in=among(keys)).order_by(Collate("slug", "C"))
    for key, slug in rows.values_list("tool_id", "slug"):
        found.setdefault(key, []).append(slug)
    return found


def read(tools: ToolQuerySet, filed: dict[int, Category]) -> list[Read]:
    """Return tools in no order, with all that belongs to them. Five statements; `filed` are all categories."""
    rows = list(tools.values_list(*COLUMNS, named=True))
    found: dict[int, dict[str, Rows]] = {row.id: defaultdict(Rows) for row in rows}
    keys = among(found)
    also = AlsoIn.objects.filter(tool__in=keys).order_by("tool", "position")
    for tool, position, category in also.values_list("tool_id", "position", "category_id"):
        found[tool]["also"].append(Filed(position, filed[category]))
    asked: list[tuple[str, Any, tuple[str, ...]]] = [
        ("facts", Fact.objects.order_by("tool", "field"), ("field", "said_by", "said_on", "evidence")),
        ("interfaces", Interface.objects.order_by("tool", "position", "id"), ("kind", *Interface.FIELDS)),
        (
            "plans",
            Plan.objects.order_by("tool", "position", "id"),
            ("name", "amount", "currency", "period", "unit", "seen_on"),
        ),
    ]
    for name, children, columns in asked:
        for one in children.filter(tool__in=keys).values_list("tool_id", *columns, named=True):
            found[one.tool_id][name].append(one)
    return [Read(row, filed[row.category_id], found[row.id]) for row in rows]
