"""Reading the catalog at one moment: every format of an export says what was so at one serial of the change log."""

from __future__ import annotations

import datetime as dt
from array import array
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.db import connection, transaction
from django.db.models.functions import Collate
from django.utils import timezone

from api import pins
from api.exports import reading as reading_rows
from api.exports import table
from api.manifests.canonical import canonical
from catalog.changes import PRIVATE
from catalog.models import Category, Change, Collection, Tool
from catalog.models.tool import ToolQuerySet
from catalog.records import Record

BATCH = 500  # tools in memory at once


@dataclass(frozen=True)
class Entry:
    """A listed tool as it is exported."""

    slug: str
    record: Record
    facts: list[dict[str, str]]
    listed: str  # the day it was listed, YYYY-MM-DD
    manifest: dict[str, Any] | None  # version and sha256 of the latest; None where none is of what it says now (yet)
    body: bytes = field(repr=False)  # of that manifest, b"" for none
    pin: pins.Pin | None = field(default=None, repr=False)  # where it was asked for
    aliases: list[str] = field(default_factory=list, repr=False)  # slugs that it had before, sorted; the same

    @property
    def said(self) -> dict[str, Any]:
        """What the line of tools.jsonl says."""
        return {"slug": self.slug, "record": self.record, "facts": self.facts, "manifest": self.manifest}

    @cached_property
    def line(self) -> bytes:
        """The line of tools.jsonl, without its end: canonical JSON, so equal tools have equal bytes."""
        return canonical(self.said)

    @cached_property
    def cells(self) -> dict[str, Any]:
        """The columns that tables have of it."""
        return table.row(self.record, self.listed, self.manifest)


@dataclass(frozen=True)
class Catalog:
    """What is read beside the tools."""

    serial: int  # the last change that is in it
    at: dt.datetime
    listed: int
    categories: list[dict[str, Any]]
    collections: list[dict[str, Any]]


@contextmanager
def reading() -> Iterator[Catalog]:
    """Open a transaction that sees one moment of the catalog (REPEATABLE READ), and yield what is no tool.

    Serials follow the order of commits, so what is seen is exactly what the changes up to `serial` made. Raises
    RuntimeError inside another transaction, whose moment would be another.
    """
    if connection.in_atomic_block:
        raise RuntimeError("An export needs a transaction of its own.")
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        serial = Change.objects.order_by("-serial").values_list("serial", flat=True).first() or 0
        listed = Tool.objects.listed().count()
        yield Catalog(serial, timezone.now(), listed, list(_categories()), list(_collections()))


def batches(*, pinned: bool = False) -> Iterator[list[Entry]]:
    """Yield all listed tools by slug, `BATCH` at once, with their pins if asked: memory grows by eight bytes a tool.

    Their keys are ordered first, alone: to order whole rows, the server would write them all to its disk.
    """
    keys = array("q", Tool.objects.listed().order_by(Collate("slug", "C")).values_list("pk", flat=True).iterator())
    filed = reading_rows.categories()
    for start in range(0, len(keys), BATCH):
        tools = Tool.objects.filter(pk__in=reading_rows.among(keys[start : start + BATCH]))
        yield entries(tools, filed, pinned=pinned)


def entries(tools: ToolQuerySet, filed: dict[int, Category] | None = None, *, pinned: bool = False) -> list[Entry]:
    """Return tools by slug as they are exported. Five statements; one more for the categories, three for pins."""
    found = reading_rows.read(tools, reading_rows.categories() if filed is None else filed)
    seen = pins.seen(found) if pinned else None
    before = reading_rows.aliases(one.row.id for one in found) if pinned else {}
    rows = (_entry(one, seen, before.get(one.row.id, [])) for one in found)
    return sorted(rows, key=lambda one: one.slug)


def _entry(tool: reading_rows.Read, seen: pins.Seen | None, before: list[str]) -> Entry:
    """Return a tool without what only curators are concerned with."""
    made_at, version, sha256, body = tool.row[-4:]
    manifest = {"version": version, "sha256": sha256} if made_at == tool.row.changed_at else None
    record = {name: value for name, value in tool.record.items() if name != PRIVATE}
    # one that is behind the listing is in no file, so no pin names it
    named = pins.manifest(tool.slug, version if manifest else None, sha256)
    return Entry(
        tool.slug, record, [fact(one) for one in tool.facts], tool.day, manifest, bytes(body) if manifest else b"",
        pins.pin(tool, named, seen) if seen else None, before,
    )  # fmt: skip


def fact(row: Any) -> dict[str, str]:
    """Return who says a field, on what day it was seen, and where."""
    said = {"field": row.field, "by": row.said_by, "on": row.said_on.isoformat()}
    return said | ({"evidence": row.evidence} if row.evidence else {})


def _categories() -> Iterator[dict[str, Any]]:
    """Yield categories in an order in which every parent comes before what is below it."""
    for row in sorted(Category.objects.select_related("parent"), key=_place):
        parent = row.parent.slug if row.parent else None
        yield {"slug": row.slug, "name": row.name, "parent": parent, "position": row.position}


def _place(row: Category) -> tuple[Any, ...]:
    top = row.parent or row
    return (top.position, top.slug, row.parent is not None, row.position, row.slug)


def _collections() -> Iterator[dict[str, Any]]:
    for row in Collection.objects.order_by("position", Collate("slug", "C")).prefetch_related("picks__tool"):
        picks = [{"slug": one.tool.slug, "reason": one.reason} for one in row.picks.all() if one.tool.is_listed]
        yield {
            "slug": row.slug,
            "title": row.title,
            "summary": row.summary,
            "body": row.body,
            "position": row.position,
            "updated": row.updated_on.isoformat(),
            "tools": picks,
        }
