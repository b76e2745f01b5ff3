"""Bodies as they are read: JSON alone, bounded before it is parsed, and nothing in it that has two meanings."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import IO, Any

from rest_framework.parsers import BaseParser

from api.problems import Problem

MOST_BYTES = 256 * 1024
DEPTH = 12
# a text that nobody closes is one as well: were it looked for anew at each quotation mark, the time would grow squared
OPENING = re.compile(rb'"(?:[^"\\]|\\.)*+(?:"|\\?\Z)|[\[{\]}]', re.DOTALL)
TOO_LARGE = f"The body is larger than {MOST_BYTES // 1024} KB, and nothing here needs that."


class StrictJSONParser(BaseParser):
    """Reads a JSON object. Refused: other shapes, deep nesting, a key twice, NaN, lone surrogates, NUL."""

    media_type = "application/json"

    def parse(
        self, stream: IO[bytes], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        """Return the object. Raises Problem."""
        packed = parser_context["request"].headers.get("Content-Encoding", "identity") if parser_context else "identity"
        if packed.strip().lower() != "identity":
            raise Problem("unsupported-media-type", f"The body is packed ({packed[:20]}). Send the JSON as it is.")
        return read(stream.read(MOST_BYTES + 1))


def read(data: bytes) -> dict[str, Any]:
    """Return the JSON object in `data`. Raises Problem (bad-body, too-large)."""
    if len(data) > MOST_BYTES:
        raise Problem("too-large", TOO_LARGE)
    if not data.strip():
        return {}
    _check_depth(data)
    try:
        text = data.decode("utf-8")
        found = json.loads(text, object_pairs_hook=_once, parse_constant=_no_number)
    except UnicodeDecodeError as error:
        raise Problem("bad-body", f"The body is not UTF-8: byte {error.start:,} is part of no character.") from None
    except json.JSONDecodeError as error:
        told = f"The body is no JSON: line {error.lineno}, column {error.colno}: {error.msg}."
        raise Problem("bad-body", told) from None
    except ValueError:  # a number of more than 4,300 digits
        raise Problem("bad-body", "The body holds a number that is too long.") from None
    if not isinstance(found, dict):
        raise Problem("bad-body", "The body has to be one JSON object: it begins with {.")
    _check_texts(found)
    return found


def _check_depth(data: bytes) -> None:
    depth = 0
    for token in OPENING.finditer(data):
        if token[0] in b"[{":
            depth += 1
            if depth > DEPTH:
                raise Problem("bad-body", f"The body opens more than {DEPTH} brackets within each other.")
        elif token[0] in b"]}":
            depth -= 1


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        seen: set[str] = set()
        twice = next(name for name, _ in pairs if name in seen or seen.add(name))  # type: ignore[func-returns-value]
        raise Problem("bad-body", f"The body states “{twice[:60]}” twice. Leave one of them.")
    return found


def _no_number(text: str) -> Any:
    raise Problem("bad-body", f"The body holds {text}, which is no number in JSON.")


def _check_texts(value: Any) -> None:
    """Refuse what PostgreSQL cannot store, wherever it stands."""
    if isinstance(value, str):
        if "\x00" in value or any("\ud800" <= char <= "\udfff" for char in value):
            raise Problem("bad-body", "The body holds half a character (a lone surrogate) or a NUL.")
    elif isinstance(value, dict):
        for name, one in value.items():
            _check_texts(name)
            _check_texts(one)
    elif isinstance(value, list):
        for one in value:
            _check_texts(one)
