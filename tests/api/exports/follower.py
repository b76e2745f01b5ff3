"""A reference follower: keeps a copy of the catalog in step, and can be killed at any moment.

    python follower.py http://127.0.0.1:8000 copy.sqlite

A page of changes, the tools that it names and its serial go into SQLite in one transaction, so what is there is always
what was so at a serial or later, and the next run goes on from it. Two calls a page; nothing but httpx is needed.
"""

from __future__ import annotations

import json
import sqlite3
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx

TABLES = """
CREATE TABLE IF NOT EXISTS tool (slug TEXT PRIMARY KEY, line TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS state (one INTEGER PRIMARY KEY CHECK (one = 1), serial INTEGER NOT NULL);
INSERT OR IGNORE INTO state VALUES (1, 0);
"""
UNFINISHED = "SELECT slug FROM tool WHERE json_extract(line, '$.manifest') IS NULL"  # were asked for before it was made
AT_ONCE = 100  # slugs of a call


def main(site: str, path: str, limit: int = AT_ONCE) -> int:
    """Follow until nothing is left to read; return the serial."""
    with closing(opened(path)) as copy, httpx.Client(base_url=f"{site}/api/v1/", timeout=60) as api:
        while True:
            page = read(api, "changes", since=serial_of(copy), limit=limit)
            slugs = sorted({slug for change in page["changes"] for slug in touched(change)})
            take(copy, api, slugs, page["last_serial"])
            if not page["has_more"]:
                break
        take(copy, api, [slug for (slug,) in copy.execute(UNFINISHED)], page["last_serial"])
        return int(page["last_serial"])


def opened(path: str) -> sqlite3.Connection:
    """Return the copy, made when it is not there."""
    copy = sqlite3.connect(path, isolation_level=None, timeout=30)
    copy.executescript(TABLES)
    return copy


def serial_of(copy: sqlite3.Connection) -> int:
    """Return up to which change the copy is in step."""
    return int(copy.execute("SELECT serial FROM state").fetchone()[0])


def read(api: httpx.Client, path: str, **query: Any) -> Any:
    """Return an answer. Raises httpx.HTTPStatusError; 410 says that the copy has to begin anew with an export."""
    return api.get(path, params=query).raise_for_status().json()


def take(copy: sqlite3.Connection, api: httpx.Client, slugs: list[str], serial: int) -> None:
    """Take over what is said of tools by now, and the serial up to which that is all: both or neither."""
    lines, gone = [], []
    for start in range(0, len(slugs), AT_ONCE):
        found = read(api, "records", slugs=",".join(slugs[start : start + AT_ONCE]))
        lines += [(row["slug"], canonical(row)) for row in found["records"]]
        gone += [(slug,) for slug in found["missing"]]
    copy.execute("BEGIN IMMEDIATE")
    copy.executemany("INSERT OR REPLACE INTO tool VALUES (?, ?)", lines)
    copy.executemany("DELETE FROM tool WHERE slug = ?", gone)
    copy.execute("UPDATE state SET serial = ?", [serial])
    copy.execute("COMMIT")


def touched(change: dict[str, Any]) -> list[str]:
    """Return the slugs that a change is about: a tool that got another one left its old one."""
    return [change["tool"], *(slug for slug in change["fields"].get("slug", ()) if slug)]


def canonical(row: Any) -> str:
    """Return a record as a line of tools.jsonl: RFC 8785, which for whole numbers and plain keys is just this."""
    return json.dumps(row, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def write(path: str, lines: Path) -> None:
    """Write the copy as tools.jsonl."""
    with closing(opened(path)) as copy:
        rows = copy.execute("SELECT line FROM tool ORDER BY slug")
        lines.write_bytes(b"".join(line.encode() + b"\n" for (line,) in rows))


if __name__ == "__main__":
    print(main(sys.argv[1], sys.argv[2], *map(int, sys.argv[3:])))  # noqa: T201 - a program
