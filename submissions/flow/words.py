"""What the steps say in words, beside catalog/wording.py: problems, and what a change changes."""

from __future__ import annotations

import re
from typing import Any

from catalog import wording
from catalog.records import Record
from catalog.wording import label
from submissions import changes

PLURAL = {"Tags", "Plans", "Links", "Interfaces", "Further categories"}
MISSING = re.compile(r"is missing; one of .*", re.DOTALL)


def problem(name: str, message: str) -> str:
    """Return a problem of catalog/validation.py as a sentence for people."""
    told = MISSING.sub("is missing", message)
    if label(name) in PLURAL and told == "is missing":
        told = "are missing"
    return f"{label(name)} {told}."


def difference(before: Record, after: Record) -> list[dict[str, str]]:
    """Return what a submission changes, in words (wording.difference)."""
    return wording.difference(changes.theirs(before), changes.theirs(after))


def with_value(record: Record, name: str, value: Any) -> Record:
    """Return a record with this value at a field or inside of one; what is empty is left out."""
    first, _, rest = name.partition(".")
    if rest:
        inner = record.get(first)
        value = with_value(inner if isinstance(inner, dict) else {}, rest, value)
    kept = {key: one for key, one in record.items() if key != first}
    return kept if value in (None, "", [], {}) and name != "model" else {**kept, first: value}
