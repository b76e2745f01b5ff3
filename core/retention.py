"""How long what is stored: one table, to which each app adds its rows, and the daily job that keeps to it.

docs/privacy.md and the page /privacy/ show this very table. A row is removed by this job, by another job that the row
names, or by nobody, and then its reason says why.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import DatabaseError, models
from django.utils import timezone

logger = logging.getLogger(__name__)
BATCH = 1_000  # rows that one statement deletes: locks are short, and a kill loses little
DAILY = "core.retention, once a day"


@dataclass(frozen=True)
class Kept:
    """One class of data: what it is, how long it stays, why, and who removes it."""

    name: str  # for programs and tests: "sessions"
    what: str  # for people
    long: str  # "30 days after the sign-in at most"
    why: str
    remove: Callable[[dt.datetime], int] | None = None  # deletes what is too old then; returns how many
    by: str = DAILY  # who removes it: this job, another that is named here, or "nobody"


_table: dict[str, Kept] = {}


def keep(row: Kept) -> None:
    """Add a row; called from an app's `ready`. Raises ValueError when two rows have one name, or one none to remove it.

    A row of this job has a function; one of another job, or of nobody, has none.
    """
    if _table.get(row.name, row) != row:
        raise ValueError(f"Two rows of the retention table are called {row.name}.")
    if (row.remove is None) == (row.by == DAILY):
        raise ValueError(f"Row {row.name}: either this job removes it by a function, or `by` says who does.")
    _table[row.name] = row


def rows() -> list[Kept]:
    """Return the table, in the order of what it is called."""
    return sorted(_table.values(), key=lambda row: row.what)


def enforce(*, at: dt.datetime | None = None) -> dict[str, int]:
    """Remove what is too old at `at`; return how many by the names of rows.

    A row that the database refuses does not keep the others from being done; it is in the log, and the job fails
    in the end, so that somebody sees it.
    """
    at, done, failed = at or timezone.now(), {}, []
    for row in rows():
        if row.remove is None:
            continue
        try:
            done[row.name] = row.remove(at)
        except DatabaseError:
            logger.exception("Data that is too old could not be removed: %s", row.what)
            failed.append(row.name)
    if failed:
        raise RuntimeError(f"Not removed, see the log: {', '.join(failed)}.")
    return done


def delete(old: models.QuerySet[Any]) -> int:
    """Delete the rows of a queryset in chunks, each a transaction of its own; return how many.

    What hangs on them goes too and is not counted. The condition is asked again when a chunk is deleted: what was
    renewed meanwhile stays.
    """
    total = 0
    while keys := list(old.order_by("pk").values_list("pk", flat=True)[:BATCH]):
        gone = old.filter(pk__in=keys).delete()[1].get(old.model._meta.label, 0)
        total += gone
        if not gone:  # all of them were renewed in between
            break
    return total
