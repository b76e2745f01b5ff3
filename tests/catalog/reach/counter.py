"""A process of its own that counts in four threads and then ends; with "killed" it kills itself before it writes.

`python -m tests.catalog.reach.counter TOOL ROUNDS [killed]`: each thread counts a page, cards, a click, a search and a
filter as many times as there are rounds, while others write.
"""

from __future__ import annotations

import os
import signal
import sys
import threading

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from catalog.reach.counting import reach  # noqa: E402
from catalog.reach.events import Event  # noqa: E402

THREADS = 4


def events(tool: int) -> list[Event]:
    """Return one of each kind."""
    return [
        Event("page", (tool,)),
        Event("cards", (tool, tool + 1)),
        Event("visit", (tool,)),
        Event("search", (tool,), "quuxling"),
        Event("filter", text="kind"),
        Event("unknown", text="kind"),
    ]


def main(tool: str, rounds: str, end: str = "") -> None:
    """Count; the end of the process writes what is left."""

    def count() -> None:
        for number in range(int(rounds)):
            reach.add(events(int(tool)))
            if number % 100 == 0:
                reach.write()

    threads = [threading.Thread(target=count) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    reach.add(events(int(tool)))
    if end == "killed":
        os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    main(*sys.argv[1:])
