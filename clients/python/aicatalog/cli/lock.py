"""`aicatalog lock`: write down what a pipeline relies on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from aicatalog.cli import completing, options, printing
from aicatalog.errors import BadFile, BadRequest
from aicatalog.lock import NAME, Entry, Lock, lock, read, write
from aicatalog.lock.files import held, locking, merged
from aicatalog.source import Source

NAMED = 3  # of servers that were not seen, by name
FILE = click.option(
    "--file", "file", type=click.Path(path_type=Path, dir_okay=False), default=NAME, show_default=True, help="The file."
)


@click.command(short_help="Write down the tools that a pipeline uses.")
@click.argument("slugs", nargs=-1, metavar="[SLUG]...", shell_complete=completing.slugs)
@click.option(
    "--interface", "interfaces", multiple=True, metavar="SLUG=ID", help="The only interface you use of a tool."
)
@click.option("--remove", "removed", multiple=True, metavar="SLUG", help="Take a tool out.")
@FILE
@options.catalog
def command(
    slugs: tuple[str, ...],
    interfaces: tuple[str, ...],
    removed: tuple[str, ...],
    file: Path,
    where: str | None,
    key: str | None,
    as_json: bool,
) -> None:
    """Write down the tools that you use, in catalog.lock.json.

    For each: version and hash of its manifest, price, licence, and the tools that its MCP servers list. Tools that are
    in the file already are renewed; without a SLUG, all of them. “aicatalog check” compares later. Without --from the
    catalog of the file is asked, where there is a file, whatever the variable AICATALOG names.
    """
    chosen = dict(_interface(one) for one in interfaces)
    asked = list(dict.fromkeys([*slugs, *chosen]))
    before = _before(file, asked, removed)
    renewed = asked or ([] if removed else sorted(before["tools"] if before else ()))
    after = before
    if renewed:
        with opened(before, where, key) as source:
            after = lock(source, before, renewed, chosen, wait_told)
    if after is None:
        raise BadRequest(
            "No tool is named.", f"Name those that you use: {locking(file, 'SLUG')}. {file} is not there yet."
        )
    after = {**after, "tools": {slug: one for slug, one in after["tools"].items() if slug not in removed}}
    with held(file):
        whole = merged(file, before, after)
        changed = write(file, whole)
    _tell(file, before, after, as_json=as_json, changed=changed, number=len(whole["tools"]))


def wait_told() -> None:
    """Say why it takes some seconds."""
    printing.hint("The catalog is writing down what was changed just now; waiting for it …")


def opened(lock: Lock | None, where: str | None, key: str | None) -> Source:
    """Return the catalog that --from names, else that of the lockfile, else that of the variable AICATALOG.

    To the latter no key is sent: whoever may change the file, as in a pull request, could send it to themselves.
    """
    if where is None and lock is not None:
        return options.opened(lock["catalog"], "")
    return options.opened(where, key)


def _interface(text: str) -> tuple[str, str]:
    slug, sign, name = text.partition("=")
    if not slug or not sign:
        raise BadRequest(
            f"“{text[:80]}” names no interface.", "Write --interface SLUG=ID; “SLUG=” stands for all again."
        )
    return slug, name


def _before(file: Path, asked: list[str], removed: tuple[str, ...]) -> Lock | None:
    """Return what the file holds, None where there is none yet. Raises BadFile."""
    try:
        there = file.exists()
    except OSError as error:  # as for a name that is too long
        raise BadFile(f"{str(file)[:200]} cannot be read ({error.strerror}).") from None
    if not there:
        if removed:
            raise BadFile(f"{file} is not there, so nothing can be taken out of it.")
        return None
    found = read(file, renewed=[*asked, *removed] or None)
    for slug in removed:
        if slug not in found["tools"]:
            raise BadFile(
                f"{file} holds no “{slug[:80]}”.", f"It holds: {', '.join(sorted(found['tools'])) or 'nothing'}."
            )
    return found


def _tell(file: Path, before: Lock | None, after: Lock, *, as_json: bool, changed: bool, number: int) -> None:
    old = before["tools"] if before else {}
    gone = sorted({*old} - {*after["tools"]})
    news = {slug: one for slug, one in sorted(after["tools"].items()) if old.get(slug) != one}
    if as_json:
        locked = [_row(slug, old.get(slug), one) for slug, one in news.items()]
        printing.as_json({"file": str(file), "catalog": after["catalog"], "locked": locked, "removed": gone})
        return
    for slug, one in news.items():
        printing.out(f"{printing.style(printing.clean(slug), 'bold')}  {printing.clean(said(one))}")
    for slug in gone:
        printing.out(f"{printing.clean(slug)}  taken out")
    what = f"{number} tool{'' if number == 1 else 's'}"
    printing.hint(f"{printing.clean(file)} {'holds' if changed else 'is as it was, with'} {what}.")
    unseen = [slug for slug, one in news.items() if "tools" not in one and _speaks_mcp(one)]
    if unseen:
        more = f" and {len(unseen) - NAMED} others" if len(unseen) > NAMED else ""
        named = printing.clean(", ".join(unseen[:NAMED])) + more
        servers = "MCP server" if len(unseen) == 1 else "MCP servers"
        lists = "lists" if len(unseen) == 1 else "list"
        printing.hint(f"What the {servers} of {named} {lists} was not seen yet: lock again when it was.")


def _speaks_mcp(entry: Entry) -> bool:
    return any(one.get("kind") == "mcp-remote" for one in entry["manifest"].get("interfaces", []))


def _row(slug: str, old: Entry | None, now: Entry) -> dict[str, Any]:
    return {
        "tool": slug,
        "version": now["version"],
        "sha256": now["sha256"],
        "was": old["version"] if old else None,
        "price": now["price"],
        "licence": now["licence"],
        "interface": now.get("interface"),
        "tools": {name: one["count"] for name, one in now.get("tools", {}).items()},
    }


def said(entry: Entry) -> str:
    """Return on one line what is locked of a tool."""
    found = [f"version {entry['version']}", entry["price"], f"licence {entry['licence']}"]
    found += [
        f"{name}: {one['count']} tool{'' if one['count'] == 1 else 's'}" for name, one in entry.get("tools", {}).items()
    ]
    return "; ".join(found + ([f"only {entry['interface']}"] if "interface" in entry else []))
