"""What a lockfile pins of tools: manifest, listing, whether interfaces answer, the tools that MCP servers list.

Rows are read plainly, not as models: exports say this of all tools (seen.jsonl).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any, Protocol, cast

from django.db.models import Q

from api.exports.reading import Rows, among
from api.rendering import moment
from api.shapes.tool import named_interfaces, watched, works
from catalog.models import Alias, Change, Interface, Tool
from core.site import absolute
from verification import tools_seen
from verification.models import Endpoint
from verification.tools_seen import ToolsSeen

TOOL = (
    "id",
    "slug",
    "status",
    "away",
    "changed_at",
    "manifest_head__changed_at",
    *(f"manifest_head__manifest__{name}" for name in ("slug", "version", "sha256")),
)
INTERFACE = ("kind", "url", "base_url", "openapi", "registry", "package")
ENDPOINT = ("pk", "subject", "state", "since", "down_since", "known_at")
Pin = dict[str, Any]


@dataclass(frozen=True)
class Seen:
    """What was seen of tools: by key their watched addresses by subject; by key and subject the tools that it lists."""

    endpoints: dict[int, dict[str, Endpoint]]
    tools: dict[tuple[int, str], ToolsSeen]


class Listed(Protocol):
    """A tool as rows are read: what is asked of it here."""

    @property
    def row(self) -> Any:
        """Its columns: id, slug, status, away."""

    @property
    def interfaces(self) -> Rows:
        """Its interfaces in their order."""


@dataclass(frozen=True)
class Read:
    """A tool as it is read here."""

    row: Any
    interfaces: Rows = field(default_factory=Rows)


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
    found = seen(tools.values())
    return {key: pin(tool, _latest(tool.row), found) for key, tool in tools.items()}


def seen(tools: Collection[Listed]) -> Seen:
    """Return what was seen of tools. Two statements, one where none speaks MCP."""
    endpoints: dict[int, dict[str, Endpoint]] = {tool.row.id: {} for tool in tools}
    watches = Endpoint.objects.filter(tool__in=among(endpoints), retired_at=None)
    for one in watches.values_list("tool_id", *ENDPOINT, named=True):
        endpoints[one.tool_id][one.subject] = cast("Endpoint", one)
    at = {(tool.row.id, _at(row)) for tool in tools for row in tool.interfaces}
    return Seen(endpoints, tools_seen.last([(key, subject) for key, subject in at if subject]))


def _latest(row: Any) -> dict[str, Any] | None:
    """Return the manifest of what a listing says now: one that is behind would tell a check that all is as it was."""
    return manifest(*row[-3:]) if row.manifest_head__changed_at == row.changed_at else None


def manifest(slug: str, version: int | None, sha256: str) -> dict[str, Any] | None:
    """Return which manifest is pinned, by the slug that the tool had when it was made; None where there is none."""
    url = absolute(f"/api/v1/tools/{slug}/manifests/{version}")
    return {"version": version, "sha256": sha256, "url": url} if version else None


def pin(tool: Listed, pinned: dict[str, Any] | None, known: Seen) -> Pin:
    """Return the pin of a tool, whose manifest is `pinned`."""
    endpoints, key = known.endpoints[tool.row.id], tool.row.id
    return {
        "slug": tool.row.slug,
        "status": tool.row.status,
        "away": tool.row.away or None,
        "manifest": pinned,
        "interfaces": [
            {
                "id": name,
                "kind": row.kind,
                **works(watched(row, endpoints) if endpoints else None),
                "tools": _tools(known.tools.get((key, _at(row)))),
            }
            for name, row in named_interfaces(cast("Tool", tool))
        ],
    }


def serial() -> int:
    """Return the serial of the last change, 0 before the first. One statement."""
    return Change.objects.order_by("-serial").values_list("serial", flat=True).first() or 0


def _at(row: Any) -> str:
    return tools_seen.listed_at(row.kind, row.url, row.base_url)


def _tools(seen: ToolsSeen | None) -> dict[str, Any] | None:
    if seen is None:
        return None
    return {"sha256": seen.sha256, "count": seen.count, "seen_at": moment(seen.at), "each": seen.parts}
