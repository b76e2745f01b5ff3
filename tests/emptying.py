"""Emptying the database after a test that committed: only the tables that it filled.

Django truncates every table there is, which takes 0.2 to 0.4 s for some hundred empty ones. Deleting a few rows takes
0.01 s; many are truncated all the same, as are all where the role may not switch triggers off.
"""

from __future__ import annotations

from typing import Any

from django.db import connection
from django.db.backends.postgresql.operations import DatabaseOperations

FEW = 200  # rows of a table: more are truncated
KEPT = {"django_content_type", "auth_permission"}  # follow from the models: they would be made again as they are
NOTICED = "catalog_toolindex"  # its trigger tells the processes that everything is gone
truncate_all = DatabaseOperations.sql_flush


def sql_flush(
    self: DatabaseOperations, style: Any, tables: Any, *, reset_sequences: bool = False, allow_cascade: bool = False
) -> list[str]:
    """Return the statements that empty `tables`, as Django's method does; they run in one transaction."""
    wanted = sorted(set(tables) - KEPT)
    filled = _filled(wanted) if wanted and not (reset_sequences or allow_cascade) else None
    if filled is None:
        return truncate_all(self, style, tables, reset_sequences=reset_sequences, allow_cascade=allow_cascade)
    if not filled:
        return []
    deleted = [f"DELETE FROM {self.quote_name(table)}" for table in filled if table != NOTICED]
    # Rows that may only be added have triggers that refuse; and the order of foreign keys does not matter so.
    switched = ["SET LOCAL session_replication_role = replica", *deleted, "SET LOCAL session_replication_role = origin"]
    return switched + ([f"TRUNCATE {self.quote_name(NOTICED)}"] if NOTICED in filled else [])


def _filled(tables: list[str]) -> list[str] | None:
    """Return which tables have rows; None when one has many, or the role may not switch triggers off."""
    counts = " UNION ALL ".join(
        f"SELECT '{table}', (SELECT count(*) FROM (SELECT FROM \"{table}\" LIMIT {FEW + 1}) rows)" for table in tables
    )
    with connection.cursor() as cursor:
        cursor.execute("SELECT has_parameter_privilege('session_replication_role', 'SET')")
        if not cursor.fetchone()[0]:
            return None
        cursor.execute(counts)
        sizes = dict(cursor.fetchall())
    return None if max(sizes.values()) > FEW else [table for table, size in sizes.items() if size]
