"""A record that comes as JSON, part by part: all that cannot be kept is named with its place, not only the first."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from catalog.records import LINKS, PLAN_FIELDS, Record
from catalog.validation import INTERFACE_FIELDS
from core.clean import Unclean, clean_line, clean_text
from submissions.changes import LEFT_OUT

Place = tuple[str | int, ...]
Wrong = list[tuple[Place, str]]
LINE, TEXT = "line", "text"
# a list has one shape for all of its rows, a mapping one for each of its names
Shape = str | list[Any] | dict[str, Any]
SHAPE: dict[str, Shape] = {
    **dict.fromkeys(("name", "vendor", "homepage", "tagline", "kind", "category", "licence", "launched"), LINE),
    "description": TEXT,
    "also": [LINE],
    "platforms": [LINE],
    "tags": [LINE],
    "pricing": {"access": LINE, "source": LINE, "model": [LINE]},
    "plans": [dict.fromkeys(PLAN_FIELDS, LINE)],
    "modality": {"in": [LINE], "out": [LINE]},
    "links": dict.fromkeys(LINKS, LINE),
    "interfaces": [dict.fromkeys(sorted(INTERFACE_FIELDS - {"said_by"}), LINE)],
}
OURS = LEFT_OUT | {"said_by"}
MOST_VALUES = 5_000
LONGEST = {"description": 3_000}
NUMBER = "has to be a text; write a number as one, such as “20”"


def read(data: Mapping[str, Any]) -> tuple[Record, Wrong]:
    """Return the record in a JSON object, its texts cleaned, and all that could not be kept: [(place, what is wrong)].

    A record may lack anything; null and "" are what is not stated. Whether it can be sent is `services.problems`.
    """
    wrong: Wrong = []
    if _values(data) > MOST_VALUES:
        return {}, [((), f"holds more than {MOST_VALUES:,} values; a record is far smaller")]
    found = _mapping(data, SHAPE, (), wrong)
    return {name: value for name, value in found.items() if value not in ("", [], {})}, wrong


def _values(value: Any) -> int:
    inner = value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ()
    return 1 + sum(_values(one) for one in inner)


def _part(value: Any, shape: Shape, place: Place, wrong: Wrong) -> Any:
    """Return a part as it is kept, None for what is not stated or cannot be kept."""
    if value is None:
        return None
    if isinstance(shape, str):
        return _text(value, shape, place, wrong)
    if isinstance(shape, list):
        if isinstance(value, list):
            return [_row(one, shape[0], (*place, number), wrong) for number, one in enumerate(value)]
        wrong.append((place, "has to be a list"))
    elif isinstance(value, dict):
        return _mapping(value, shape, place, wrong)
    else:
        wrong.append((place, "has to be an object"))
    return None


def _row(value: Any, shape: Shape, place: Place, wrong: Wrong) -> Any:
    known = len(wrong)
    found = _part(value, shape, place, wrong)
    if found is None and len(wrong) == known:
        wrong.append((place, "is empty; leave it out"))
    return found


def _mapping(value: Mapping[str, Any], shape: dict[str, Any], place: Place, wrong: Wrong) -> Record:
    found = {}
    for name, one in value.items():
        if name in shape:
            kept = _part(one, shape[name], (*place, name), wrong)
            if kept is not None:
                found[name] = kept
        elif name in OURS:
            wrong.append(((*place, name), "is this site's to say; leave it out"))
        else:
            wrong.append(((*place, name), f"is no field here; there are {', '.join(shape)}"))
    return found


def _text(value: Any, shape: str, place: Place, wrong: Wrong) -> str | None:
    if not isinstance(value, str):
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        wrong.append((place, NUMBER if is_number else "has to be a text"))
        return None
    if not value.strip():
        return None
    try:
        if shape == TEXT:
            return clean_text(value, max_length=LONGEST[str(place[-1])])
        return clean_line(value, max_length=500)
    except Unclean as error:
        wrong.append((place, str(error)))
        return None
