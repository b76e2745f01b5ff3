"""seen.jsonl: what verification saw of each tool, as `/api/v1/pins` says it, so that a lockfile is checked offline.

It is in no log, and an import passes over it: another instance sees for itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from api import pins
from api.exports.files import Write
from api.exports.snapshot import Catalog, Entry
from api.manifests.canonical import canonical
from catalog.models import Tool


@contextmanager
def opened(folder: Path, catalog: Catalog) -> Iterator[Write]:
    """Write a line of canonical JSON for each tool, in the order of tools.jsonl. Five statements for each batch."""
    with (folder / "seen.jsonl").open("wb") as file:

        def write(batch: list[Entry]) -> None:
            keys = dict(Tool.objects.filter(slug__in=[entry.slug for entry in batch]).values_list("slug", "pk"))
            found = pins.pins(keys.values())
            file.writelines(canonical(_line(entry, found[keys[entry.slug]])) + b"\n" for entry in batch)

        yield write


def _line(entry: Entry, pin: pins.Pin) -> dict[str, Any]:
    """Return a pin whose manifest is in manifests.jsonl: one that is behind the listing is not."""
    return pin if entry.manifest else {**pin, "manifest": None}
