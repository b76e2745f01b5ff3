"""Which pages there are, for crawlers (sitemaps.org). Dates are those of rows; a page that no row dates has none."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass
from io import StringIO
from xml.sax.xmlreader import AttributesImpl

from django.db.models import Max
from django.urls import reverse
from django.utils.xmlutils import SimplerXMLGenerator

from catalog.models import Category, Collection, Tool
from catalog.models.tool import ToolQuerySet
from core.site import absolute

MOST = 5_000  # addresses in one file; the protocol allows 50,000
NAMESPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"
Day = dt.datetime | dt.date | None  # of one kind within a section
# pages that change with any tool
PAGES = (
    "catalog:home",
    "catalog:tools",
    "catalog:categories",
    "catalog:new",
    "catalog:stats",
)
STEADY = ("privacy",)  # and those that no row dates


@dataclass(frozen=True)
class Entry:
    """The path of a page, or of a part of the map, and when it changed last."""

    path: str
    changed: Day = None


def pages() -> list[Entry]:
    """Return the pages that stand for no single row."""
    latest = Tool.objects.found().aggregate(latest=Max("changed_at"))["latest"]
    return [Entry(reverse(name), latest) for name in PAGES] + [Entry(reverse(name)) for name in STEADY]


def categories() -> list[Entry]:
    """Return the categories of both levels, each with the latest change of a tool in it."""
    latest: dict[int, dt.datetime] = {}
    tools = Tool.objects.found()
    for path in ("category", "category__parent", "also", "also__parent"):
        for pk, changed in tools.filter(**{f"{path}__isnull": False}).values_list(path).annotate(Max("changed_at")):
            latest[pk] = max(changed, latest.get(pk, changed))
    return [Entry(row.get_absolute_url(), latest.get(row.pk)) for row in Category.objects.in_order()]


def collections() -> list[Entry]:
    """Return the collections and the page that lists them."""
    rows = [Entry(row.get_absolute_url(), row.updated_on) for row in Collection.objects.in_order()]
    latest = max((row.changed for row in rows if row.changed), default=None)
    return [Entry(reverse("catalog:collections"), latest), *rows]


def tools(page: int) -> list[Entry]:
    """Return one page of the listed tools, in the order of their numbers, so that pages do not shift."""
    rows = _page(page).values_list("slug", "changed_at")
    return [Entry(reverse("catalog:tool", args=[slug]), changed) for slug, changed in rows]


def alternatives(page: int) -> list[Entry]:
    """Return the pages of alternatives of the same tools. No row says when neighbours changed."""
    return [Entry(reverse("catalog:alternatives", args=[slug])) for slug in _page(page).values_list("slug", flat=True)]


def _page(page: int) -> ToolQuerySet:
    return Tool.objects.found().order_by("pk")[(page - 1) * MOST : page * MOST]


WHOLE = {"pages": pages, "categories": categories, "collections": collections}
PAGED = {"tools": tools, "alternatives": alternatives}


def section(name: str) -> list[Entry]:
    """Return the pages of a part of the map: "categories", "tools-2". [] when there is no such part."""
    if name in WHOLE:
        return WHOLE[name]()
    kind, _, number = name.partition("-")
    if kind not in PAGED or not re.fullmatch(r"[1-9][0-9]{0,4}", number):
        return []
    return PAGED[kind](int(number))


def index() -> list[Entry]:
    """Return the parts of the map; parts without a page are left out."""
    found = [_part(name, [entry.changed for entry in make()]) for name, make in WHOLE.items()]
    changes = list(Tool.objects.found().order_by("pk").values_list("changed_at", flat=True))
    for number, start in enumerate(range(0, len(changes), MOST), start=1):
        found.append(_part(f"tools-{number}", changes[start : start + MOST]))
        found.append(_part(f"alternatives-{number}", [None]))
    return [part for part in found if part]


def _part(name: str, changes: Sequence[Day]) -> Entry | None:
    latest = max((change for change in changes if change), default=None)
    return Entry(reverse("catalog:sitemap_section", args=[name]), latest) if changes else None


def xml(root: str, child: str, entries: Sequence[Entry]) -> str:
    """Write entries as "urlset" of "url" or "sitemapindex" of "sitemap"."""
    out = StringIO()
    writer = SimplerXMLGenerator(out, "utf-8")
    writer.startDocument()
    writer.startElement(root, AttributesImpl({"xmlns": NAMESPACE}))
    for entry in entries:
        writer.startElement(child, AttributesImpl({}))
        writer.addQuickElement("loc", absolute(entry.path))
        if entry.changed:
            writer.addQuickElement("lastmod", entry.changed.isoformat())
        writer.endElement(child)
    writer.endElement(root)
    return out.getvalue()
