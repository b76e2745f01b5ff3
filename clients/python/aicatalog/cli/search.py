"""`aicatalog search`: find tools by words and filters."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any, TypeVar

import click

from aicatalog.cli import completing, options, printing
from aicatalog.shapes import FILTERS, ToolSummary

F = TypeVar("F", bound=Callable[..., Any])
ONCE = ("launched_since", "sort")
USUAL = 10
HELP = {
    "category": "Of this category, as “audio-voice” or “audio-voice/text-to-speech”.",
    "verified": "Level of verification, or higher (online).",
    "pricing": "As “free-tier” or “pay-as-you-go”.",
    "has_api": "“yes”: an API is on record.",
    "has_mcp": "“yes”: it speaks MCP.",
    "self_hosted": "“yes”: it runs on one's own machines.",
    "kind": "As “app” or “mcp_server”.",
    "source": "As “open_source” or “open_weights”.",
    "licence": "An SPDX id, as “Apache-2.0”.",
    "interface": "As “rest” or “mcp-remote”.",
    "auth": "How its API signs in, as “apiKey”.",
    "platform": "As “linux” or “self-hosted”.",
    "input": "What goes in, as “audio”.",
    "output": "What comes out, as “text”.",
    "access": "What it takes to begin, as “free_tier”.",
    "model": "What is charged for, as “usage”.",
    "launched_since": "A year, a month or a day, as 2026-03.",
    "sort": "relevance, newest, name; online also added, verified.",
}


def filters(command: F) -> F:
    """Give a command an option for each filter; each may be given several times, which means “or”."""
    for name in reversed(FILTERS):
        command = click.option(
            f"--{name.replace('_', '-')}",
            name,
            metavar="VALUE",
            multiple=name not in ONCE,
            help=HELP[name],
            shell_complete=completing.values_of(name),
        )(command)
    return command


@click.command(short_help="Find tools by words and filters.")
@click.argument("words", nargs=-1)
@click.option("--limit", type=click.IntRange(1, 10_000), default=USUAL, show_default=True, help="Tools at most.")
@filters
@options.catalog
def command(
    words: tuple[str, ...], limit: int, where: str | None, key: str | None, as_json: bool, **chosen: Any
) -> int:
    """Find tools by WORDS and filters, the best first.

    A filter given several times means “or”; different filters mean “and”. In a pipe, each tool is a line with tabs
    between its slug, name, kind, price and what it is.
    """
    asked: Any = {name: list(value) if name not in ONCE else value for name, value in chosen.items() if value}
    with options.opened(where, key) as catalog:
        found = catalog.search(" ".join(words), limit=limit, **asked)
        tools = list(found)
        if as_json:
            printing.as_json({"count": found.count, "results": tools})
        else:
            for tool in tools:
                show_line(tool)
        if not tools:
            printing.hint("Nothing was found. Fewer words or filters find more.")
        elif not as_json:
            printing.told(_footer(len(tools), found.count, catalog.exported_at))
    return 0 if tools else 1


def show_line(tool: ToolSummary) -> None:
    """Print a tool of a list: three short lines for people, one with tabs for programs."""
    price = printing.price(tool["pricing"])
    if not sys.stdout.isatty():
        said = (tool["slug"], tool["name"], tool["kind"], price, tool["tagline"])
        printing.out("\t".join(printing.clean(one) for one in said))
        return
    name = printing.clean(tool["name"])
    printing.out(f"{printing.style(name, 'bold')}  {printing.style(printing.clean(tool['slug']), 'dim')}")
    printing.out(printing.wrapped(tool["tagline"], "  "))
    about = [tool["kind"].replace("_", " "), price, *tool["interface_kinds"]]
    if level := tool["verification"]["level"]:
        about.append(f"level {level} {tool['verification']['name']}")
    printing.out(printing.wrapped(", ".join(about), "  "))


def _footer(shown: int, count: int, exported_at: str | None) -> str:
    more = f"{shown:,} of {count:,}." + (" “--limit” shows more." if shown < count else "")
    return f"{more} “aicatalog show SLUG” tells all of one." + (
        f" From the export of {exported_at}." if exported_at else ""
    )
