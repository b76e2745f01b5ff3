"""Tables as CSV files (RFC 4180) that are safe to open in a spreadsheet."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence

from django.http import HttpResponse

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def csv_file(name: str, head: Sequence[str], rows: Iterable[Sequence[object]]) -> HttpResponse:
    """Return a table as a file of this name, UTF-8 with a header line."""
    response = HttpResponse(
        content_type="text/csv; charset=utf-8", headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )
    writer = csv.writer(response)
    writer.writerow(head)
    writer.writerows([cell(value) for value in row] for row in rows)
    return response


def cell(value: object) -> object:
    """Return what a cell holds: a text that a spreadsheet would take for a formula begins with an apostrophe.

    https://owasp.org/www-community/attacks/CSV_Injection; numbers, negative ones too, stay what they are.
    """
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value
