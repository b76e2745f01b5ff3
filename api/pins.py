"""What a lockfile pins of tools: manifest, listing, whether interfaces answer, the tools that MCP servers list.

Rows are read plainly, not as models: exports say this of all tools (seen.jsonl).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any, cast

from django.db.models import Q

from api.exports.reading import Rows, among
from api.rendering import moment
from api.shapes.tool import named_interfaces, watched, works
from catalog.models import Alias, Change, Interface, Tool
from core.site import absolute
from verification import tools_seen
from verification.models import Endpoint
from verification.tools_seen import ToolsSeen

TOOL = ("id", "slug", "status", "away", *(f"manifest_head__manifest__{name}" for name in ("slug", "version", "sha256")))
INTERFACE = ("kind", "url", "base_url", "openapi", "registry", "package")
ENDPOINT = ("pk", "subject", "state", "since", "down_since", "known_at")
Pin = dict[str, Any]


@dataclass(frozen=True)
class Read:
    """A tool with what is pinned of it; `interfaces` are asked for as those of a Tool."""

    row: Any
    interfaces: Rows = field(default_factory=Rows)
    endpoints: dict[str, Endpoint] = field(default_factory=dict)


def asked(slugs: Collection[str]) -> tuple[list[Pin], list[str]]:
    """Return the pins of listed tools in the order asked, by their slugs of today or before; and which name none.

    Two statements beside those of `pins`.
    """
    names = {slug: slug.lower() for slug in slugs}
    aliases = Alias.objects.filter(slug__in=names.values(), tool__isnull=False)
    before = dict(aliases.values_list("slug", "tool_id"))
    rows = Tool.objects.listed().filter(Q(slug__in=names.values()) | Q(pk__in=before.values()))
    now = dict(rows.values_list("slug", "pk"))
    found = pins(now.values())
    told = {slug: found.get(now.get(name, before.get(name, 0))) for slug, name in names.items()}
    there = [{"asked": slug, **pin} for slug, pin in told.items() if pin is not None]
    return there, [slug for slug, pin in told.items() if pin is None]


def pins(keys: Collection[int]) -> dict[int, Pin]:
    """Return the pins of those of these tools that are listed, by key. Four statements, three where none speaks MCP."""
    tools = {
        row.id: Read(row) for row in Tool.objects.listed().filter(pk__in=among(keys)).values_list(*TOOL, named=True)
    }
    rows = Interface.objects.filter(tool__in=among(tools)).order_by("tool", "position", "id")
    for row in rows.values_list("tool_id", *INTERFACE, named=True):
        tools[row.tool_id].interfaces.append(row)
    watches = Endpoint.objects.filter(tool__in=among(tools), retired_at=None)
    for one in watches.values_list("tool_id", *ENDPOINT, named=True):
        tools[one.tool_id].endpoints[one.subject] = cast("Endpoint", one)
    at = {(key, _at(row)) for key, tool in tools.items() for row in tool.interfaces}
    seen = tools_seen.last([(key, subject) for key, subject in at if subject])
    return {key: _pin(tool, seen) for key, tool in tools.items()}


def serial() -> int:
    """Return the serial of the last change, 0 before the first. One statement."""
    return Change.objects.order_by("-serial").values_list("serial", flat=True).first() or 0


def _pin(tool: Read, seen: dict[tuple[int, str], ToolsSeen]) -> Pin:
    *_, named, version, sha256 = tool.row
    url = absolute(f"/api/v1/tools/{named}/manifests/{version}")
    return {
        "slug": tool.row.slug,
        "status": tool.row.status,
        "away": tool.row.away or None,
        "manifest": {"version": version, "sha256": sha256, "url": url} if version else None,
        "interfaces": [
            {"id": name, "kind": row.kind, **_works(tool, row), "tools": _tools(seen.get((tool.row.id, _at(row))))}
            for name, row in named_interfaces(cast("Tool", tool))
        ],
    }


def _works(tool: Read, row: Interface) -> dict[str, Any]:
    return works(watched(row, tool.endpoints) if tool.endpoints else None)


def _at(row: Any) -> str:
    return tools_seen.listed_at(row.kind, row.url, row.base_url)


def _tools(seen: ToolsSeen | None) -> dict[str, Any] | None:
    if seen is None:
        return None
    return {"sha256": seen.sha256, "count": seen.count, "seen_at": moment(seen.at), "each": seen.parts}
