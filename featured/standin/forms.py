"""Reads Stripe's form encoding: line_items[0][price]=price_1&expand[]=customer."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qsl

from featured.standin.refused import Refused

NAME = re.compile(r"([^\[\]]+)((?:\[[^\[\]]*\])*)")
DEEPEST = 8


def read(text: str) -> dict[str, Any]:
    """Return texts, dicts and lists; a dict whose keys are 0, 1, 2 … is a list. Raises Refused."""
    found: dict[str, Any] = {}
    for name, value in parse_qsl(text, keep_blank_values=True):
        match = NAME.fullmatch(name)
        keys = [match[1], *re.findall(r"\[([^\[\]]*)\]", match[2])] if match else []
        if not keys or len(keys) > DEEPEST:
            raise Refused(f"Invalid parameter name: {name}", param=name)
        _put(found, keys, value, name)
    return {key: _lists(one) for key, one in found.items()}


def _put(found: dict[str, Any], keys: list[str], value: str, name: str) -> None:
    for place, key in enumerate(keys[:-1]):
        found = found.setdefault(key or str(len(found)), {})
        if not isinstance(found, dict):
            raise Refused(f"Invalid parameter: {name} is given twice in two forms", param="".join(keys[: place + 1]))
    found[keys[-1] or str(len(found))] = value


def _lists(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    values = {key: _lists(one) for key, one in value.items()}
    if values and set(values) == {str(place) for place in range(len(values))}:
        return [values[str(place)] for place in range(len(values))]
    return values
