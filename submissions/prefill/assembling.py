"""From what sources state to one record: the first source that states a field counts, the others stand beside it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from catalog.choices import SaidBy
from catalog.records import Record
from catalog.validation import INTERFACE_LIMITS, LIMITS, PLAN_LIMITS
from core.clean import Unclean, clean_line, clean_text, flaw
from submissions.prefill.result import Hint, Prefilled
from verification.published import record as fields
from verification.published.proposal import FLAGS, Proposal
from verification.reading.addresses import split
from verification.reading.packages import CODE_HOSTS

MOST = {"plan": 8, "interface": 12}  # rows that are filled in; more stand beside
UNKNOWN = {"access": "unknown", "model": [], "source": "unknown", "said_by": SaidBy.NONE.value}


def begin(asked: str, homepage: str, seen_at: str) -> Prefilled:
    """Return a record that knows its home page only."""
    source = {"source": "typed", "url": homepage, "quote": homepage, "seen_at": seen_at}
    return Prefilled(asked, {"homepage": homepage, "pricing": dict(UNKNOWN)}, {"homepage": source})


def add(found: Prefilled, proposals: Iterable[Proposal]) -> None:
    """Put what sources state into the record, in their order."""
    for one in proposals:
        value = _clean(one.field, one.value)
        if value is None:
            continue
        if one.field == "repo_url" and not is_repository(value):
            why = "This is the page of an owner, not of one repository."
            found.hints.append(Hint("links.repo", value, why, one.source_kind, one.source_url))
            continue
        now = fields.current(found.record, one.field, value)
        if now is None and _room(found.record, one.field):
            found.record = fields.applied(found.record, one.field, value, day=f"{one.at:%Y-%m-%d}")
            place = place_of(found.record, one.field)
            found.sources[place] = source_of(one)
            if one.flags:
                found.warnings[place] = [FLAGS[flag] for flag in one.flags]
        elif not fields.same(one.field, now, value):
            found.others.append({"field": place_of(found.record, one.field, now), "value": value, **source_of(one)})


def source_of(one: Proposal) -> dict[str, str]:
    """Return where a value comes from, as the record keeps it."""
    at = one.at.isoformat(timespec="seconds")
    return {"source": one.source_kind, "url": one.source_url, "quote": one.quote, "seen_at": at}


def place_of(record: Record, field: str, row: Any = None) -> str:
    """Return what a field of a proposal is in the record; of plans and interfaces, which: `row`, else the last."""
    if field in fields.LINKS:
        return f"links.{fields.LINKS[field]}"
    if field in fields.PRICING:
        return f"pricing.{fields.PRICING[field]}"
    if field in fields.MODALITY:
        return f"modality.{fields.MODALITY[field]}"
    if field not in {"plan", "interface"}:
        return field
    rows = record.get(f"{field}s", [])
    return f"{field}s[{rows.index(row) if row in rows else len(rows) - 1}]"


def is_repository(url: str) -> bool:
    """Whether an address at a code host is that of one repository; any at another host may be."""
    parts = split(url)
    if (parts.hostname or "").removeprefix("www.") not in CODE_HOSTS:
        return True
    return len(parts.path.strip("/").split("/")) >= 2


def _room(record: Record, field: str) -> bool:
    return field not in MOST or len(record.get(f"{field}s", [])) < MOST[field]


def _clean(field: str, value: Any) -> Any:
    """Return a value as the catalog stores it, None for one that it would refuse."""
    try:
        if field == "description":
            return clean_text(value)
        if isinstance(value, str):
            return clean_line(value, max_length=LIMITS.get(field, 500))
    except Unclean:
        return None
    if isinstance(value, dict):
        limits = PLAN_LIMITS if field == "plan" else INTERFACE_LIMITS
        return None if any(flaw(part, max_length=limits.get(name, 500)) for name, part in value.items()) else value
    return value
