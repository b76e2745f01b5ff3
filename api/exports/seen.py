"""seen.jsonl: what verification saw of each tool, as `/api/v1/pins` says it, so that a lockfile is checked offline.

A tool that was renamed has `aliases` as well, the slugs that it had: by these the API finds it.

It is in no log, and an import passes over it: another instance sees for itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from api.exports.files import Write
from api.exports.snapshot import Catalog, Entry
from api.manifests.canonical import canonical


@contextmanager
def opened(folder: Path, catalog: Catalog) -> Iterator[Write]:
    """Write a line of canonical JSON for each tool, in the order of tools.jsonl."""
    with (folder / "seen.jsonl").open("wb") as file:

        def write(batch: list[Entry]) -> None:
            file.writelines(canonical(_said(entry)) + b"\n" for entry in batch)

        yield write


def _said(entry: Entry) -> dict[str, Any]:
    """Return the pin of a tool, with the slugs that it had before where there are any."""
    return {**(entry.pin or {}), **({"aliases": entry.aliases} if entry.aliases else {})}
