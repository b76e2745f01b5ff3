"""The search index: one slim row per listed tool, made from the tool's own rows."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import urlsplit

from django.db import connection

from catalog import jobs, pricing
from catalog.choices import Away, InterfaceKind, Platform, Source
from catalog.models import Category, Tool, ToolIndex
from catalog.records import with_record_rows
from catalog.text import key

API_KINDS = {InterfaceKind.REST, InterfaceKind.GRAPHQL, InterfaceKind.OPENAI}
MCP_KINDS = {InterfaceKind.MCP_REMOTE, InterfaceKind.MCP_PACKAGE}
UNKNOWN = "unknown"

# {0} = name and slug (A), {1} = tagline, vendor and host (B), {2} = tags and categories (C), {3} = description (D)
UPSERT = """
INSERT INTO catalog_toolindex (tool_id, doing, facets, filed, name_key, slug_key, launched_on, search)
VALUES (%s, '{}', %s, %s, %s, %s, %s,
        setweight(to_tsvector('catalog_text', %s), 'A') || setweight(to_tsvector('catalog_text', %s), 'B') ||
        setweight(to_tsvector('catalog_text', %s), 'C') || setweight(to_tsvector('catalog_text', %s), 'D'))
ON CONFLICT (tool_id) DO UPDATE SET
    facets = EXCLUDED.facets, filed = EXCLUDED.filed, name_key = EXCLUDED.name_key, slug_key = EXCLUDED.slug_key,
    launched_on = EXCLUDED.launched_on, search = EXCLUDED.search
"""


def refresh(tool_ids: Iterable[int]) -> int:
    """Bring the index rows of these tools in step; return how many were written. Who is not to be found has none."""
    ids = list(tool_ids)
    tools = list(with_record_rows(Tool.objects.filter(pk__in=ids)))
    listed = [tool for tool in tools if tool.is_found]
    rows = [_row(tool) for tool in listed]
    ToolIndex.objects.filter(pk__in=set(ids) - {tool.pk for tool in listed}).delete()
    if rows:
        with connection.cursor() as cursor:
            cursor.executemany(UPSERT, rows)
        jobs.store([tool.pk for tool in listed])
    return len(rows)


def restand(tool_ids: Iterable[int]) -> None:
    """Bring the words of level and reach in step; all else of an index row follows from the listing alone.

    A tenth of a second a tool would go into the rest (measured), and levels of thousands may change at once.
    """
    rows = list(ToolIndex.objects.filter(pk__in=list(tool_ids)).select_related("tool"))
    found = [row for row in rows if row.tool.is_found]
    for row in found:
        kept = [word for word in row.facets if word.partition(":")[0] not in {"verified", "away"}]
        row.facets = sorted({*kept, *standing_words(row.tool)})
    ToolIndex.objects.bulk_update(found, ["facets"], batch_size=500)
    back = set(tool_ids) - {row.pk for row in found}
    refresh(back)


def standing_words(tool: Tool) -> list[str]:
    """Return the words of its level (each level holds those below it) and of its reach."""
    levels = [f"verified:{level}" for level in range(1, tool.level + 1)] or ["verified:0"]
    return [*levels, *(["away:yes"] if tool.away == Away.UNREACHABLE else [])]  # no facet: search puts it last


def _row(tool: Tool) -> tuple[Any, ...]:
    categories = _categories(tool)
    names = [c.name for c in categories] + [c.slug.replace("-", " ") for c in categories]
    words = " ".join([*(tag.replace("-", " ") for tag in tool.tags), *names, tool.get_kind_display()])
    return (
        tool.pk,
        sorted(set(words_of(tool))),
        [tool.category.slug, *sorted(row.category.slug for row in tool.alsoin_set.all())],
        key(tool.name)[:100],
        key(tool.slug)[:100],
        tool.launched_on,
        f"{tool.name} {tool.slug.replace('-', ' ')}",
        f"{tool.tagline} {tool.vendor} {host(tool.homepage)}",
        words,
        tool.description,
    )


def host(url: str) -> str:
    """Return the host of an address without "www.": what a person types for it."""
    return (urlsplit(url).hostname or "").removeprefix("www.")


def _categories(tool: Tool) -> list[Category]:
    found = [tool.category, *(row.category for row in tool.alsoin_set.all())]
    return found + [category.parent for category in found if category.parent]


def words_of(tool: Tool) -> Iterator[str]:
    """Yield the facet words of a tool ("pricing:free-tier", "has_mcp:unknown"); unknown is a word as well."""
    interfaces = list(tool.interfaces.all())
    kinds = {row.kind for row in interfaces}
    values: dict[str, Iterable[str]] = {
        "category": {category.slug for category in _categories(tool)},
        "pricing": [pricing.label(tool)],
        "access": [tool.access],
        "model": tool.price_model,
        "source": [tool.source],
        "kind": [tool.kind],
        "interface": kinds,
        "auth": {row.auth for row in interfaces if row.auth},
        "platform": tool.platforms,
        "input": tool.modality_in,
        "output": tool.modality_out,
        "licence": licences(tool.licence),
        "self_hosted": [self_hosted(tool, kinds)],
        "has_api": ["yes"] if has_api(tool, kinds) else [],
        "has_mcp": ["yes"] if tool.kind == "mcp_server" or kinds & MCP_KINDS else [],
    }
    for name, found in values.items():
        for value in list(found) or [UNKNOWN]:
            yield f"{name}:{value}"
    yield from standing_words(tool)


def has_api(tool: Tool, kinds: set[str]) -> bool:
    """Say whether a callable API is on record. Its absence proves nothing, so the facet has no "no" of its own."""
    return bool(kinds & API_KINDS) or Platform.API in tool.platforms or bool(tool.api_url)


def self_hosted(tool: Tool, kinds: set[str]) -> str:
    """Return yes, no or unknown: whether one can run the tool on one's own machines.

    "no" only for proprietary tools whose platforms are on record without self-hosting.
    """
    if Platform.SELF_HOSTED in tool.platforms or InterfaceKind.CONTAINER in kinds:
        return "yes"
    return "no" if tool.platforms and tool.source == Source.PROPRIETARY else UNKNOWN


def licences(expression: str) -> list[str]:
    """Return the licence ids that an SPDX expression names ("MIT OR Apache-2.0" → both)."""
    return [part for part in re.split(r" (?:AND|OR|WITH) |[()]", expression) if part]


def missing() -> list[int]:
    """Return the ids of tools that search should find without an index row (there should be none)."""
    return list(Tool.objects.found().filter(index=None).order_by("id").values_list("id", flat=True))
