"""Tags and filters that know tools: the card, addresses of a list, the facts a glance needs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from catalog import facts, launch, pages, pricing
from catalog.browse import Browse
from catalog.models import Category, Tool

register = template.Library()
register.filter("links", facts.links)

# How the ways to reach a tool are called where there is no room: kinds of interface, words for one and for many.
REACH = (
    ({"rest"}, "REST", "REST"),
    ({"graphql"}, "GraphQL", "GraphQL"),
    ({"openai-compatible"}, "OpenAI-compatible", "OpenAI-compatible"),
    ({"mcp-remote", "mcp-package"}, "MCP", "MCP"),
    ({"sdk"}, "SDK", "{} SDKs"),
    ({"cli"}, "command line", "command line"),
    ({"container"}, "container", "{} containers"),
    ({"webhook"}, "webhook", "{} webhooks"),
    ({"a2a"}, "A2A", "A2A"),
    ({"web-app"}, "web app", "web app"),
)


@register.inclusion_tag("catalog/_card.html")
def card(tool: Tool, level: int = 3, why: str = "") -> dict[str, Any]:
    """Draw the card of a tool under a heading of that level. Reads `interfaces` and `plans`."""
    return {
        "tool": tool,
        "level": level,
        "why": why,
        "price": pricing.text(tool),
        "marks": facts.marks(tool),
        "compare": pages.compare_url([tool.slug]),
    }


@register.filter
def launched(text: str) -> SafeString | str:
    """Return a launch date, known to the year, month or day, as <time>; "" for none."""
    return format_html('<time datetime="{}">{}</time>', text, launch.shown(text)) if text else ""


@register.filter
def named(rows: Iterable[facts.Row], name: str) -> facts.Row | None:
    """Return the fact of that name."""
    return next((row for row in rows if row.name == name), None)


@register.filter
def reach(tool: Tool) -> str:
    """Return how programs reach a tool in a few words: "REST, MCP, 2 SDKs"; "" when nothing is known."""
    kinds = Counter(row.kind for row in tool.interfaces.all())
    found = []
    for members, one, many in REACH:
        size = sum(kinds[kind] for kind in members)
        if size:
            found.append(one if size == 1 else many.format(size))
    words = ", ".join(found)
    return words[:1].upper() + words[1:]


@register.filter
def compare_with(tool: Tool, others: Iterable[Tool]) -> str:
    """Return the address that compares a tool with the first of others, as many as fit."""
    return pages.compare_url([tool.slug, *(other.slug for other in list(others)[:3])])


@register.simple_tag
def kept(browse: Browse, *names: str) -> SafeString:
    """Return hidden inputs for the state of a list without some parameters, for a form that sets those."""
    pairs = [pair for pair in _pairs(browse) if pair[0] not in names]
    return format_html_join("", '<input type="hidden" name="{}" value="{}">', pairs)


@register.simple_tag
def address(browse: Browse) -> str:
    """Return the one address of this state of a list: known parameters only, in one order."""
    return browse.url(page=browse.page)


@register.simple_tag
def sub_address(browse: Browse, category: Category) -> str:
    """Return the address of another category's page with the filters of this list."""
    query = urlsplit(browse.url()).query
    return category.get_absolute_url() + (f"?{query}" if query else "")


@register.simple_tag
def sorted_by(browse: Browse) -> str:
    """Return the order that was asked for in the address, "" when the order is the usual one."""
    return dict(_pairs(browse)).get("sort", "")


def _pairs(browse: Browse) -> list[tuple[str, str]]:
    return parse_qsl(urlsplit(browse.url()).query, keep_blank_values=True)
