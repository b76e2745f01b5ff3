"""The report: targets with what was measured, and everything as Markdown."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterator
from typing import Any

Result = dict[str, Any]
BIG, MIDDLE = "100000", "20000"
WORDS = "list: words, 2 filters, all facet counts"
PLAIN = "list: 2 facets, no words"
COUNTS = "facet counts without words, no filter"


def targets(result: Result) -> list[dict[str, Any]]:
    """Return every target with its value and whether it is met; both are None for what was not measured."""
    pages = {size: {row["name"]: row for row in found["pages"]} for size, found in result["sizes"].items()}
    parts = {size: {row["name"]: row for row in found["parts"]} for size, found in result["sizes"].items()}
    big = pages.get(BIG, {}).get(WORDS, {})
    peer = result["sizes"].get(BIG, {}).get("datasette") or {}
    again = [row["of_hello"] for found in pages.values() for row in found.values() if "again and again" in row["name"]]
    lists = [row["of_hello"] for found in pages.values() for name, row in found.items() if name == PLAIN]
    bad = result["hostile"] or {}
    faster = big["per_second"] / peer["per_second"] if big and peer else None
    rows: list[tuple[str, float | None, str, float, str]] = [
        ("search and facets, 100,000 tools: p95 of the page", big.get("p95_ms"), "<=", 30, "ms"),
        ("search and facets, 100,000 tools: of hello-world's requests/s", _percent(big.get("of_hello")), ">=", 6, "%"),
        ("search and facets, 100,000 tools: against Datasette's requests/s", faster, ">=", 50, "times"),
        ("list without words, lowest size: of hello-world", _percent(min(lists, default=None)), ">=", 5, "%"),
        ("pages asked for again and again, lowest: of hello-world", _percent(min(again, default=None)), ">=", 70, "%"),
        ("facet counts without words, 100,000 tools: p95", parts.get(BIG, {}).get(COUNTS, {}).get("p95_ms"), "<=", 10,
         "ms"),
        ("hostile queries, 20,000 tools: p99", bad.get("p99_ms"), "<=", 300, "ms"),
    ]  # fmt: skip
    return [
        {"name": name, "value": value, "sign": sign, "target": target, "unit": unit, "met": _met(value, sign, target)}
        for name, value, sign, target, unit in rows
    ]


def _percent(share: float | None) -> float | None:
    return None if share is None else 100 * share


def _met(value: float | None, sign: str, target: float) -> bool | None:
    if value is None:
        return None
    return value <= target if sign == "<=" else value >= target


def machine(postgres: str) -> str:
    """Return one line about what was measured on."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return f"{cores} cores, {platform.system()}, Python {platform.python_version()}, PostgreSQL {postgres}"


def markdown(result: Result) -> str:
    """Return the whole report."""
    return "\n".join(_lines(result)) + "\n"


def _lines(result: Result) -> Iterator[str]:
    yield f"{result['date']}, {result['machine']}. Load by {result['client']}. `{result['command']}`"
    yield from ("", "| target | wanted | measured | |", "|---|---:|---:|---|")
    for row in result["targets"]:
        value = "unknown" if row["value"] is None else f"{row['value']:.1f} {row['unit']}"
        met = {None: "not measured", True: "met", False: "missed"}[row["met"]]
        sign = "≤" if row["sign"] == "<=" else "≥"
        yield f"| {row['name']} | {sign} {row['target']} {row['unit']} | {value} | {met} |"
    for size, found in result["sizes"].items():
        if found["pages"]:
            yield from _pages(size, found)
        if found["parts"]:
            yield from ("", f"| inside a list page, {int(size):,} tools | median ms | p95 ms |", "|---|---:|---:|")
            for row in found["parts"]:
                yield f"| {row['name']} | {row['median_ms']:.1f} | {row['p95_ms']:.1f} |"
    bad = result["hostile"]
    if bad:
        wrong = f"; FAILED: {', '.join(bad['failed'])}" if bad["failed"] else ", none failed"
        yield ""
        yield (
            f"Hostile queries at {int(MIDDLE):,} tools: {bad['requests']} requests{wrong}; median"
            f" {bad['median_ms']:.1f}, p95 {bad['p95_ms']:.1f}, p99 {bad['p99_ms']:.1f} ms (slowest {bad['slowest']})."
        )


def _pages(size: str, found: dict[str, Any]) -> Iterator[str]:
    yield ""
    yield f"| page, {int(size):,} tools | median ms | p95 ms | requests/s | hello-world/s | of hello-world | turns |"
    yield "|---|---:|---:|---:|---:|---:|---:|"
    for row in found["pages"]:
        yield (
            f"| {row['name']} | {row['median_ms']:.1f} | {row['p95_ms']:.1f} | {row['per_second']:,.0f} |"
            f" {row['hello_per_second']:,.0f} | {100 * row['of_hello']:.1f} % |"
            f" {100 * min(row['of_hello_rounds']):.1f} to {100 * max(row['of_hello_rounds']):.1f} |"
        )
    peer = found["datasette"]
    name = "Datasette: the same search and filters, 7 facets, JSON"
    if peer:
        yield (f"| {name} | {peer['median_ms']:.1f} | {peer['p95_ms']:.1f} | {peer['per_second']:,.1f} | | | |")
    else:
        yield f"| {name} | unknown | unknown | unknown | | | |"
