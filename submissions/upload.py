"""A record that comes as JSON: what is refused before it is parsed, and the draft that is made of it."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from catalog.records import FIELDS, Record
from core import strictjson
from core.clean import Unclean, clean_line, clean_text
from submissions import changes, duplicates

MOST_BYTES = 256 * 1024
DEPTH = 6  # a record needs three
MOST_VALUES = 5_000
LONGEST = {"description": 3_000}
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
    unknown = sorted(set(found) - set(FIELDS))
    if unknown:
        raise BadFile(f"A record has no field “{unknown[0][:60]}”. Its fields are {', '.join(FIELDS)}.")
    left = [MOST_VALUES]
    cleaned = {name: _cleaned(value, name, left) for name, value in found.items()}
    return {
        name: value for name, value in changes.theirs(_in_shape(cleaned)).items() if value not in (None, "", [], {})
    }


def _text(number: str) -> str:
    return number[:40]  # amounts are texts in a record, and exact as they are written


def _cleaned(value: Any, name: str, left: list[int]) -> Any:
    left[0] -= 1
    if left[0] < 0:
        raise BadFile(f"It holds more than {MOST_VALUES:,} values; a record is far smaller.")
    if isinstance(value, dict):
        return {_line(key, name): _cleaned(one, f"{name}.{key[:40]}", left) for key, one in value.items()}
    if isinstance(value, list):
        return [_cleaned(one, f"{name}[{at}]", left) for at, one in enumerate(value)]
    if isinstance(value, bool):
        raise BadFile(f"“{name}” is {str(value).lower()}, and no field of a record is yes or no.")
    if not isinstance(value, str) or not value.strip():
        return None
    if name != "description":
        return _line(value, name)
    try:
        return clean_text(value, max_length=LONGEST["description"])
    except Unclean as error:
        raise BadFile(f"“{name}” {error}.") from None


def _line(text: str, name: str) -> str:
    try:
        return clean_line(text, max_length=500)
    except Unclean as error:
        raise BadFile(f"“{name}” {error}.") from None


def _in_shape(record: Record) -> Record:
    """Refuse a list where a text belongs and the like, which no form could show."""
    for name, value in record.items():
        wanted: type = {"also": list, "platforms": list, "tags": list, "interfaces": list, "plans": list,
                        "pricing": dict, "modality": dict, "links": dict}.get(name, str)  # fmt: skip
        if value is not None and not isinstance(value, wanted):
            words = {"list": "a list", "dict": "an object", "str": "a text"}[wanted.__name__]
            raise BadFile(f"“{name}” has to be {words}.")
    for name in ("also", "platforms", "tags"):
        if any(not isinstance(one, str) for one in record.get(name) or []):
            raise BadFile(f"“{name}” has to be a list of texts.")
    for name in ("interfaces", "plans"):
        rows = record.get(name) or []
        if any(not isinstance(row, dict) or any(not isinstance(one, str) for one in row.values()) for row in rows):
            raise BadFile(f"“{name}” has to be a list of objects that hold texts.")
    _check_inner(record)
    return record


def _check_inner(record: Record) -> None:
    for name, texts, lists in (
        ("pricing", {"access", "source", "said_by"}, {"model"}),
        ("modality", set(), {"in", "out"}),
        ("links", {"docs", "repo", "pricing", "api", "status"}, set()),
    ):
        for key, value in (record.get(name) or {}).items():
            if key not in texts | lists:
                raise BadFile(f"“{name}” has no part “{key[:40]}”.")
            right = isinstance(value, str) if key in texts else isinstance(value, list)
            if value is not None and not (right and all(isinstance(one, str) for one in value)):
                raise BadFile(f"“{name}.{key}” has to be {'a text' if key in texts else 'a list of texts'}.")


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
