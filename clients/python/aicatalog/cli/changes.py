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
MOST_PARTS = 4  # of a field that are told
SHORT = (str, int, float, type(None))


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
    told = ", ".join(one for name, pair in change["fields"].items() for one in _field(name, pair))
    said = [str(change["serial"]), change["at"], change["action"], change["tool"], told]
    cleaned = [printing.clean(one) for one in said if one]
    if not tty:
        printing.out("\t".join(cleaned))
        return
    line = f"{cleaned[0]:>7}  {cleaned[1]}  {cleaned[2]:8} {'  '.join(cleaned[3:])}"
    printing.out(printing.cut(line, printing.width()))


def _field(name: str, pair: list[object]) -> list[str]:
    """Return a field that changed, what short values said and say; of prices, those of the parts that differ."""
    parts = list(_parts(name, *pair)) if len(pair) == 2 else []
    return parts if 0 < len(parts) <= MOST_PARTS else [name]


def _parts(name: str, was: object, now: object) -> Iterator[str]:
    """Yield what differs: values, those of an object by their names, those of a list by the “name” of its items."""
    if isinstance(was, SHORT) and isinstance(now, SHORT):
        before, after = (printing.cut(json.dumps(one, ensure_ascii=False), 40) for one in (was, now))
        yield f"{name}: {before} → {after}"
        return
    left, right = _named(was), _named(now)
    if left is None or right is None:
        yield name
        return
    for key in dict.fromkeys([*left, *right]):
        if left.get(key) != right.get(key):
            yield from _parts(f"{name} {key}", left.get(key), right.get(key))


def _named(value: object) -> dict[str, object] | None:
    """Return parts by their names, None where they have none."""
    if isinstance(value, dict):
        return value
    if isinstance(value, list) and all(isinstance(one, dict) and isinstance(one.get("name"), str) for one in value):
        found = {one["name"]: one for one in value}
        return found if len(found) == len(value) else None
    return None
