"""/llms.txt: what this site is and how a program reads it (llmstxt.org)."""

from __future__ import annotations

from django.conf import settings
from django.urls import reverse

from catalog import facets
from catalog.facets import FACETS, Counts
from catalog.markdown import code, escape, line, link
from catalog.models import Category, Tool
from catalog.pages import category_index
from core.site import absolute

LONG = 12  # facets with more values than this are cut short


def document() -> str:
    """Return the text, made of what is listed now."""
    counts = facets.count(facets.Narrowing())
    parts = [
        f"# {line(settings.SITE_NAME)}",
        f"> A curated catalog of {counts.listed:,} AI tools: what each does, what it costs and how a person or a "
        "program reaches it. Every fact names who says it and when; what nobody knows is left open; nothing is called "
        "verified that was not checked.",
        "Order is never paid for. “Not checked” does not mean “failed”, “not known” does not mean “no”.",
        "Filters are query parameters of the list of tools. Several values of one widen, different parameters narrow; "
        "a value that does not exist is refused with 400 and a sentence:",
        "\n".join(_filters(counts)),
        "## How to ask\n\n" + "\n".join(_questions()),
        "## Categories\n\n" + "\n".join(_categories(counts)),
        "## Feeds\n\n" + "\n".join(_feeds()),
        "## Optional\n\n" + "\n".join(_optional()),
    ]
    return "\n\n".join(parts) + "\n"


def _questions() -> list[str]:
    tools = absolute(reverse("catalog:tools"))
    example = Tool.objects.listed().by_name().first()
    asked = tools + "?q=text+to+speech&pricing=free-tier&has_api=yes"
    suggested = absolute(reverse("catalog:suggest")) + "?q=eleven"
    return [
        f"- {link('All tools', tools)}: words with `?q=`, the filters above, `sort=newest`, `page=2`",
        f"- {link('An example', asked)}: text to speech with a free tier and an API",
        f"- {link('Suggestions', suggested)}: names for what was typed so far, as JSON",
        f"- {link('REST API', absolute(reverse('api:docs')))}: all of this as JSON, without a key; "
        f"{link('OpenAPI', absolute(reverse('api:openapi')))}",
        f"- {link('Exports', absolute(reverse('api:exports')))}: the whole catalog as files (JSON Lines, CSV, Parquet, "
        "SQLite) with their hashes, one each night",
        f"- {link('Changes', absolute(reverse('api:changes')) + '?since=0')}: what was listed, changed and removed "
        "after a serial, as that of an export",
        *_of_example(example),
    ]


def _of_example(tool: Tool | None) -> list[str]:
    if tool is None:
        return []
    pins = absolute(reverse("api:pins")) + f"?slugs={tool.slug}"
    page = absolute(reverse("catalog:tool_markdown", args=[tool.slug]))
    return [
        f"- {link('Pins', pins)}: what a pipeline may rely on, to be compared later: version and hash of each tool's "
        "manifest, its status, what its MCP servers list",
        f"- {link('A tool as Markdown', page)}: put `.md` in place of the last slash of a tool's address, or send "
        "`Accept: text/markdown`",
    ]


def _filters(counts: Counts) -> list[str]:
    lines = []
    for name, facet in FACETS.items():
        values = [choice.value for choice in counts.choices(facet, ()) if choice.count]
        if name == "category":
            lines.append("- `category`: a slug, the last part of an address under “Categories”")
        elif name == "verified":
            lines.append("- `verified`: a level from 1 to 5 finds it and those above; 0 finds tools without one")
        elif values:
            more = " and others" if len(values) > LONG else ""
            lines.append(f"- `{name}`: {', '.join(map(code, values[:LONG]))}{more}")
    return [*lines, "- `launched_since`: 2026, 2026-03 or 2026-03-31"]


def _categories(counts: Counts) -> list[str]:
    lines = []
    for entry in category_index(counts):
        lines.append(_category(entry.category, f"{entry.count:,} tools"))
        lines += [_category(sub, f"{size:,}, in {entry.category.name}") for sub, size in entry.subs]
    return lines


def _category(category: Category, said: str) -> str:
    return f"- {link(category.name, absolute(category.get_absolute_url()))}: {escape(said)}"


def _feeds() -> list[str]:
    new, added = (absolute(reverse(f"catalog:feed_{name}", kwargs={"form": "json"})) for name in ("new", "added"))
    return [
        f"- {link('Newly launched', new)}: by launch date",
        f"- {link('Recently added', added)}: by the day of listing",
        f"- {link('All feeds', absolute(reverse('catalog:feeds')))}: also of each category, and of the changes of each "
        "tool; as JSON Feed and Atom",
    ]


def _optional() -> list[str]:
    return [
        f"- {link('Collections', absolute(reverse('catalog:collections')))}: short lists with a reason for each tool",
        f"- {link('Site map', absolute(reverse('catalog:sitemap')))}: what there is, and when it changed last",
    ]
