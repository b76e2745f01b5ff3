"""A record that comes as JSON: what is refused before it is parsed, and the draft that is made of it."""

from __future__ import annotations

from django.urls import reverse

from catalog.records import Record
from core import strictjson
from submissions import changes, duplicates, record_parts

MOST_BYTES = 256 * 1024
DEPTH = 6  # a record needs three
SHOWN = 5  # places that are named, of those that are wrong
TOO_LARGE = f"It is larger than {MOST_BYTES // 1024} KB, and a record is far smaller. Send one record alone."
ADVICE: dict[strictjson.Why, str] = {
    "encoding": ". Save it as UTF-8.",
    "syntax": ".",
    "depth": "; a record needs three.",
    "twice": ". Leave one of them.",
    "number": ". Leave the field out when it is not known.",
}


class BadFile(ValueError):
    """A file is no record; the message says what is wrong with it and what to do."""


def read(data: bytes) -> Record:
    """Return the record in a JSON text, its texts cleaned, which may lack anything. Raises BadFile."""
    if len(data) > MOST_BYTES:
        raise BadFile(TOO_LARGE)
    if not data.strip():
        raise BadFile("It is empty. Send a record as JSON.")
    try:
        found = strictjson.read(data, depth=DEPTH, number=_text, encoding="utf-8-sig")
    except strictjson.BadJSON as error:
        raise BadFile(f"It {error}{ADVICE[error.why]}") from None
    if not isinstance(found, dict):
        raise BadFile("It is JSON, but not one record: it has to begin with { and name fields.")
    record, wrong = record_parts.read(changes.theirs(found))
    if wrong:
        more = f" {len(wrong) - SHOWN} more like these follow." if len(wrong) > SHOWN else ""
        raise BadFile(" ".join(f"{_place(place)} {told}." for place, told in wrong[:SHOWN]) + more)
    return record


def _text(number: str) -> str:
    return number[:40]  # amounts are texts in a record, and exact as they are written


def _place(place: record_parts.Place) -> str:
    """Return a place in a record as people write it: “plans[0].amount”."""
    if not place:
        return "It"
    parts = [f"[{part}]" if isinstance(part, int) else f".{part[:40]}" for part in place]
    return f"“{''.join(parts)[1:]}”"


def listed(record: Record) -> duplicates.Match | None:
    """Return the listed tool that a record is surely the same as, and why; None for none."""
    found = duplicates.find(url=str(record.get("homepage") or ""))
    return next((one for one in found if one.strength == duplicates.SAME and one.tool.is_listed), None)


def listed_already(record: Record) -> str:
    """Return a sentence when a listed tool is surely the same one, with the pages to go to instead; else ""."""
    if one := listed(record):
        paths = reverse("submissions:prove"), reverse("submissions:suggest", args=[one.tool.slug])
        claim, change = f"{paths[0]}?tool={one.tool.slug}", paths[1]
        return f"It is listed already: {one.why} Claim it at {claim} or suggest a change at {change}."
    return ""
