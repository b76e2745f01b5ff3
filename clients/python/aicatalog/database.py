"""catalog.sqlite of an export, opened so that a file that somebody made to do harm can do none.

A view or a virtual table with the name of a table could compute without an end, and what a name stands for is decided
by the file. So it has to hold the tables of an export and nothing that computes, and each question has a time.
"""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path

STEPS = 10_000  # of SQLite's machine between two looks at the clock: less than a millisecond
MOST_BYTES = 32 << 20  # of a value, made or stored
TABLES = {
    "category": {"slug", "name", "parent", "position"},
    "interface": {"tool", "kind"},
    "manifest": {"tool", "version", "sha256", "body"},
    "tool": {"id", "slug", "name", "kind", "access", "source", "line"},
    "tool_category": {"tool", "category"},
}
SEARCH = "tool_search"
SEARCHED = "content='tool'"  # what is searched is what the table says


class Database(sqlite3.Connection):
    """A connection whose questions end in time."""

    until = 0.0  # of time.monotonic

    def allow(self, seconds: float) -> None:
        """Let what is asked from now on take so long; then it ends with an OperationalError."""
        self.until = time.monotonic() + seconds

    @property
    def late(self) -> bool:
        """Whether that time is over."""
        return time.monotonic() > self.until


def opened(path: Path, seconds: float) -> Database:
    """Return an export's catalog.sqlite, only to be read. Raises sqlite3.Error, also where it is no such file."""
    file = sqlite3.connect(
        f"{path.resolve().as_uri()}?mode=ro&immutable=1", uri=True, isolation_level=None, factory=Database
    )
    try:
        file.allow(seconds)
        file.set_progress_handler(lambda: file.late, STEPS)
        file.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, MOST_BYTES)
        for name, value in (("trusted_schema", "OFF"), ("query_only", "ON"), ("cell_size_check", "ON")):
            file.execute(f"PRAGMA {name} = {value}")
        _refuse_others(file)
    except BaseException:
        file.close()
        raise
    return file


def _refuse_others(file: Database) -> None:
    """Refuse a file that is not made as an export's is. Raises sqlite3.DatabaseError."""
    there = set()
    for kind, name, statement in file.execute("SELECT type, name, sql FROM sqlite_master"):
        begins = " ".join(str(statement).split(maxsplit=3)[:3]).upper()
        searches = name == SEARCH and begins == "CREATE VIRTUAL TABLE" and SEARCHED in str(statement)
        if kind != "index" and not (kind == "table" and (begins.startswith("CREATE TABLE") or searches)):
            raise sqlite3.DatabaseError(f"“{str(name)[:40]}” is no table of an export")
        there.add(name)
    for table, columns in TABLES.items():
        stored = {row[0] for row in file.execute("SELECT name FROM pragma_table_xinfo(?) WHERE hidden = 0", [table])}
        if table not in there or not columns <= stored:
            raise sqlite3.DatabaseError(f"the table “{table}” of an export is missing, or columns of it")
    if SEARCH not in there:
        raise sqlite3.DatabaseError(f"the table “{SEARCH}” of an export is missing")
