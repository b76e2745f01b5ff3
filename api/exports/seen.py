"""seen.jsonl: what verification saw of each tool, as `/api/v1/pins` says it, so that a lockfile is checked offline.

It is in no log, and an import passes over it: another instance sees for itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from api.exports.files import Write
from api.exports.snapshot import Catalog, Entry
from api.manifests.canonical import canonical


@contextmanager
def opened(folder: Path, catalog: Catalog) -> Iterator[Write]:
    """Write a line of canonical JSON for each tool, in the order of tools.jsonl."""
    with (folder / "seen.jsonl").open("wb") as file:

        def write(batch: list[Entry]) -> None:
            file.writelines(canonical(entry.pin) + b"\n" for entry in batch)

        yield write
