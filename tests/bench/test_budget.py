"""The page budget: what fails it, when a page is measured again, and what is installed for it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from bench.lighthouse.budget import PAGES, Answer, Page, failures, measure, table
from tests.e2e.test_site import PAGES as WALKED

LOCK = Path(__file__).parent.parent.parent / "bench" / "lighthouse" / "package-lock.json"
HOME = Page("home", "/")


def answer(performance: float | None, accessibility: float | None = 1, error: str = "") -> Answer:
    """Return what audit.mjs says of a page with these scores."""
    scores = {"performance": performance, "accessibility": accessibility}
    losses = {"performance": ["speed-index 3.1 s"], "accessibility": ["target-size ul > li > a"]}
    return {
        "lighthouse": "13.5.0",
        "error": error,
        "categories": {
            name: {"score": score, "losses": [] if score == 1 else losses[name]} for name, score in scores.items()
        },
        "lcp_ms": 1234,
        "shift": 0,
        "bytes": 24_600,
        "runs": 1,
    }


def in_turn(*scores: float) -> Callable[[Page], Answer]:
    """Return what answers with these scores for performance, one after the other, and then no more."""
    left = list(scores)
    return lambda _page: answer(left.pop(0))


@pytest.mark.parametrize(
    ("scores", "kept", "runs"),
    [((0.98,), 0.98, 1), ((0.9, 0.99, 1.0), 0.99, 3), ((0.97, 1.0, 0.5), 0.97, 3)],
)
def test_a_page_below_the_budget_gets_the_median_of_three(scores: tuple[float, ...], kept: float, runs: int) -> None:
    found = measure(in_turn(*scores), HOME)
    assert (found["categories"]["performance"]["score"], found["runs"]) == (kept, runs)


def test_a_score_below_98_fails_and_names_what_cost_it() -> None:
    assert failures({"home": answer(0.98), "tool": answer(1, 0.97)}) == [
        "tool: accessibility 97, at least 98%: target-size ul > li > a"
    ]


def test_a_page_that_could_not_be_judged_fails() -> None:
    assert failures({"home": answer(None, error="no page")}) == [
        "home: Lighthouse could not judge it: no page",
        "home: performance has no score",
    ]


def test_the_table_has_a_line_per_page_and_one_per_loss() -> None:
    assert table({"home": answer(0.984), "tool": answer(1, None)}) == [
        "page            performance  accessibility  LCP s   KB  runs",
        "home                     98            100    1.2   25     1",
        "tool                    100           none    1.2   25     1",
        "  tool, accessibility: target-size ul > li > a",
    ]


def test_every_page_of_the_budget_is_walked_in_the_browser_tests_too() -> None:
    assert {page.path for page in PAGES} - set(WALKED.values()) == set()


def test_the_lock_holds_a_hash_for_every_package_and_no_address_of_a_registry() -> None:
    text = LOCK.read_text(encoding="utf-8")
    packages = {name: entry for name, entry in json.loads(text)["packages"].items() if name}
    assert '"resolved"' not in text
    assert [name for name, entry in packages.items() if not entry["integrity"].startswith("sha512-")] == []
    assert packages["node_modules/lighthouse"]["version"] == "13.5.0"
