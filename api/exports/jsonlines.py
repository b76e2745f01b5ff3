"""tools.jsonl and manifests.jsonl: a line of canonical JSON for each tool, and each manifest's own bytes as a line."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from api.exports.files import Write, write_list
from api.exports.snapshot import Catalog, Entry


@contextmanager
def opened(folder: Path, catalog: Catalog) -> Iterator[Write]:
    """Write what an import needs: both files of lines, categories.json and collections.json."""
    write_list(folder / "categories.json", catalog.categories)
    write_list(folder / "collections.json", catalog.collections)
    with (folder / "tools.jsonl").open("wb") as tools, (folder / "manifests.jsonl").open("wb") as manifests:

        def write(batch: list[Entry]) -> None:
            for entry in batch:
                tools.write(entry.line + b"\n")
                if entry.body:
                    manifests.write(entry.body + b"\n")  # canonical JSON holds no end of a line

        yield write
