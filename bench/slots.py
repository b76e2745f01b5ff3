"""`make bench-slots`: 64 buyers at once want one slot, again and again; nobody may get what somebody else has.

A round is a week of the search, which has one position, or of home, which has three: by turns. 64 threads with a
connection each begin an order at the same moment. Counted are the orders that got through and, in the table, the slots
that two bookings have: that must be 0. The database is one for this only, which keeps what it commits.
"""

from __future__ import annotations

import argparse
import datetime as dt
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

BUYERS, ROUNDS = 64, 1_000
SAID = 50  # rounds after which progress is told


@dataclass
class Tally:
    """What came of all rounds of a place so far."""

    rounds: int = 0
    sold: int = 0
    left_over: int = 0  # positions that nobody got though all wanted one
    oversold: int = 0  # bookings of a slot that another booking has as well
    refused: int = 0
    errors: Counter[str] = field(default_factory=Counter)

    @property
    def told(self) -> str:
        """The figures in one line."""
        return (
            f"{self.rounds:,} rounds, {self.sold:,} sold, {self.oversold} oversold, {self.left_over} left over,"
            f" {self.refused:,} refused, {self.errors.total()} errors"
        )


@contextmanager
def crowd(count: int) -> Iterator[ThreadPoolExecutor]:
    """Give so many threads with a connection each, which they keep until the end."""
    from django.db import connections  # noqa: PLC0415 - after the environment

    meet = threading.Barrier(count)

    def close(_number: int) -> None:
        meet.wait(60)  # so that each of them takes one
        connections.close_all()

    with ThreadPoolExecutor(count) as pool:
        yield pool
        list(pool.map(close, range(count)))


def race(
    pool: ThreadPoolExecutor, buyers: Sequence[tuple[Any, Any]], place: Any, first: dt.datetime, tally: Tally
) -> None:
    """Let all buyers order the place in this week at once, a thread each; add what came of it to `tally`.

    Call it outside of a transaction, with a `crowd` of as many threads.
    """
    from django.db import connections  # noqa: PLC0415

    from featured import booking, orders  # noqa: PLC0415
    from featured.models import Booking  # noqa: PLC0415

    ready = threading.Barrier(len(buyers))

    def want(who: tuple[Any, Any]) -> str:
        user, tool = who
        try:
            connections["default"].ensure_connection()
            ready.wait(60)
            orders.begin(buyer=user, tool=tool, place=place, first=first, payer=f"{tool.name} Ltd", may_move=False)
        except booking.Taken:
            return "refused"
        except Exception as error:  # whatever it was, it is told in the report
            return f"{type(error).__name__}: {error}"
        return "sold"

    said = Counter(pool.map(want, buyers))
    held = Booking.objects.occupying().filter(place=place.name, during__startswith=first)
    slots = Counter(held.values_list("position", flat=True))
    tally.rounds += 1
    tally.sold += said.pop("sold", 0)
    tally.refused += said.pop("refused", 0)
    tally.errors += said
    tally.oversold += sum(slots.values()) - len(slots) + len([one for one in slots if one > place.positions])
    tally.left_over += place.positions - len(slots)


def free_again() -> None:
    """Give all slots free, so that the next rounds have the same weeks."""
    from featured import orders  # noqa: PLC0415
    from featured.models import Order  # noqa: PLC0415

    for order in Order.objects.filter(state="open"):
        orders.expire(order)


def people(count: int) -> list[tuple[Any, Any]]:
    """Make so many accounts, each with a tool that may be booked."""
    from tests.featured import rows  # noqa: PLC0415

    return [rows.buyer(f"buyer-{number}-co") for number in range(count)]


def main() -> int:
    """Race, print the counts, return 1 when anything was sold twice."""
    parser = argparse.ArgumentParser(prog="make bench-slots", description=__doc__)
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="how many (%(default)s)")
    parser.add_argument("--buyers", type=int, default=BUYERS, help="how many at once (%(default)s)")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="ai-apps-slots-") as name:
        folder = Path(name)
        folder.chmod(0o711)  # as root, PostgreSQL is another user and has to pass here
        for given in ("DATABASE_URL", "DATABASE_URL_FILE", "VAR_DIR_FILE"):
            os.environ.pop(given, None)
        os.environ |= {"VAR_DIR": name, "DJANGO_SETTINGS_MODULE": "config.settings", "LOG_LEVEL": "ERROR"}
        from core import processes  # noqa: PLC0415
        from core.postgres import STOP_SIGNALS, Postgres  # noqa: PLC0415

        server = Postgres(folder)
        server.prepare()
        child = processes.spawn(server.command(), stdout=subprocess.DEVNULL)
        try:
            while not server.ready(child.pid):
                time.sleep(0.05)
            return measure(asked.rounds, asked.buyers)
        finally:
            processes.end([child.pid], STOP_SIGNALS)
            child.wait(10)


def measure(rounds: int, count: int) -> int:
    """Migrate, make the buyers, race; return the exit code."""
    import django  # noqa: PLC0415

    django.setup()
    from django.core.management import call_command  # noqa: PLC0415
    from django.db import connections  # noqa: PLC0415

    from featured import orders, weeks  # noqa: PLC0415
    from featured.slots import Place, Surface  # noqa: PLC0415

    call_command("migrate", verbosity=0)
    buyers = people(count)
    orders.OPEN = orders.UNPAID = 10**9  # nobody pays here, and all want again
    tallies = {Place(surface): Tally() for surface in (Surface.SEARCH, Surface.HOME)}
    ahead = weeks.upcoming()[1:]
    began = time.monotonic()
    with crowd(count) as pool:
        for number in range(rounds):
            place = list(tallies)[number % len(tallies)]
            week = number // len(tallies) % len(ahead)
            if number and not week and place.surface == Surface.SEARCH:
                free_again()
            race(pool, buyers, place, ahead[week], tallies[place])
            if (number + 1) % SAID == 0:
                oversold = sum(one.oversold for one in tallies.values())
                print(f"{number + 1:,} rounds, {oversold} oversold, {time.monotonic() - began:.0f} s", file=sys.stderr)
    for place, tally in tallies.items():
        print(f"{place.label}, {place.positions} to be had in each round, {count} buyers at once: {tally.told}")
        for said, times in tally.errors.most_common(5):
            print(f"  {times} x {said}")
    print(f"{time.monotonic() - began:.0f} s")
    connections.close_all()
    return int(any(one.oversold or one.left_over or one.errors for one in tallies.values()))


if __name__ == "__main__":
    sys.exit(main())
