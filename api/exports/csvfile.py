"""tools.csv: for spreadsheets, in which no cell is a formula."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from contextlib import contextmanager
from operator import itemgetter
from pathlib import Path
from typing import Any

from api.exports import table
from api.exports.files import Write
from api.exports.snapshot import Catalog, Entry

# What a spreadsheet takes for the beginning of a formula (OWASP, "CSV Injection"), also in full width
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")

# what begins a formula where a reader separates by semicolons, tabs or lines
SEPARATED = re.compile(rf"([;\t\r\n] *)(?=[{re.escape(''.join(FORMULA))}])")


@contextmanager
def opened(folder: Path, _: Catalog) -> Iterator[Write]:
    """Write tools.csv as RFC 4180 has it, in UTF-8 with a mark, without which Excel takes it for another encoding."""
    with (folder / "tools.csv").open("w", encoding="utf-8-sig", newline="") as file:
        lines = csv.writer(file, quoting=csv.QUOTE_ALL)  # whatever a reader takes for a separator, cells stay whole
        lines.writerow(table.COLUMNS)
        in_order = itemgetter(*table.COLUMNS)

        def write(batch: list[Entry]) -> None:
            lines.writerows(map(cell, in_order(entry.cells)) for entry in batch)

        yield write


def cell(value: Any) -> str:
    """Return a value as a cell: lists with "; " between, and an apostrophe before what would be a formula."""
    if type(value) is str:
        text = value
    else:
        text = "; ".join(value) if isinstance(value, list) else "" if value is None else str(value)
    if ";" in text or "\t" in text or "\n" in text or "\r" in text:  # asked of millions of cells
        text = SEPARATED.sub(r"\1'", text)
    return f"'{text}" if text.lstrip(" ").startswith(FORMULA) else text
