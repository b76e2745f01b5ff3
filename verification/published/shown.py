"""Proposals in words: for the admin and the command line."""

from __future__ import annotations

from typing import Any

from verification.published import record

LABELS = {
    "docs_url": "documents", "repo_url": "code", "pricing_url": "prices", "api_url": "API", "status_url": "status page",
    "price_model": "charged by", "modality_in": "input", "modality_out": "output",
}  # fmt: skip


def label(field: str) -> str:
    """Return the name of a field for people."""
    return LABELS.get(field, field)


def words(value: Any) -> str:
    """Return a value on one line; "nothing" for none."""
    if value in (None, "", [], {}):
        return "nothing"
    if isinstance(value, dict):
        return ", ".join(f"{name} {part}" for name, part in sorted(value.items()) if part)
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def diff(field: str, current: Any, value: Any) -> list[str]:
    """Return the lines of a diff: what goes with "-", what comes with "+", as the listing will say it.

    Of a plan or an interface that is listed, a line that says which, and the parts that differ.
    """
    value = record.result(field, current, value)
    which = []
    if isinstance(value, dict) and isinstance(current, dict):
        names = ("name", "currency", "period") if field == "plan" else ("kind", *record.ADDRESSES)
        which = [", ".join(str(current[name]) for name in names if current.get(name))]
        changed = [name for name, part in value.items() if current.get(name, "") != part]
        old = {name: current[name] for name in changed if current.get(name)}
        current, value = old or None, {name: value[name] for name in changed}
    lines = [] if current in (None, "", [], {}) else [f"- {words(current)}"]
    return [*which, *lines, f"+ {words(value)}"]
