"""A process of its own that takes from one limit in many threads at once, when its standard input says so.

`python -m tests.core.taker NAME KEY QUOTA WINDOW THREADS COST` prints "ready", reads a line, and prints as JSON what
remained after each take that was allowed.
"""

from __future__ import annotations

import json
import os
import sys
import threading

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from core.ratelimit import Limit, take  # noqa: E402


def main(name: str, key: str, *numbers: str) -> None:
    """Take once in each thread."""
    quota, window, threads, cost = map(int, numbers)
    limit, allowed = Limit(name, quota, window, "closed", "No."), list[int]()
    barrier = threading.Barrier(threads + 1)

    def one() -> None:
        take(limit, "another key")  # the connection is there
        barrier.wait()
        decision = take(limit, key, cost)
        assert decision.counted == "shared"
        if decision.allowed:
            allowed.append(decision.remaining)

    workers = [threading.Thread(target=one) for _ in range(threads)]
    for worker in workers:
        worker.start()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    barrier.wait()
    for worker in workers:
        worker.join()
    sys.stdout.write(json.dumps(allowed))


if __name__ == "__main__":
    main(*sys.argv[1:])
