"""The measures of relevance, and that the judged sets are in order."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml

from bench.relevance.measures import ndcg, reciprocal_rank, right_kind

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "bench" / "relevance"


def test_the_best_order_scores_one_and_nothing_scores_nothing() -> None:
    grades = {"a": 3, "b": 2, "c": 1}
    assert ndcg(["a", "b", "c"], grades) == 1.0
    assert ndcg([], grades) == ndcg(["x", "y"], grades) == ndcg(["a"], {}) == 0.0


def test_a_late_hit_is_worth_less() -> None:
    # gains 7 and 3; discounts 1, log2(3), 2: (3 + 7/log2(3)) / (7 + 3/log2(3))
    assert ndcg(["b", "a"], {"a": 3, "b": 2}) == pytest.approx(0.834, abs=0.001)
    assert ndcg(["x"] * 10 + ["a"], {"a": 3}) == 0.0


def test_the_rank_is_that_of_the_best_grade_there_is() -> None:
    assert reciprocal_rank(["b", "x", "a"], {"a": 3, "b": 1}) == pytest.approx(1 / 3)
    assert reciprocal_rank(["b"], {"a": 3, "b": 1}) == 0.0


def test_the_right_kind_is_a_share_of_what_is_shown() -> None:
    assert right_kind(["a", "b", "x", "y", "c", "d"], ["a", "b", "c", "d"]) == pytest.approx(3 / 5)
    assert right_kind([], ["a"]) == 0.0


def test_the_judged_sets_name_listed_tools_and_keep_a_third_aside() -> None:
    queries: list[dict[str, Any]] = yaml.safe_load((FOLDER / "queries.yaml").read_text(encoding="utf-8"))
    peers: list[dict[str, Any]] = yaml.safe_load((FOLDER / "peers.yaml").read_text(encoding="utf-8"))
    files = (ROOT / "catalog" / "data" / "tools").glob("*.yaml")
    text = "\n".join(path.read_text(encoding="utf-8") for path in files)
    slugs = {line.removeprefix("- slug: ") for line in text.splitlines() if line.startswith("- slug: ")}
    named = {slug for query in queries for slug in query["grades"]} | {
        s for row in peers for s in [row["slug"], *row["peers"]]
    }
    assert named - slugs == set()
    assert len({query["id"] for query in queries}) == len({query["q"] for query in queries}) == len(queries) >= 250
    splits = Counter(query["split"] for query in queries)
    assert set(splits) == {"dev", "test"}
    assert 0.3 < splits["test"] / len(queries) < 0.36
    assert len(peers) == 60
