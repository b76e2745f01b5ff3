"""What is measured: pages over HTTP beside a hello-world, and the parts of a list page inside one process."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from django.contrib.auth.models import AnonymousUser
from django.http import QueryDict
from django.template.loader import render_to_string
from django.test import RequestFactory

from bench.speed.load import Client, Target, flood, latencies, median, percentile
from bench.speed.queries import Pairs, browsing, queries, searches
from bench.speed.synthetic import Synthetic
from catalog import facets
from catalog.browse import Browse
from catalog.facets import Narrowing
from catalog.models import Tool

# pages for browsers are counted (docs/reach.md), those for programs are not
BROWSER = ("User-Agent", "Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0")
HELLO = "/bench/hello"
SHOWN = 200  # queries of the latency measurement
DISTINCT = 20_000  # addresses of one kind: more than are asked for in one run
TURN = 1.0  # seconds after which page and hello-world change places: neighbours on the machine then slow both
CORPUS = Path(__file__).resolve().parents[2] / "tests" / "corpora" / "hostile_queries.jsonl"


@dataclass(frozen=True)
class Scenario:
    """A kind of page. `repeated`: one address over and over, as caches like it; else always another one."""

    name: str
    paths: Sequence[str]
    repeated: bool = False
    gzip: bool = False


@dataclass(frozen=True)
class Figures:
    """What was measured of one scenario; `of_hello` compares requests per second within the same rounds."""

    name: str
    median_ms: float
    p95_ms: float
    hello_median_ms: float
    per_second: float
    hello_per_second: float
    of_hello: float
    of_hello_rounds: list[float]
    asked: int
    different: int


@dataclass(frozen=True)
class Part:
    """What one step inside a list page took."""

    name: str
    median_ms: float
    p95_ms: float
    runs: int


def scenarios(made: Synthetic, size: int) -> list[Scenario]:
    """Return all kinds of pages for a catalog of `size` tools."""
    rng = random.Random(f"{made.seed} pages")
    with_words = [f"/tools/?{urlencode(pairs)}" for pairs in searches(made, size, DISTINCT)]
    without = [f"/tools/?{urlencode(pairs)}" for pairs in browsing(made.seed, DISTINCT)]
    slugs = list(Tool.objects.order_by("id").values_list("slug", flat=True)[:DISTINCT])
    rng.shuffle(slugs)
    typed = [words[: rng.randrange(2, 9)].strip() for _, words in islice(queries(made, min(size, 1_000)), DISTINCT)]
    return [
        Scenario("home, again and again", ["/"], repeated=True),
        Scenario("list: words, 2 filters, all facet counts", with_words),
        Scenario("list: the same, compressed (gzip)", with_words[::-1], gzip=True),
        Scenario("list: 2 facets, no words", without),
        Scenario("list: all tools, again and again", ["/tools/"], repeated=True),
        Scenario("tool page", [f"/tools/{slug}/" for slug in slugs]),
        Scenario("tool page, again and again", [f"/tools/{slugs[0]}/"], repeated=True),
        Scenario("suggestions", [f"/suggest?{urlencode({'q': text})}" for text in dict.fromkeys(typed)]),
    ]


def measure(scenario: Scenario, port: int, seconds: float, shown: int) -> Figures:
    """Measure one scenario beside the hello-world: latency with one client, then requests per second with four."""
    headers = (BROWSER, *((("Accept-Encoding", "gzip"),) if scenario.gzip else ()))
    page, hello = Target(port, scenario.paths, headers), Target(port, [HELLO])
    times, hello_times = latencies([page, hello], shown)
    asked, spent, plain, plain_spent, ratios = shown, 0.0, 0, 0.0, []
    counted = 0
    for _ in range(max(3, round(seconds / TURN))):
        beside = flood(hello, TURN)
        found = flood(page, TURN, start=asked)
        ratios.append(found.per_second / beside.per_second)
        asked, counted, spent = asked + found.requests, counted + found.requests, spent + found.seconds
        plain, plain_spent = plain + beside.requests, plain_spent + beside.seconds
    return Figures(
        name=scenario.name,
        median_ms=median(times),
        p95_ms=percentile(times, 0.95),
        hello_median_ms=median(hello_times),
        per_second=counted / spent,
        hello_per_second=plain / plain_spent,
        of_hello=median(ratios),
        of_hello_rounds=ratios,
        asked=asked,
        different=min(asked, len(scenario.paths)),
    )


def hostile(port: int, rounds: int = 3) -> dict[str, Any]:
    """Search for every text of the hostile corpus; return p99 and what went wrong (answers of 500 and above)."""
    rows = [json.loads(line) for line in CORPUS.read_text(encoding="utf-8").splitlines()]
    client = Client(Target(port, []))
    times, failed, slowest = [], [], (0.0, "")
    for _ in range(rounds):
        for row in rows:
            text = row["value"].encode("utf-8", "surrogatepass")
            status, spent = client.get(f"/tools/?q={quote(text)}")
            times.append(spent)
            slowest = max(slowest, (spent, row["id"]))
            if status >= 500:
                failed.append(row["id"])
    return {
        "requests": len(times),
        "median_ms": median(times),
        "p95_ms": percentile(times, 0.95),
        "p99_ms": percentile(times, 0.99),
        "slowest": slowest[1],
        "failed": sorted(set(failed)),
    }


def parts(made: Synthetic, size: int, shown: int) -> list[Part]:
    """Measure the steps of a list page in this process: search, facet counts, rows, HTML."""
    with_words = _staged(searches(made, size, shown))
    without = _staged(browsing(made.seed, shown))
    return [
        _part("facet counts without words, no filter", _times(lambda: facets.count(Narrowing()), 50)),
        _part("facet counts without words, 2 facets chosen", (row["counts"] for row in without)),
        _part("24 rows without words, 2 facets chosen", (row["rows"] for row in without)),
        _part("search by words", (row["search"] for row in with_words)),
        _part("facet counts of what a search found, 2 filters", (row["counts"] for row in with_words)),
        _part("24 rows of what a search found, 2 filters", (row["rows"] for row in with_words)),
        _part("HTML of a list page", (row["html"] for row in without)),
    ]


def _part(name: str, times: Iterable[float]) -> Part:
    found = list(times)
    return Part(name, median(found), percentile(found, 0.95), len(found))


def _times(work: Callable[[], Any], runs: int) -> list[float]:
    work()
    return [_timed(work)[1] for _ in range(runs)]


def _timed(work: Callable[[], Any]) -> tuple[Any, float]:
    began = time.perf_counter()
    found = work()
    return found, (time.perf_counter() - began) * 1_000


def _staged(asked: Iterable[Pairs]) -> list[dict[str, float]]:
    """Measure the steps for each of these parameters, for a minute at most."""
    enough = time.monotonic() + 60
    return [_stages(pairs) for turn, pairs in enumerate(asked) if turn < 20 or time.monotonic() < enough]


def _stages(pairs: Pairs) -> dict[str, float]:
    request = RequestFactory().get("/tools/")
    request.user = AnonymousUser()
    request.GET = QueryDict(urlencode(pairs))
    browse, search = _timed(lambda: Browse(request, path="/tools/"))
    _, counts = _timed(lambda: browse.counts)
    tools, rows = _timed(lambda: browse.tools)
    _, html = _timed(lambda: render_to_string("catalog/list.html", {"browse": browse, "tools": tools}, request))
    return {"search": search, "counts": counts, "rows": rows, "html": html}


def as_json(found: Sequence[Any]) -> list[dict[str, Any]]:
    """Return dataclass rows as dictionaries."""
    return [asdict(row) for row in found]
