"""Values in code: serialised for the language that they stand in, never formatted into it.

What a listing says is somebody's text. A text with a character that nobody sees, or one that would begin an
expression where a shell, a template or a workflow looks for those, goes into no snippet at all.
"""

from __future__ import annotations

import json
import shlex
import unicodedata
from typing import Any

UNSEEN = {"Cc", "Cf", "Co", "Cs", "Cn", "Zl", "Zp"}  # controls, bidi and zero-width marks, halves, line separators


class Unsafe(ValueError):
    """A value that goes into no snippet; the message says why."""


def plain(text: str) -> str:
    """Return a text as it is. Raises Unsafe when it holds what nobody sees, or what begins an expression."""
    if any(unicodedata.category(char) in UNSEEN for char in text):
        raise Unsafe("It holds a character that nobody sees.")
    if "${" in text or "{{" in text or "%{" in text:
        raise Unsafe("It holds the beginning of an expression.")
    return text


def python(value: Any) -> str:
    """Return a value as a literal of Python."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{python(name)}: {python(one)}" for name, one in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(python, value)) + "]"
    if isinstance(value, Raw):
        return str(value)
    return json.dumps(plain(value), ensure_ascii=False) if isinstance(value, str) else repr(value)


class Raw(str):
    """A piece of code of ours that stands as it is among the values of a dictionary."""


def shell(text: str) -> str:
    """Return a text as one word of a POSIX shell."""
    return shlex.quote(plain(text))


def hcl(text: str) -> str:
    """Return a text as a string of HCL."""
    return json.dumps(plain(text), ensure_ascii=False)


def as_json(value: Any) -> str:
    """Return a value as indented JSON; every text in it is checked but for placeholders of ours (Raw)."""
    _check(value)
    return json.dumps(value, indent=2, ensure_ascii=False)


def as_yaml(text: str) -> str:
    """Return a text as a string of YAML: JSON's are such."""
    return json.dumps(plain(text), ensure_ascii=False)


def _check(value: Any) -> None:
    if isinstance(value, dict):
        for name, one in value.items():
            _check(name)
            _check(one)
    elif isinstance(value, list):
        for one in value:
            _check(one)
    elif isinstance(value, str) and not isinstance(value, Raw):
        plain(value)
