"""The report: targets with what was measured, and everything as Markdown."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bench.api.measure import BY_BITMAPS, BY_GROUPS, CACHED, UNCACHED, ratio

Result = dict[str, Any]
TARGETS = (
    ("uncached list: of hello-world's requests/s", "uncached", 20.0, "%"),
    ("cached list: of hello-world's requests/s", "cached", 70.0, "%"),
    ("uncached list: against the peer with GROUP BY", "grouped", 5.0, "times"),
    ("uncached list: against the peer with the site's bitmaps", "bitmaps", 5.0, "times"),
)


def targets(sizes: dict[str, list[dict[str, Any]]]) -> list[dict[str, Any]]:
    """Return for every size each target with its value and whether it is met."""
    rows = []
    for size, figures in sizes.items():
        found = {row["name"]: row for row in figures}
        ours = found[UNCACHED]["rounds"]
        values = {
            "uncached": 100 * found[UNCACHED]["of_hello"],
            "cached": 100 * found[CACHED]["of_hello"],
            "grouped": ratio(ours, found[BY_GROUPS]["rounds"]),
            "bitmaps": ratio(ours, found[BY_BITMAPS]["rounds"]),
        }
        for name, key, least, unit in TARGETS:
            value = values[key]
            rows.append(
                {"size": size, "name": name, "value": value, "target": least, "unit": unit, "met": value >= least}
            )
    return rows


def markdown(result: Result) -> str:
    """Return the whole report."""
    return "\n".join(_lines(result)) + "\n"


def _lines(result: Result) -> Iterator[str]:
    yield f"{result['date']}, {result['machine']}. Load by {result['client']}. `{result['command']}`"
    yield from ("", "| target | tools | wanted | measured | |", "|---|---:|---:|---:|---|")
    for row in result["targets"]:
        yield (
            f"| {row['name']} | {int(row['size']):,} | ≥ {row['target']:g} {row['unit']} |"
            f" {row['value']:.1f} {row['unit']} | {'met' if row['met'] else 'missed'} |"
        )
    for size, figures in result["sizes"].items():
        yield ""
        yield f"| {int(size):,} tools | median ms | p99 ms | p99 ms, 4 clients | requests/s | of hello-world |"
        yield "|---|---:|---:|---:|---:|---:|"
        for row in figures:
            yield (
                f"| {row['name']} | {row['median_ms']:.1f} | {row['p99_ms']:.1f} | {row['loaded_p99_ms']:.1f} |"
                f" {row['per_second']:,.0f} | {100 * row['of_hello']:.1f} % |"
            )
