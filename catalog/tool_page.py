"""All that the page of a tool says, gathered once: for the page, and for its Markdown and JSON-LD."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from catalog import changes, facts, pages, snippets
from catalog.changes import Entry
from catalog.models import Change, Collection, Interface, Tool
from catalog.snippets import Snippet


@dataclass(frozen=True)
class ToolPage:
    """A tool and what stands around it."""

    tool: Tool
    facts: list[facts.Row]
    reach: list[tuple[Interface, Sequence[Snippet]]]
    alternatives: list[Tool]
    collections: list[Collection]
    log: list[Entry]


def of(tool: Tool, today: dt.date) -> ToolPage:
    """Return the page of a tool fetched by `with_record_rows`. Six statements."""
    made = snippets.by_interface(tool)
    return ToolPage(
        tool=tool,
        facts=facts.rows(tool, today),
        reach=[(row, made.get(row.pk, ())) for row in tool.interfaces.all()],
        alternatives=pages.related_tools(tool, 4),
        collections=list(Collection.objects.filter(picks__tool=tool).in_order()),
        log=changes.of_tool(Change.objects.filter(tool_id=tool.pk).order_by("-serial")[:8], tool.listed_on),
    )
