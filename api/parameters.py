"""Query parameters: a view names those it knows; any other, or one given twice, is refused by its name."""

from __future__ import annotations

import re
from collections.abc import Collection

from django.http import QueryDict

from api.problems import Problem
from catalog.filters import BadParameter

MOST_LIMIT = 100
MOST_ERRORS = 20
WHOLE = re.compile(r"[0-9]{1,19}", re.ASCII)


def check(data: QueryDict, known: Collection[str], several: Collection[str] = ()) -> None:
    """Refuse parameters that are not in `known`, and those given more than once that are not in `several`.

    Raises BadParameter for one, Problem for several, which name all.
    """
    wrong = []
    there = ", ".join(sorted(known)) or "none"
    for name, values in data.lists():
        if name not in known:
            wrong.append(
                BadParameter(name[:60], f"There is no parameter “{name[:60]}” here. Those there are: {there}.")
            )
        elif "" in values and name != "q":  # a form may send no words; all else has values of its own
            wrong.append(BadParameter(name, f"“{name}” is empty; leave it out where nothing is asked."))
        elif len(values) > 1 and name not in several:
            wrong.append(BadParameter(name, f"“{name}” is given {len(values)} times; give it once."))
    if len(wrong) == 1:
        raise wrong[0]
    if wrong:
        errors = [{"parameter": one.name, "detail": str(one)} for one in wrong[:MOST_ERRORS]]
        raise Problem("bad-parameter", f"{len(wrong)} parameters cannot be used; errors says which.", errors=errors)


def whole(data: QueryDict, name: str, default: int, least: int, most: int) -> int:
    """Return a whole number from `least` to `most`. Raises BadParameter."""
    text = data.get(name)
    if text is None:
        return default
    if not WHOLE.fullmatch(text) or not least <= int(text) <= most:
        raise BadParameter(name, f"“{name}” is {text[:20]!r}; write a whole number from {least:,} to {most:,}.")
    return int(text)


def limit(data: QueryDict, default: int = 24) -> int:
    """Return how many rows a page shall have, at most 100. Raises BadParameter."""
    return whole(data, "limit", default, 1, MOST_LIMIT)


def yes(data: QueryDict, name: str) -> bool:
    """Return whether a switch is on: 1 or 0, true or false. Raises BadParameter."""
    text = data.get(name, "0")
    if text not in {"0", "1", "true", "false"}:
        raise BadParameter(name, f"“{name}” is {text[:20]!r}; write 1 or 0, true or false.")
    return text in {"1", "true"}


def names(data: QueryDict, name: str, known: Collection[str]) -> tuple[str, ...]:
    """Return names that are listed with commas, each once: fields, expansions. Raises BadParameter."""
    text = data.get(name, "")
    if len(text) > 1_000:
        raise BadParameter(name, f"“{name}” is longer than 1,000 characters.")
    found = tuple(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))
    if text and not found:
        raise BadParameter(name, f"“{name}” names nothing; there are: {', '.join(sorted(known))}.")
    for one in found:
        if one not in known:
            raise BadParameter(name, f"“{name}” names {one[:40]!r}; there are: {', '.join(sorted(known))}.")
    return found
