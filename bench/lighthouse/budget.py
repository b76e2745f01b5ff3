"""The page budget: which pages are judged, by what, and what the answers of Lighthouse amount to."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

LEAST = 0.98  # of 1, in every category
RUNS = 3  # of a page whose first score for performance is below: the processor may have been busy

# Audits that cannot pass where they are left out, and why:
CLOSED = ("is-crawlable",)  # robots.txt keeps crawlers from endless combinations of filters and comparisons
MISSING = (
    "is-crawlable",  # an error page says noindex
    "http-status-code",  # it answers 404, which is its purpose,
    "errors-in-console",  # and Chromium writes that into the console
)

Answer = dict[str, Any]  # one line of audit.mjs


@dataclass(frozen=True)
class Page:
    """One type of page: an address, the status it answers with, and the audits that do not apply to it."""

    name: str
    path: str
    status: int = 200
    skip: tuple[str, ...] = ()


PAGES = (
    Page("home", "/"),
    Page("list", "/tools/"),
    Page("narrowed list", "/tools/?q=speech&pricing=free-tier&has_api=yes", skip=CLOSED),
    Page("no result", "/tools/?licence=MIT&source=proprietary&access=trial", skip=CLOSED),
    Page("category", "/categories/audio-voice/"),
    Page("categories", "/categories/"),
    Page("tool", "/tools/elevenlabs/"),
    Page("alternatives", "/tools/elevenlabs/alternatives/"),
    Page("compare", "/compare/?tools=qdrant,milvus,weaviate,pinecone,chroma", skip=CLOSED),
    Page("new", "/new/?period=year"),
    Page("collections", "/collections/"),
    Page("collection", "/collections/run-models-locally/"),
    Page("stats", "/stats/"),
    Page("runs", "/tools/elevenlabs/verification/"),
    Page("trust", "/trust/"),
    Page("decisions", "/trust/log/"),
    Page("status", "/status/"),
    Page("bot", "/bot/"),
    Page("privacy", "/privacy/"),
    Page("submit", "/submit/"),
    Page("rules", "/submit/rules/"),
    Page("transparency", "/transparency/"),
    Page("api docs", "/api/docs/"),
    Page("api operation", "/api/docs/reference/list_categories/"),
    Page("404", "/tools/no-such-tool/", 404, MISSING),
)


def measure(ask: Callable[[Page], Answer], page: Page) -> Answer:
    """Return the answer for a page; the median of three by performance when the first is below the budget."""
    first = ask(page)
    if _performance(first) >= LEAST:
        return {**first, "runs": 1}
    runs = [first, *(ask(page) for _ in range(RUNS - 1))]
    return {**sorted(runs, key=_performance)[RUNS // 2], "runs": RUNS}


def _performance(answer: Answer) -> float:
    return float(answer["categories"]["performance"]["score"] or 0)


def failures(answers: Mapping[str, Answer]) -> list[str]:
    """Return a sentence for every page and category below the budget or without a score."""
    found = []
    for name, answer in answers.items():
        if answer["error"]:
            found.append(f"{name}: Lighthouse could not judge it: {answer['error']}")
        for category, result in answer["categories"].items():
            if result["score"] is None:
                found.append(f"{name}: {category} has no score")
            elif result["score"] < LEAST:
                found.append(f"{name}: {category} {_points(result)}, at least {LEAST:.0%}: {_losses(result)}")
    return found


def table(answers: Mapping[str, Answer]) -> list[str]:
    """Return the lines of a table of page by category, with what was lost below it."""
    categories = list(dict.fromkeys(name for answer in answers.values() for name in answer["categories"]))
    lines = [_row("page", [*categories, "LCP s", "KB", "runs"], categories)]
    for name, answer in answers.items():
        scores = [_points(answer["categories"].get(category, {"score": None})) for category in categories]
        sizes = [f"{answer['lcp_ms'] / 1000:.1f}", f"{answer['bytes'] / 1000:.0f}", str(answer["runs"])]
        lines.append(_row(name, [*scores, *sizes], categories))
    for name, answer in answers.items():
        for category, result in answer["categories"].items():
            if result["score"] != 1 and category != "performance":
                lines.append(f"  {name}, {category}: {_losses(result)}")
    return lines


def _row(name: str, cells: Sequence[str], categories: Sequence[str]) -> str:
    widths = [*(len(category) for category in categories), 5, 3, 4]
    return f"{name:14}" + "".join(f"  {cell:>{width}}" for cell, width in zip(cells, widths, strict=True))


def _points(result: Mapping[str, Any]) -> str:
    return "none" if result["score"] is None else f"{100 * result['score']:.0f}"


def _losses(result: Mapping[str, Any]) -> str:
    return "; ".join(result["losses"]) or "no audit named"
