"""`aicatalog compare`: tools side by side."""

from __future__ import annotations

import sys
import textwrap

import click

from aicatalog.cli import completing, options, printing
from aicatalog.cli.show import facts_of
from aicatalog.shapes import Tool

MOST = 5  # as the site's page
LEAST_COLUMNS = 16  # of a tool; with less they stand below each other
LEFT_OUT = {"Slug", "Page"}
UNKNOWN = "-"


@click.command(short_help="Compare two to five tools.")
@click.argument("slugs", nargs=-1, required=True, shell_complete=completing.slugs)
@options.catalog
def command(slugs: tuple[str, ...], where: str | None, key: str | None, as_json: bool) -> None:
    """Compare two to five tools side by side, by their SLUGS.

    In a pipe, each line is one fact, with tabs between its name and what each tool has.
    """
    wanted = list(dict.fromkeys(slugs))
    if not 2 <= len(wanted) <= MOST:
        raise click.UsageError(f"Name two to five different tools; here {'is one' if len(wanted) < 2 else 'are more'}.")
    with options.opened(where, key) as catalog:
        tools = catalog.compare(wanted)
        if as_json:
            printing.as_json({"tools": tools})
        else:
            show(tools)


def show(tools: list[Tool]) -> None:
    """Print a table; below each other where the terminal is too narrow for it."""
    rows = rows_of(tools)
    if not sys.stdout.isatty():
        for name, values in rows:
            printing.out("\t".join([name, *values]))
        return
    left = max(len(name) for name, _ in rows) + 2
    each = (printing.width() - left) // len(tools) - 2
    for name, values in rows:
        if each >= LEAST_COLUMNS:
            _side_by_side(name, values, left, each)
        else:
            printing.out(printing.style(name, "dim"))
            for value in values:
                printing.out(printing.wrapped(value, "  "))


def rows_of(tools: list[Tool]) -> list[tuple[str, list[str]]]:
    """Return facts that at least one has, each with what all have; cleaned."""
    columns = [dict([("Tool", tool["name"]), ("Slug", tool["slug"]), *_facts(tool)]) for tool in tools]
    found = []
    for name in columns[0]:
        values = [printing.clean(column[name]) for column in columns]
        if any(values):
            found.append((name, [value or UNKNOWN for value in values]))
    return found


def _facts(tool: Tool) -> list[tuple[str, str]]:
    plans = "; ".join(f"{one['amount']} {one['currency']}/{one['unit'] or one['period']}" for one in tool["plans"])
    interfaces = ", ".join(one["id"] for one in tool["interfaces"])
    filed = ", ".join(path.rpartition("/")[2] for path in [tool["category"], *tool["also_in"]])
    rest = [(name, filed if name == "Category" else value) for name, value in facts_of(tool) if name not in LEFT_OUT]
    return [("What it is", tool["tagline"]), *rest, ("Prices", plans), ("Interfaces", interfaces)]


def _side_by_side(name: str, values: list[str], left: int, each: int) -> None:
    columns = [textwrap.wrap(value, each) for value in values]
    for number in range(max(map(len, columns))):
        begins = printing.style(printing.pad(name if not number else "", left), "dim")
        cells = [printing.pad(one[number] if number < len(one) else "", each) for one in columns]
        printing.out((begins + "  ".join(cells)).rstrip())
