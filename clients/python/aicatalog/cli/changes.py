"""`aicatalog changes`: what changed since a serial, once or for as long as one likes."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator

import click

from aicatalog.cli import options, printing
from aicatalog.errors import CatalogUnavailable, Refused
from aicatalog.shapes import Change
from aicatalog.source import Source

EVERY = 60  # seconds


@click.command(short_help="Tell what changed since a serial.")
@click.option(
    "--since", type=click.IntRange(0, 2**63 - 1), required=True, metavar="N", help="The last serial you have."
)
@click.option("--follow", is_flag=True, help="Go on: tell each change soon after it was made, until Ctrl-C.")
@click.option(
    "--every",
    type=click.IntRange(5, 86_400),
    default=EVERY,
    show_default=True,
    help="Seconds between looks (--follow).",
)
@options.catalog
def command(since: int, follow: bool, every: int, where: str | None, key: str | None, as_json: bool) -> None:
    """Tell what changed after the serial N, in the order of commits; 0 for all. An export says its own serial.

    With --json each change is a line of JSON. The serial stands first: remember the last for the next time.
    """
    with options.opened(where, key) as catalog:
        for change in _followed(catalog, since, every) if follow else catalog.changes(since):
            if as_json:
                printing.as_json(change, line=True)
            else:
                _show(change)
            if follow:
                sys.stdout.flush()


def _followed(catalog: Source, since: int, every: int) -> Iterator[Change]:
    """Yield changes as they come. What cannot be asked now is asked again."""
    while True:
        try:
            for change in catalog.changes(since):
                since = change["serial"]
                yield change
        except Refused:
            raise
        except CatalogUnavailable as error:
            printing.hint(f"{printing.clean(error)} Asking again in {every} s.")
        time.sleep(every)


def _show(change: Change) -> None:
    """Print a change: one line, with tabs in a pipe."""
    tty = sys.stdout.isatty()
    told = ", ".join(_field(name, pair) for name, pair in change["fields"].items())
    said = [str(change["serial"]), change["at"], change["action"], change["tool"], told]
    cleaned = [printing.clean(one) for one in said if one]
    if not tty:
        printing.out("\t".join(cleaned))
        return
    line = f"{cleaned[0]:>7}  {cleaned[1]}  {cleaned[2]:8} {'  '.join(cleaned[3:])}"
    printing.out(printing.cut(line, printing.width()))


def _field(name: str, pair: list[object]) -> str:
    """Return a field that changed, with short values: what it said and what it says."""
    if not all(isinstance(one, (str, int, float, type(None))) for one in pair) or len(pair) != 2:
        return name
    was, now = (printing.cut(json.dumps(one, ensure_ascii=False), 40) for one in pair)
    return f"{name}: {was} → {now}"
