"""Two requests that do meet: both wait for the same row, then go on."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

from django.db import connection, transaction
from django.db.models import QuerySet


def together(what: Sequence[Callable[[], Any]], rows: QuerySet[Any] | None = None) -> list[Any]:
    """Call functions in threads of their own and return what they returned, in the order of their ends.

    `rows` are locked until all of them wait for a lock: so each has done all that it does before it.
    """
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
            _wait_for(len(threads))
    for thread in threads:
        thread.join(30)
    return found


def _wait_for(count: int) -> None:
    until = time.monotonic() + 20
    while time.monotonic() < until:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_stat_clear_snapshot(), count(*) FROM pg_stat_activity"
                " WHERE datname = current_database() AND wait_event_type = 'Lock'"
            )
            if cursor.fetchone()[1] >= count:
                return
        time.sleep(0.02)
    raise AssertionError(f"Not all {count} came to wait for a lock.")
