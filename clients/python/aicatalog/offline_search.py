"""Finding tools in an export's catalog.sqlite: words by its full-text search (FTS5), filters by their names online.

The site's own search knows more: synonyms, intents, misspellings. This one knows words, their stems and what is rare.
"""

from __future__ import annotations

import datetime as dt
import json
import re
import sqlite3
from collections.abc import Callable, Iterator
from typing import Any

from aicatalog.errors import BadRequest, NotOffline
from aicatalog.records import words_of
from aicatalog.shapes import FILTERS

COLUMNS = ("kind", "access", "source")  # filters that are columns of `tool`
FROM_RECORDS = (
    "pricing", "has_api", "has_mcp", "self_hosted", "licence", "auth", "platform", "input", "output", "model",
)  # fmt: skip
NOT_HERE = {
    "verified": "An export does not hold levels of verification, so it cannot be narrowed by “verified”.",
}
SORTS = ("relevance", "name", "newest")
MOST_WORDS = 32
LEAST = 3  # letters of a word that finds a tool alone
Words = dict[str, list[str]]


def find(database: sqlite3.Connection, query: str, filters: dict[str, Any]) -> list[int]:
    """Return the keys of matching tools in order. Raises BadRequest, NotOffline, sqlite3.Error."""
    chosen = {name: _values(value) for name, value in filters.items() if value not in ("", [], None)}
    for name in chosen:
        if name in NOT_HERE:
            raise NotOffline(NOT_HERE[name], "Ask the site instead, or leave it out.")
        if name not in FILTERS:
            raise BadRequest(f"There is no filter “{name}”.", f"There are: {', '.join(FILTERS)}.")
    words = re.findall(r"\w+", query)[:MOST_WORDS]
    order = _order(chosen.pop("sort", [""])[-1], bool(words))
    since = _day(chosen.pop("launched_since", [""])[-1])
    conditions, values = _conditions(database, chosen)
    kept = _kept({name: set(chosen[name]) for name in FROM_RECORDS if name in chosen}, since)
    if query.strip() and not words:
        return []
    found: list[int] = []
    for match in _matches(words):
        found = list(_rows(database, match, (conditions, values), order, kept))
        if found:
            break
    if not found:
        _refuse_unknown(database, chosen)
    return found


def _values(value: Any) -> list[str]:
    return [str(one) for one in value] if isinstance(value, (list, tuple)) else [str(value)]


def _order(sort: str, searched: bool) -> str:
    """Return what rows are ordered by; every order ends with the slug. Raises NotOffline, BadRequest."""
    if sort in {"added", "verified"}:
        raise NotOffline(f"An export does not hold what the order “{sort}” needs.", f"There are: {', '.join(SORTS)}.")
    if sort and sort not in SORTS:
        raise BadRequest(f"There is no order “{sort}”.", f"There are: {', '.join(SORTS)}.")
    if searched and sort in {"", "relevance"}:
        return "tool_search.rank, tool.slug"
    if sort == "name":
        return "tool.name COLLATE NOCASE, tool.slug"
    return "substr(json_extract(tool.line, '$.record.launched') || '-01-01', 1, 10) DESC NULLS LAST, tool.slug"


def _day(text: str) -> str:
    """Return a day, "" for none; a year or a month means its first. Raises BadRequest."""
    try:
        return dt.date.fromisoformat(_first_day(text)).isoformat() if text else ""
    except ValueError:
        raise BadRequest(f"“{text[:40]}” is no date.", "Write 2026, 2026-03 or 2026-03-31.") from None


def _matches(words: list[str]) -> Iterator[str]:
    """Yield what is searched for: first all words, then any. A quoted word is nothing but a word to FTS5."""
    if not words:
        yield ""
        return
    yield " ".join(f'"{word}"' for word in words)
    long = [word for word in words if len(word) >= LEAST]
    if len(words) > 1 and long:
        yield " OR ".join(f'"{word}"' for word in long)


def _conditions(database: sqlite3.Connection, chosen: dict[str, list[str]]) -> tuple[list[str], list[str]]:
    """Return what SQLite itself can narrow by. Raises BadRequest for a category that there is not."""
    conditions: list[str] = []
    values: list[str] = []
    for name in COLUMNS:
        if name in chosen:
            conditions.append(f"tool.{name} IN ({_marks(chosen[name])})")
            values += chosen[name]
    if "category" in chosen:
        slugs = [_category(database, one) for one in chosen["category"]]
        conditions.append(f"tool.id IN (SELECT tool FROM tool_category WHERE category IN ({_marks(slugs)}))")  # noqa: S608
        values += slugs
    if "interface" in chosen:
        of_kinds = f"tool.id IN (SELECT tool FROM interface WHERE kind IN ({_marks(chosen['interface'])}))"  # noqa: S608
        none = "tool.id NOT IN (SELECT tool FROM interface)"
        conditions.append(f"({of_kinds} OR {none})" if "unknown" in chosen["interface"] else of_kinds)
        values += chosen["interface"]
    return conditions, values


def _marks(values: list[str]) -> str:
    return ", ".join("?" * len(values))


def _category(database: sqlite3.Connection, path: str) -> str:
    """Return the slug of a category, also where its place is given. Raises BadRequest."""
    upper, _, slug = path.rpartition("/")
    row = database.execute("SELECT parent FROM category WHERE slug = ?", [slug]).fetchone()
    if row is None or (upper and row[0] != upper):
        there = [one[0] for one in database.execute("SELECT slug FROM category WHERE parent IS NULL ORDER BY position")]
        raise BadRequest(f"There is no category “{path[:80]}”.", f"The upper ones are: {', '.join(there)}.")
    return slug


def _kept(wanted: dict[str, set[str]], since: str) -> Callable[[str], bool] | None:
    """Return whether a line passes the filters that only its record answers; None where there are none."""
    if not wanted and not since:
        return None

    def passes(line: str) -> bool:
        record = json.loads(line)["record"]
        if since and _first_day(record.get("launched", "")) < since:
            return False
        words = words_of(record) if wanted else {}
        return all(values.intersection(words[name]) for name, values in wanted.items())

    return passes


def _first_day(launched: str) -> str:
    """Return the first day that a launch date may mean: 2026-03 → 2026-03-01; "", before all days, for ""."""
    return f"{launched}-01-01"[:10] if launched else ""


def _rows(
    database: sqlite3.Connection,
    match: str,
    narrowed: tuple[list[str], list[str]],
    order: str,
    kept: Callable[[str], bool] | None,
) -> Iterator[int]:
    """Yield the keys of what matches, in order. Lines are read without an order: sorting them would take longest."""
    conditions, values = list(narrowed[0]), list(narrowed[1])
    tables = "tool"
    if match:
        tables = "tool_search JOIN tool ON tool.id = tool_search.rowid"
        conditions.insert(0, "tool_search MATCH ?")
        values.insert(0, match)
    rest = f"FROM {tables} WHERE {' AND '.join(conditions) or 'TRUE'}"
    passing = None
    if kept:
        lines = database.execute(f"SELECT tool.id, tool.line {rest}", values)
        passing = {key for key, line in lines if kept(line)}
    if passing is not None and not passing:
        return
    for (key,) in database.execute(f"SELECT tool.id {rest} ORDER BY {order}", values):
        if passing is None or key in passing:
            yield key


def _refuse_unknown(database: sqlite3.Connection, chosen: dict[str, list[str]]) -> None:
    """Refuse values that no tool of the export has: most likely they are misspelt. Raises BadRequest."""
    names = [name for name in chosen if name != "category"]
    if not names:
        return
    there: dict[str, set[str]] = {name: set() for name in names}
    for (line,) in database.execute("SELECT line FROM tool"):
        words = words_of(json.loads(line)["record"])
        for name in names:
            there[name].update(words[name])
    for name in names:
        if wrong := [one for one in chosen[name] if one not in there[name]]:
            told = ", ".join(sorted(there[name])[:40])
            raise BadRequest(f"No tool of the export has “{wrong[0][:60]}” as its {name}.", f"There are: {told}.")
