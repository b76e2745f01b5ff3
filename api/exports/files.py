"""What the formats share: a writer takes batches of tools; files are hashed as they lie on the disk."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from api.exports.snapshot import Catalog, Entry
from api.manifests.canonical import canonical

Write = Callable[[list[Entry]], None]
Open = Callable[[Path, Catalog], AbstractContextManager[Write]]  # opens a format's files in a folder
SCHEMA = "2026-12-01"  # of lines and columns; another one where a reader of this would go wrong
BLOCK = 1 << 20  # bytes


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file in hexadecimal digits, reading a block at a time. Raises OSError."""
    found = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            found.update(block)
    return found.hexdigest()


def write_list(path: Path, rows: Iterable[dict[str, Any]]) -> None:
    """Write a list as JSON, each row on a line of its own, so that two of them can be compared line by line."""
    path.write_bytes(b"[\n" + b",\n".join(canonical(row) for row in rows) + b"\n]\n")
