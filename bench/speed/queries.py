"""What is asked of the synthetic catalog: words in the shares of the reference, filters, lists without words."""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import islice

from bench.speed.synthetic import DOMAIN_WORDS, STOP_WORDS, WORDS, Synthetic
from catalog.facets import FACETS

Pairs = list[tuple[str, str]]


def queries(made: Synthetic, count: int) -> Iterator[tuple[str, str]]:
    """Yield (class, words) without end: 20 % hold "ai", 30 % are common, 25 % medium, 25 % rare; 1-3 words.

    The words of one query stand together in one of the first `count` tools, so there is something to find. "ai" goes
    alone or with a common word, as people type it.
    """
    rng = random.Random(f"{made.seed} queries")
    place = {word: rank for rank, word in enumerate(made.vocabulary)}
    first = len(STOP_WORDS)
    bands = {"common": (first, 400), "medium": (400, 4_000), "rare": (4_000, WORDS)}
    common = made.vocabulary[first : first + DOMAIN_WORDS]
    kinds = ["ai"] * 4 + ["common"] * 6 + ["medium"] * 5 + ["rare"] * 5
    while True:
        rng.shuffle(kinds)
        for kind in kinds:
            if kind == "ai":
                yield kind, "ai" if rng.random() < 0.2 else f"ai {rng.choice(common)}"
                continue
            low, high = bands[kind]
            fitting: list[str] = []
            while not fitting:
                words = made.words(rng.randrange(count))
                fitting = [word for word in words if low <= place.get(word, 0) < high and word != "ai"]
            yield kind, " ".join(rng.sample(fitting, min(len(fitting), rng.choice((1, 2, 2, 3)))))


def filters(rng: random.Random) -> list[tuple[str, str]]:
    """Return two filters of different facets, each true of 5 to 60 % of the tools."""
    pool: list[tuple[str, str]] = [
        ("pricing", "free-tier"), ("pricing", "free-open-source"), ("pricing", "paid"), ("has_api", "yes"),
        ("has_mcp", "yes"), ("self_hosted", "yes"), ("source", "open_source"), ("source", "proprietary"),
        ("kind", "app"), ("kind", "platform"), ("kind", "library"),
    ]  # fmt: skip
    first = rng.choice(pool)
    return [first, rng.choice([pair for pair in pool if pair[0] != first[0]])]


def searches(made: Synthetic, size: int, count: int) -> list[Pairs]:
    """Return parameters of searches: words and two filters, each another one."""
    rng = random.Random(f"{made.seed} filters")
    found: dict[tuple[tuple[str, str], ...], None] = {}
    for _, words in islice(queries(made, min(size, 1_000)), 3 * count):
        found.setdefault((("q", words), *filters(rng)))
        if len(found) == count:
            break
    return [list(pairs) for pairs in found]


def browsing(seed: int, count: int) -> list[Pairs]:
    """Return parameters of lists without words: two to four values of two facets and an order, each another one."""
    rng = random.Random(f"{seed} browsing")
    open_ended = [name for name, facet in FACETS.items() if len(facet.labels) > 3]
    found: dict[tuple[tuple[str, str], ...], None] = {}
    while len(found) < count:
        pairs = []
        for name in sorted(rng.sample(open_ended, 2)):
            values = [value for value in FACETS[name].labels if value != "unknown"]
            pairs += [(name, value) for value in sorted(rng.sample(values, rng.choice((1, 2))))]
        found.setdefault((*pairs, ("sort", rng.choice(("newest", "added", "name")))))
    return [list(pairs) for pairs in found]
