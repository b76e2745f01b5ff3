"""Snippets on the page of a tool and in its Markdown: of what its listing says now, also where no manifest is yet."""

from __future__ import annotations

from api.manifests.making import manifest
from api.shapes.tool import named_interfaces
from api.snippets import CONSUMERS, Snippet, snippets
from catalog.models import Tool
from catalog.snippets import MAKERS

USUAL = ("mcp-json", "openai-sdk")  # what most look for comes first; the others stand in the order of CONSUMERS
PLACE = {name: (name not in USUAL, number) for number, name in enumerate(CONSUMERS)}


def register() -> None:
    """Let the catalog show them."""
    MAKERS.append(of_tool)


def of_tool(tool: Tool) -> dict[int, list[Snippet]]:
    """Return the snippets of a tool fetched by `with_record_rows`, by the key of their interface. No statement."""
    found: dict[str, list[Snippet]] = {}
    for one in snippets(manifest(tool)):
        found.setdefault(one.interface, []).append(one)
    return {
        row.pk: sorted(found[name], key=lambda one: PLACE[one.consumer])
        for name, row in named_interfaces(tool)
        if name in found
    }
