"""JSON in the one form that everybody writes alike (RFC 8785, JCS), so that a hash of it can be compared.

Numbers are whole: amounts are decimal texts here, and writing floats as ECMAScript does is left out on purpose.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from typing import Any

import orjson

GREATEST = 2**53 - 1  # beyond this programs that read numbers as doubles lose digits (RFC 7493, section 2.2)


def canonical(value: Any) -> bytes:
    """Return a value as canonical JSON: UTF-8, no white space, keys in the order of their UTF-16 units.

    Raises ValueError for what has no such form: floats, greater numbers, half characters, keys that are no texts.
    """
    if _is_plain(value):  # as most values are: orjson orders their keys as RFC 8785 does, and is ten times as fast
        with contextlib.suppress(orjson.JSONEncodeError):  # the slow way says what is wrong
            return orjson.dumps(value, option=orjson.OPT_SORT_KEYS | orjson.OPT_STRICT_INTEGER)
    return json.dumps(_ordered(value), ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()


def sha256(body: bytes) -> str:
    """Return the SHA-256 of a document's bytes, in hexadecimal digits."""
    return hashlib.sha256(body).hexdigest()


def _is_plain(value: Any) -> bool:
    """Say whether a value holds nothing but lists, objects with keys in ASCII, texts, whole numbers, true, false, null.

    Whether numbers are too great and texts whole is left to orjson. Other keys may stand in another order there.
    """
    waiting = [value]
    while waiting:
        one = waiting.pop()
        kind = type(one)
        if kind is dict:
            try:
                if not all(map(str.isascii, one)):
                    return False
            except TypeError:  # a key is no text
                return False
            waiting.extend(one.values())
        elif kind is list:
            waiting.extend(one)
        elif not (kind is str or kind is int or kind is bool or one is None):
            return False
    return True


def _ordered(value: Any) -> Any:
    if isinstance(value, dict):
        if not all(isinstance(name, str) for name in value):
            raise ValueError("Keys of an object have to be texts.")
        return {name: _ordered(value[name]) for name in sorted(value, key=_units)}
    if isinstance(value, list | tuple):
        return [_ordered(one) for one in value]
    if isinstance(value, str):
        _units(value)
    elif isinstance(value, float):
        raise ValueError(f"{value!r} is no whole number: write it as a decimal text.")
    elif isinstance(value, int) and abs(value) > GREATEST:
        raise ValueError(f"{value} is more than programs can read exactly: write it as a text.")
    elif value is not None and not isinstance(value, int):
        raise ValueError(f"{type(value).__name__} has no form in JSON.")
    return value


def _units(text: str) -> bytes:
    """Return the UTF-16 units of a text, by which RFC 8785 orders keys (section 3.2.3)."""
    try:
        return text.encode("utf-16-be")
    except UnicodeEncodeError as error:
        raise ValueError("A text holds half of a character (a lone surrogate).") from error
