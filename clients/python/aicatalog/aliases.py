"""Tools of an export by the slugs that they have, and by those that they had before: both are in seen.jsonl.

Its lines are pins. Those of tools that were renamed have `aliases`; exports that were made before there were any, none.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from pathlib import Path
from typing import NotRequired, TypedDict

from aicatalog.checking import WrongShape, shaped
from aicatalog.naming import SLUG

NAME = "seen.jsonl"


class Line(TypedDict):
    """As much of a line as is read here."""

    slug: str
    aliases: NotRequired[list[str]]


def lines(path: Path, slugs: Collection[str]) -> dict[str, Line]:
    """Return the lines of tools by these slugs, for those that name one: who has a slug goes before who had it.

    Raises OSError, ValueError (also WrongShape), RecursionError.
    """
    have: dict[str, Line] = {}
    had: dict[str, Line] = {}
    with path.open(encoding="utf-8") as file:
        for text in file:
            line = _line(text)
            if line["slug"] in slugs:
                have[line["slug"]] = line
            for alias in line.get("aliases", []):
                if alias in slugs:
                    had.setdefault(alias, line)
    return {**had, **have}


def now(path: Path, slug: str) -> str | None:
    """Return the slug that the tool has which had this one before; None where none had it. Raises as `lines` does."""
    found = lines(path, {slug}).get(slug)
    return found["slug"] if found else None


def _line(text: str) -> Line:
    found = shaped(Line, json.loads(text))
    if not SLUG.fullmatch(found["slug"]):
        raise WrongShape(f"“{found['slug'][:40]}” is no slug of a tool")
    return found
