"""The page of a tool as Markdown: the same words, for programs that read text."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from django.urls import reverse

from catalog import choices, facts, launch, pricing
from catalog.markdown import block, code, escape, line, link, linked, paragraphs
from catalog.models import Interface, Tool
from catalog.snippets import Snippet
from catalog.tool_page import ToolPage
from core.site import absolute

Lines = list[str]
EVIDENCE = "What our robot saw stands at <{address}> with its evidence, its dates and what ends when."
NOT_SEEN = (
    "This text does not say whether it works. What our robot saw, if it has looked yet, stands at <{address}> "
    "with its evidence. “Not checked” is not “failed”."
)


def address(tool: Tool) -> str:
    """Return the public address of a tool's page as Markdown."""
    return absolute(reverse("catalog:tool_markdown", args=[tool.slug]))


def document(page: ToolPage) -> str:
    """Return the whole page."""
    parts = [
        *_head(page.tool),
        *paragraphs(page.tool.description),
        *([line(f"Tags: {', '.join(page.tool.tags)}")] if page.tool.tags else []),
        *_section("Facts", "\n".join([*map(_fact, page.facts), f"- **Listed**: {page.tool.listed_on}"])),
        *_section("Links", "\n".join(f"- {word}: {linked(url)}" for word, url in facts.links(page.tool))),
        *_section("Plans", "\n".join(_plans(page.tool))),
        *_section("How to reach it", *_reach(page)),
        *_section("Verification", *_verification(page.tool)),
        *_section("Alternatives", "\n".join(_tool(other) for other in page.alternatives)),
        *_section("In these collections", "\n".join(_collections(page))),
        *_section("What changed", "\n".join(f"- {entry.day}: {escape(entry.text)}" for entry in page.log)),
    ]
    return "\n\n".join(parts) + "\n"


def _section(title: str, *parts: str) -> Lines:
    found = [part for part in parts if part]
    return [f"## {title}", *found] if found else []


def _head(tool: Tool) -> Lines:
    lines = [
        f"# {line(tool.name)}",
        f"> {line(tool.tagline)}",
        f"Page: <{absolute(tool.get_absolute_url())}>",
    ]
    if tool.status == choices.Status.WATCH:
        lines.append("Our editors saw signs of inactivity. Look at its own pages before you rely on it.")
    elif not tool.is_listed:
        lines.append("No longer listed: visitors do not see this page.")
    return lines


def _fact(row: facts.Row) -> str:
    said = []
    if row.value and row.fact:
        who = row.fact.get_said_by_display()
        said.append(who if row.fact.said_by == choices.SaidBy.NONE else f"{who}, {row.fact.said_on}")
    if row.value and row.note:
        said.append(row.note)
    words = "; ".join(map(escape, said))
    if row.value and row.fact and row.fact.evidence:
        words += "; " + linked(row.fact.evidence, "where it was read")
    return f"- **{escape(row.label)}**: {escape(row.shown)}" + (f" ({words})" if words else "")


def _plans(tool: Tool) -> Lines:
    return [f"- {line(plan.name)}: {escape(pricing.exact(plan))}, seen {plan.seen_on}" for plan in tool.plans.all()]


def _reach(page: ToolPage) -> Lines:
    if not page.reach:
        name = escape(page.tool.name)
        return [
            f"No way for a program to reach {name} is listed. That means we have not found one, not that there is none."
        ]
    return ["\n\n".join(_interface(row, snippets)) for row, snippets in page.reach]


def _runs(tool: Tool) -> str:
    return absolute(reverse("verification:runs", args=[tool.slug]))  # a name, not an import: it lies above us


def _verification(tool: Tool) -> Lines:
    """Return the level and how it was last seen, each with its date; of one that was not looked at, that."""
    if not tool.checked_at:
        return [NOT_SEEN.format(address=_runs(tool))]
    since = f", since {_day(tool.level_since)}" if tool.level_since else ""
    lines = [
        f"- **Level**: L{tool.level} {choices.LEVELS[tool.level].lower()}{since}",
        f"- **Last seen**: {tool.get_seen_display().lower()}, checked {_day(tool.checked_at)}",
    ]
    lines += [f"- **Away**: {tool.get_away_display().lower()}"] if tool.away else []
    return ["\n".join(lines), EVIDENCE.format(address=_runs(tool))]


def _day(at: dt.datetime) -> str:
    return at.astimezone(dt.UTC).date().isoformat()


def _interface(row: Interface, snippets: Sequence[Snippet]) -> Lines:
    title = row.get_kind_display() + (f", {row.get_registry_display()}" if row.registry else "")
    found = [f"- {label}: {linked(value)}" for label, value in _addresses(row) if value]
    found += [f"- {label}: {code(value)}" for label, value in (("Package", row.package), ("Image", row.image)) if value]
    found += [f"- Sign-in: {escape(row.get_auth_display())}"] if row.auth else []
    found += [f"- Variable: {code(row.env)}"] if row.env else []
    found += [f"- Said by {escape(row.get_said_by_display())}"]
    notes = dict.fromkeys(note for one in snippets for note in one.notes)  # each once: most say the same
    told = ["\n".join(f"- {line(note)}" for note in notes)] if notes else []
    return [f"### {escape(title)}", "\n".join(found), *(part for one in snippets for part in _snippet(one)), *told]


def _snippet(one: Snippet) -> Lines:
    """Return a snippet under what it is for and what has to be set."""
    told = f" (set {', '.join(map(code, one.inputs))})" if one.inputs else ""
    return [f"{escape(one.title)}{told}:", block(one.code, "" if one.is_link else one.language)]


def _addresses(row: Interface) -> list[tuple[str, str]]:
    return [
        ("Address", "" if row.url == row.base_url else row.url),
        ("Base address", row.base_url),
        ("OpenAPI", row.openapi),
        ("Documents", row.docs),
    ]


def _tool(tool: Tool) -> str:
    launched = f"; launched {launch.shown(tool.launched)}" if tool.launched else ""
    return f"- {link(tool.name, address(tool))}: {escape(tool.tagline)} ({escape(pricing.text(tool) + launched)})"


def _collections(page: ToolPage) -> Lines:
    return [f"- {link(one.title, absolute(one.get_absolute_url()))}: {escape(one.summary)}" for one in page.collections]
