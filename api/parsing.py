"""Bodies as they are read: JSON alone, bounded before it is parsed, and nothing in it that has two meanings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import IO, Any

from rest_framework.parsers import BaseParser

from api.problems import Problem
from core import strictjson

MOST_BYTES = 256 * 1024
DEPTH = 12
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
    try:
        found = strictjson.read(data, depth=DEPTH)
    except strictjson.BadJSON as error:
        raise Problem("bad-body", f"The body {error}.") from None
    if not isinstance(found, dict):
        raise Problem("bad-body", "The body has to be one JSON object: it begins with {.")
    _check_texts(found)
    return found


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
