"""What is measured: the API's list beside the hello-world and the peer, all in turn in the same rounds."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from bench.speed.load import BadAnswer, Target, flood, latencies, median, percentile
from bench.speed.queries import browsing, searches
from bench.speed.synthetic import Synthetic

API, PEER, GROUPED, HELLO = "/api/v1/tools", "/bench/peer/tools", "/bench/peer/grouped", "/bench/hello"
DISTINCT = 20_000  # addresses of one kind: more than are asked for in one run
SHOWN = 200  # requests of the latency measurement
SAME = 25  # lists of which API and peer must say the same before anything is measured
TURN = 1.0  # seconds after which all change places: neighbours on the machine then slow all of them
UNCACHED = "list of 24 with facets, always another one"
CACHED = "list of 24 with facets, again and again"
WORDS = "search with 2 filters and facets, always another one"
ONE = "one tool, always another one"
BY_BITMAPS = "the peer, facets by the site's bitmaps"
BY_GROUPS = "the peer, facets by GROUP BY"
ZERO = "hello-world"


@dataclass(frozen=True)
class Figures:
    """What was measured of one kind of request. `of_hello`: requests per second against the same round's hello-world.

    `p99_ms` with one client that waits for each answer, `loaded_p99_ms` with four that never pause (median of rounds).
    """

    name: str
    median_ms: float
    p99_ms: float
    loaded_p99_ms: float
    per_second: float
    of_hello: float
    rounds: list[float]  # requests per second of each round


def targets(made: Synthetic, size: int, slugs: Sequence[str], port: int) -> dict[str, Target]:
    """Return what is asked for, by name."""
    lists = [urlencode([*pairs, ("limit", "24"), ("facets", "1")]) for pairs in browsing(made.seed, DISTINCT)]
    words = [urlencode([*pairs, ("limit", "24"), ("facets", "1")]) for pairs in searches(made, size, DISTINCT)]
    found = {
        ZERO: [HELLO],
        UNCACHED: [f"{API}?{query}" for query in lists],
        CACHED: [f"{API}?limit=24&facets=1"],
        WORDS: [f"{API}?{query}" for query in words],
        ONE: [f"{API}/{slug}" for slug in slugs],
        BY_BITMAPS: [f"{PEER}?{query}" for query in lists],
        BY_GROUPS: [f"{GROUPED}?{query}" for query in lists],
    }
    return {name: Target(port, paths) for name, paths in found.items()}


def compare(there: dict[str, Target]) -> None:
    """Hold the peers against the API: the same tools, order, number and facets. Raises BadAnswer."""
    for place in range(SAME):
        ours = _get(there[UNCACHED], place)
        for name in (BY_BITMAPS, BY_GROUPS):
            theirs = _get(there[name], place)
            for part, of in (("count", None), ("facets", None), ("results", "slug")):
                mine, other = ours[part], theirs[part]
                if of:
                    mine, other = [row[of] for row in mine], [row[of] for row in other]
                if mine != other:
                    raise BadAnswer(f"{name} and the API differ in {part} of {there[UNCACHED].paths[place]}")


def _get(target: Target, place: int) -> Any:
    path = target.paths[place]
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{target.port}{path}", timeout=60) as response:
            return json.load(response)
    except urllib.error.HTTPError as error:
        raise BadAnswer(f"{error.code} for {path}") from error


def measure(there: dict[str, Target], seconds: float, shown: int = SHOWN) -> list[Figures]:
    """Measure all targets: latency with one client, then requests per second with four, in turn. Raises BadAnswer."""
    names = list(there)
    times = dict(zip(names, latencies(list(there.values()), shown), strict=True))
    rates: dict[str, list[float]] = {name: [] for name in names}
    worst: dict[str, list[float]] = {name: [] for name in names}
    asked = dict.fromkeys(names, shown + SAME)
    for _ in range(max(3, round(seconds / TURN))):
        for name, target in there.items():
            found = flood(target, TURN, start=asked[name])
            asked[name] += found.requests
            rates[name].append(found.per_second)
            worst[name].append(found.p99_ms)
    return [
        Figures(
            name=name,
            median_ms=median(times[name]),
            p99_ms=percentile(times[name], 0.99),
            loaded_p99_ms=median(worst[name]),
            per_second=median(rates[name]),
            of_hello=ratio(rates[name], rates[ZERO]),
            rounds=rates[name],
        )
        for name in names
    ]


def ratio(rates: Sequence[float], others: Sequence[float]) -> float:
    """Return the median of what the rounds say one rate is of another."""
    return median([one / other for one, other in zip(rates, others, strict=True)])
