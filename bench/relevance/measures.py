"""Measures of a ranking against judged grades; pure functions."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence


def ndcg(ranking: Sequence[str], grades: Mapping[str, int], depth: int = 10) -> float:
    """Return nDCG at `depth` with gain 2^grade - 1 and discount log2(rank + 1) (Burges et al. 2005); 0.0 to 1.0.

    What is not graded counts as 0. Without any positive grade the result is 0.0.
    """
    ideal = _dcg(sorted(grades.values(), reverse=True)[:depth])
    return _dcg([grades.get(slug, 0) for slug in ranking[:depth]]) / ideal if ideal else 0.0


def _dcg(found: Sequence[int]) -> float:
    return sum((2.0**grade - 1) / math.log2(rank + 2) for rank, grade in enumerate(found))


def reciprocal_rank(ranking: Sequence[str], grades: Mapping[str, int]) -> float:
    """Return 1/rank of the first tool with the best grade there is, 0.0 when it is not in the ranking."""
    best = max(grades.values(), default=0)
    return next((1 / rank for rank, slug in enumerate(ranking, 1) if best and grades.get(slug) == best), 0.0)


def right_kind(shown: Sequence[str], peers: Sequence[str], depth: int = 5) -> float:
    """Return the share of the first `depth` shown that are among the known peers; 0.0 when nothing is shown."""
    first = shown[:depth]
    return sum(slug in peers for slug in first) / len(first) if first else 0.0
