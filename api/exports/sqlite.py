"""catalog.sqlite: one file that answers offline, with full-text search (FTS5) over the tools."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from django.conf import settings

from api.exports.files import SCHEMA, Write
from api.exports.snapshot import Catalog, Entry

# it is made anew where it was not finished; wide pages, as half of narrow ones would be left empty by rows of this size
FASTER = "PRAGMA page_size = 16384; PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -16000;"
TABLES = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE category (slug TEXT PRIMARY KEY, name TEXT NOT NULL, parent TEXT REFERENCES category,
    position INTEGER NOT NULL);
CREATE TABLE tool (
    id INTEGER PRIMARY KEY, slug TEXT NOT NULL UNIQUE, name TEXT NOT NULL, vendor TEXT NOT NULL, tagline TEXT NOT NULL,
    description TEXT NOT NULL, tags TEXT NOT NULL, kind TEXT NOT NULL, category TEXT NOT NULL, access TEXT NOT NULL,
    source TEXT NOT NULL, licence TEXT NOT NULL, homepage TEXT NOT NULL, status TEXT NOT NULL, line TEXT NOT NULL
);
CREATE TABLE tool_category (tool INTEGER NOT NULL REFERENCES tool, category TEXT NOT NULL REFERENCES category,
    PRIMARY KEY (tool, category)) WITHOUT ROWID;
CREATE TABLE interface (tool INTEGER NOT NULL REFERENCES tool, position INTEGER NOT NULL, kind TEXT NOT NULL,
    said TEXT NOT NULL, PRIMARY KEY (tool, position)) WITHOUT ROWID;
CREATE TABLE manifest (tool INTEGER PRIMARY KEY REFERENCES tool, version INTEGER NOT NULL, sha256 TEXT NOT NULL,
    body TEXT NOT NULL);
CREATE TABLE collection (slug TEXT PRIMARY KEY, title TEXT NOT NULL, said TEXT NOT NULL) WITHOUT ROWID;
CREATE VIRTUAL TABLE tool_search USING fts5(name, vendor, tagline, description, tags,
    content='tool', content_rowid='id', tokenize='porter unicode61 remove_diacritics 2');
"""
# made when all rows are there: faster, and the file has no gaps
AFTER = """
INSERT INTO tool_search (tool_search) VALUES ('rebuild');
INSERT INTO tool_search (tool_search, rank) VALUES ('rank', 'bm25(10.0, 4.0, 3.0, 1.0, 4.0)');
CREATE INDEX tool_by_category ON tool_category (category);
CREATE INDEX interface_by_kind ON interface (kind);
ANALYZE;
"""
TOOL = "INSERT INTO tool VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"


@contextmanager
def opened(folder: Path, catalog: Catalog) -> Iterator[Write]:
    """Write catalog.sqlite. Rows of `tool` have the whole line of tools.jsonl in `line`."""
    path = folder / "catalog.sqlite"
    # batches are written by another thread than the one that opens and closes it, never by two at once
    with closing(sqlite3.connect(path, isolation_level=None, check_same_thread=False)) as file:
        file.executescript(FASTER + TABLES)
        file.execute("BEGIN")
        meta = {"serial": str(catalog.serial), "schema_version": SCHEMA, "licence": settings.DATA_LICENCE}
        file.executemany("INSERT INTO meta VALUES (?, ?)", meta.items())
        file.executemany("INSERT INTO category VALUES (:slug, :name, :parent, :position)", catalog.categories)
        said = [(one["slug"], one["title"], json.dumps(one, ensure_ascii=False)) for one in catalog.collections]
        file.executemany("INSERT INTO collection VALUES (?, ?, ?)", said)
        done = 0

        def write(batch: list[Entry]) -> None:
            nonlocal done
            numbered = list(enumerate(batch, done + 1))
            done += len(batch)
            file.executemany(TOOL, (_tool(number, entry) for number, entry in numbered))
            file.executemany("INSERT INTO tool_category VALUES (?, ?)", _filed(numbered))
            file.executemany("INSERT INTO interface VALUES (?, ?, ?, ?)", _interfaces(numbered))
            file.executemany(
                "INSERT INTO manifest VALUES (?, ?, ?, ?)",
                [
                    (number, one.manifest["version"], one.manifest["sha256"], one.body.decode())
                    for number, one in numbered
                    if one.manifest
                ],
            )

        yield write
        file.execute("COMMIT")
        file.executescript(AFTER)


def _tool(number: int, entry: Entry) -> tuple[object, ...]:
    record, pricing = entry.record, entry.record["pricing"]
    texts = [record.get(name, "") for name in ("slug", "name", "vendor", "tagline", "description")]
    filed = (record["kind"], record["category"].split("/")[-1], pricing["access"], pricing["source"])
    rest = (record.get("licence", ""), record["homepage"], record.get("status", "active"), entry.line.decode())
    return (number, *texts, " ".join(record.get("tags", [])), *filed, *rest)


def _filed(numbered: list[tuple[int, Entry]]) -> Iterator[tuple[int, str]]:
    """Yield under which categories tools are filed, both levels, so that one look-up finds all below an upper one."""
    for number, entry in numbered:
        paths = [entry.record["category"], *entry.record.get("also", [])]
        yield from ((number, slug) for slug in sorted({slug for path in paths for slug in path.split("/")}))


def _interfaces(numbered: list[tuple[int, Entry]]) -> Iterator[tuple[int, int, str, str]]:
    for number, entry in numbered:
        for position, one in enumerate(entry.record.get("interfaces", [])):
            yield number, position, one["kind"], json.dumps(one, ensure_ascii=False)
