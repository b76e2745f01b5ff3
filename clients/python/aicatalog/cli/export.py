"""`aicatalog export`: fetch the latest export of a site."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from aicatalog import exporting
from aicatalog.asking import Asker
from aicatalog.cli import options, printing
from aicatalog.errors import BadRequest
from aicatalog.source import address_of


@click.command(short_help="Fetch the whole catalog into a folder, to ask it offline.")
@click.argument("folder", type=click.Path(path_type=Path))
@options.catalog
def command(folder: Path, where: str | None, key: str | None, as_json: bool) -> None:
    """Fetch the latest export of a site into FOLDER: JSON Lines, CSV, Parquet and SQLite.

    One that is stopped goes on where it was. Hashes are checked, and FOLDER changes only when all is there.
    """
    chosen = address_of(where)
    if "://" not in chosen:
        raise BadRequest(
            f"{chosen} is a folder; an export is fetched from a site.", "Name its address: --from https://…"
        )
    asker = Asker(chosen, key=key, told=printing.hint)
    shown = printing.Progress()
    try:
        told, fetched = exporting.fetch(asker, folder, shown.bytes)
    finally:
        shown.end()
        asker.close()
    if as_json:
        printing.as_json({"folder": str(folder), "fetched": fetched, **told})
        return
    size = sum(one["bytes"] for one in told["files"])
    what = "is in" if fetched else "is already in"
    printing.out(f"The catalog at change {told['serial']} {what} {printing.clean(folder)}: {printing.size(size)}.")
    if sys.stderr.isatty():
        printing.hint(f"Ask it offline: aicatalog search WORDS --from {printing.clean(folder)}")
