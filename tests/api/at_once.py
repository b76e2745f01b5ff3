"""Two requests that do meet: both wait for the same row, then go on."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

from django.db import connection, transaction
from django.db.models import QuerySet


def together(what: Sequence[Callable[[], Any]], rows: QuerySet[Any] | None = None, waiting: int = 0) -> list[Any]:
    """Call functions in threads of their own and return what they returned, in the order of their ends.

    `rows` are locked until all of them, or as many as `waiting`, wait for a lock, and the others have ended: so each
    has done all that it does before.
    """
    waiting = waiting or len(what)
    found: list[Any] = []

    def run(one: Callable[[], Any]) -> None:
        try:
            found.append(one())
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[one]) for one in what]
    with transaction.atomic():
        if rows is not None:
            list(rows.select_for_update())
        for thread in threads:
            thread.start()
        if rows is not None:
            _wait_for(waiting)
            _wait_until(lambda: len(found) == len(what) - waiting)
    for thread in threads:
        thread.join(30)
    return found


def _wait_for(count: int) -> None:
    def waits() -> bool:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_stat_clear_snapshot(), count(*) FROM pg_stat_activity"
                " WHERE datname = current_database() AND wait_event_type = 'Lock'"
            )
            return bool(cursor.fetchone()[1] == count)

    _wait_until(waits)


def _wait_until(true: Callable[[], bool]) -> None:
    until = time.monotonic() + 20
    while not true():
        assert time.monotonic() < until, "They did not come to wait for a lock, or one of those that should not did."
        time.sleep(0.02)
