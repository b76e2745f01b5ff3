"""What nobody states and a person has to choose: kind, sub-categories, tags, pricing. Proposals with their reasons."""

from __future__ import annotations

import re
from collections import Counter, defaultdict

from catalog import search
from catalog.choices import Kind
from catalog.models import Category, Tool
from catalog.records import Record, path_of
from catalog.text import fold
from catalog.words import MAX_LENGTH, WORD, QueryTooLong
from submissions.prefill.result import Suggestion
from verification.reading.html import Page

NEAREST = 15  # listed tools that are looked at
MOST_CATEGORIES, MOST_KINDS, MOST_TAGS = 3, 2, 6
READ = 8_000  # characters of the page in which tags are looked for
SAYS = (
    (Kind.MCP_SERVER, re.compile(r"(?i)\bmcp servers?\b"), "an MCP server"),
    (Kind.CLI, re.compile(r"(?i)\b(?:command[- ]line|cli)\b"), "a command line tool"),
    (Kind.EXTENSION, re.compile(r"(?i)\b(?:extension|plugin|add-?on)s?\b"), "an extension"),
    (Kind.LIBRARY, re.compile(r"(?i)\b(?:library|framework|sdk|toolkit)\b"), "a library"),
    (Kind.DATASET, re.compile(r"(?i)\b(?:data ?set|corpus)\b"), "a data set"),
    (Kind.AGENT, re.compile(r"(?i)\bagent\b"), "an agent"),
    (Kind.API, re.compile(r"(?i)\bapis?\b"), "an API"),
    (Kind.PLATFORM, re.compile(r"(?i)\bplatform\b"), "a platform"),
    (Kind.APP, re.compile(r"(?i)\bapps?\b"), "an app"),
)
OPEN = re.compile(r"(?:0BSD|A?GPL|LGPL|Apache|BSD|EPL|EUPL|ISC|MIT|MPL|PSF|Unlicense|Zlib)(?:$|[-.\d])")


def suggest(record: Record, page: Page | None) -> list[Suggestion]:
    """Return suggestions for a record; `page` is its home page. A search and two queries."""
    said = " ".join(filter(None, (record.get("tagline"), page.title if page else "", page.description if page else "")))
    near = _nearest(record, said)
    return [*_kinds(said, near), *_categories(near), *_tags(said, page, near), *_pricing(record)]


def _nearest(record: Record, said: str) -> list[Tool]:
    """Return the listed tools that search finds for what the tool says of itself, best first."""
    name = {*WORD.findall(fold(record.get("name", "")))}
    words = [word for word in WORD.findall(fold(record.get("tagline") or said)) if word not in name]
    text = " ".join(words)[:MAX_LENGTH].rsplit(" ", 1)[0] if len(" ".join(words)) > MAX_LENGTH else " ".join(words)
    try:
        found = search.search(text).ids or ()
    except (QueryTooLong, search.SearchTimeout):
        return []
    best = found[:NEAREST]
    tools = Tool.objects.found().select_related("category__parent").in_bulk(best)
    return [tools[pk] for pk in best if pk in tools]


def _kinds(said: str, near: list[Tool]) -> list[Suggestion]:
    """Return what the page calls itself first, then what the nearest tools are.

    Measured on 250 listed tools: what it calls itself is right in 71 of 100, the commonest among the nearest in 62.
    """
    found: list[Suggestion] = []
    for kind, pattern, words in SAYS:
        match = pattern.search(said)
        if match and not found:
            found.append(Suggestion("kind", kind.value, f"The page speaks of {words} (“{match[0]}”)."))
    for common, count in Counter(tool.kind for tool in near).most_common(MOST_KINDS):
        label = Kind(common).label
        if all(one.value != common for one in found):
            found.append(
                Suggestion(
                    "kind",
                    common,
                    f"{count} of the {len(near)} nearest listed tools {'is' if count == 1 else 'are'} “{label}”.",
                )
            )
    return found[:MOST_KINDS]


def _categories(near: list[Tool]) -> list[Suggestion]:
    """Return the sub-categories of the nearest tools, those of the first ones before others.

    Measured on 250 listed tools: the right one is the first in 64 of 100, among the three in 85.
    """
    score: dict[Category, float] = defaultdict(float)
    filed: dict[Category, list[str]] = defaultdict(list)
    for rank, tool in enumerate(near):
        score[tool.category] += 1 / (rank + 2)
        filed[tool.category].append(tool.name)
    best = sorted(score, key=lambda one: (-score[one], one.slug))[:MOST_CATEGORIES]
    found = []
    for one in best:
        names = " and ".join(filed[one][:2])
        said = "is filed there:" if len(filed[one]) == 1 else "are filed there, such as"
        why = f"{len(filed[one])} of the {len(near)} nearest listed tools {said} {names}."
        found.append(Suggestion("category", path_of(one), why))
    return found


def _tags(said: str, page: Page | None, near: list[Tool]) -> list[Suggestion]:
    keywords = page.properties.get("keywords", "")[:500] if page else ""
    text = f"{said} {keywords} {page.text[:READ] if page else ''}"
    words = f" {' '.join(WORD.findall(fold(text)))} "
    counts = Counter(tag for tool in near for tag in tool.tags)
    shared = [(tag, count) for tag, count in counts.most_common() if f" {tag.replace('-', ' ')} " in words]
    found = []
    for tag, count in shared[:MOST_TAGS]:
        said = "has it too" if count == 1 else "have it too"
        found.append(
            Suggestion("tags", tag, f"The page says it; {count} of the {len(near)} nearest listed tools {said}.")
        )
    return found


def _pricing(record: Record) -> list[Suggestion]:
    found = []
    pricing = record["pricing"]
    licence, repository = record.get("licence", ""), record.get("links", {}).get("repo")
    if pricing["source"] == "unknown" and repository and OPEN.match(licence):
        why = f"It names a repository and the licence {licence}."
        found.append(Suggestion("pricing.source", "open_source", why))
    paid = [plan for plan in record.get("plans", []) if plan["amount"] != "0" and plan["period"] in {"month", "year"}]
    if not pricing["model"] and paid:
        why = f"The plan {paid[0]['name']} is paid by the {paid[0]['period']}."
        found.append(Suggestion("pricing.model", ["subscription"], why))
    return found
