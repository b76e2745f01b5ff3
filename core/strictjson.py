"""JSON from outside, read so that it has one meaning: bounded depth before it is parsed, no key twice, no NaN."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any, Literal

Why = Literal["encoding", "syntax", "depth", "twice", "number"]
# a text that nobody closes is one as well: were it looked for anew at each quotation mark, the time would grow squared
TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*+(?:"|\\?\Z)|[\[{\]}]', re.DOTALL)


class BadJSON(ValueError):
    """What cannot be read. The message goes on after what it is about: "is no JSON: line 1, column 3: …"."""

    def __init__(self, why: Why, told: str) -> None:
        super().__init__(told)
        self.why = why


def read(data: bytes, *, depth: int, number: Callable[[str], Any] | None = None, encoding: str = "utf-8") -> Any:
    """Return the value in a JSON text (RFC 8259); who calls bounds its length.

    `depth`: most brackets within each other. `number`: what to make of a number as it is written; None: int or float.
    `encoding`: "utf-8-sig" passes over a mark of the byte order. Raises BadJSON.
    """
    _check_depth(data, depth)
    try:
        return json.loads(
            data.decode(encoding), object_pairs_hook=_once, parse_constant=_no_number, parse_int=number,
            parse_float=number,
        )  # fmt: skip
    except UnicodeDecodeError as error:
        raise BadJSON("encoding", f"is not UTF-8: byte {error.start:,} is part of no character") from None
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise BadJSON("syntax", f"is no JSON: {place}: {error.msg.lower()}") from None
    except BadJSON:
        raise
    except ValueError:  # more digits than Python takes
        raise BadJSON("number", "holds a number that is too long") from None


def _check_depth(data: bytes, most: int) -> None:
    """Refuse deep nesting before the parser walks into it. Raises BadJSON."""
    depth = 0
    for token in TOKEN.finditer(data):
        if token[0] in b"[{":
            depth += 1
            if depth > most:
                raise BadJSON("depth", f"opens more than {most} brackets within each other")
        elif token[0] in b"]}":
            depth -= 1


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise BadJSON("twice", f"states “{name[:60]}” twice")
        found[name] = value
    return found


def _no_number(text: str) -> Any:
    raise BadJSON("number", f"holds {text}, which is no number in JSON")
