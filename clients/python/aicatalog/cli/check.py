"""`aicatalog check`: say what became of the tools that a pipeline relies on."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path

import click

from aicatalog.cli import options, printing
from aicatalog.cli.lock import FILE, opened, wait_told
from aicatalog.lock import Verdict, check, read
from aicatalog.lock.files import locking
from aicatalog.lock.words import sentence

COLOURS = {"ok": "green", "changed": "yellow", "deprecated": "yellow", "unreachable": "red", "removed": "red"}


@click.command(short_help="Say what became of the tools in a lockfile.")
@click.option("--strict", is_flag=True, help="Fail for texts, and for who says what, as well.")
@FILE
@options.catalog
def command(strict: bool, file: Path, where: str | None, key: str | None, as_json: bool) -> int:
    """Compare catalog.lock.json with the catalog of now: that of --from, else the one that the file is of.
    The variable AICATALOG is not looked at.

    Says of each tool: ok, changed, deprecated, unreachable or removed, and what changed. Ends with 0 where nothing
    fails, 1 where something does, 2 for a file that is no lockfile, 3 where the catalog could not be asked.
    """
    lock = read(file)
    with opened(lock, where, key) as source:
        verdicts = check(source, lock, strict=strict, waiting=wait_told)
        old = age(source.exported_at)
        said = {"file": str(file), "catalog": lock["catalog"], "exported_at": source.exported_at}
    failed = sum(one.fails for one in verdicts)
    if as_json:
        printing.as_json({**said, "fails": failed > 0, "tools": [one.as_json() for one in verdicts]})
        return min(failed, 1)
    for one in verdicts:
        tell(one)
    if old:
        printing.hint(old)
    printing.hint(summed_up(verdicts, file))
    return min(failed, 1)


def tell(verdict: Verdict) -> None:
    """Print what became of a tool."""
    width = max(len(state) for state in COLOURS)
    state = printing.style(printing.pad(verdict.state, width), COLOURS[verdict.state])
    printing.out(f"{state}  {printing.clean(verdict.tool)}")
    for one in verdict.findings:
        mark = "fails" if one.fails else "told"
        printing.out(printing.hanging(f"  {printing.pad(mark, width - 2)}  ", f"{one.area}: {sentence(one)}"))
    for name in verdict.unseen:
        text = f"tools: The tools of {name} were not seen lately, so they were not compared."
        printing.out(printing.hanging(f"  {printing.pad('told', width - 2)}  ", text))
    for name in verdict.unlocked:
        text = (
            f"tools: The tools of {name} were seen only after it was locked, so they were not compared. Lock it again."
        )
        printing.out(printing.hanging(f"  {printing.pad('told', width - 2)}  ", text))


def summed_up(verdicts: Sequence[Verdict], file: Path) -> str:
    """Return in words how many failed, and what to do."""
    number, failed = len(verdicts), [one for one in verdicts if one.fails]
    if not number:
        return "The file holds no tools."
    if not failed:
        return f"All is well with {number} tool{'' if number == 1 else 's'}."
    said = [f"{len(failed)} of {number} tool{'' if number == 1 else 's'} failed."]
    gone = [one.tool for one in failed if one.state == "removed"]
    if gone:
        said.append(
            f"“{locking(file, *(part for slug in gone for part in ('--remove', slug)))}” takes out what is gone."
        )
    if any(one.state in {"changed", "deprecated"} for one in failed):
        said.append(f"Look at what changed; when your pipeline can live with it, “{locking(file)}” writes it down.")
    return printing.clean(" ".join(said))


def age(exported_at: str | None) -> str:
    """Return how old an export is, in words; "" online."""
    if exported_at is None:
        return ""
    try:
        days = (dt.datetime.now(dt.UTC) - dt.datetime.fromisoformat(exported_at)).days
    except (ValueError, TypeError):
        return f"Compared with the export of {printing.clean(exported_at)}."
    made = "today" if days < 1 else f"{days} day{'' if days == 1 else 's'} ago"
    return f"Compared with an export that was made {made} ({printing.clean(exported_at)})."
