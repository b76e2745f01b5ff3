"""Taking measure: processor time and memory of processes, statements, messages, bytes, rates."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.db import connection

from verification.models import StepResult

TICKS = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")
TABLES = ("verification_run", "verification_runstep", "verification_stepresult", "verification_evidence")


def tree(pid: int) -> list[int]:
    """Return a process and all it started that still run."""
    found = [pid]
    for parent in found:
        text = Path(f"/proc/{parent}/task/{parent}/children").read_text(encoding="ascii")
        found += [int(word) for word in text.split()]
    return found


def cpu_seconds(pids: Iterable[int]) -> float:
    """Return the processor time that processes have used, with that of children they have buried."""
    total = 0
    for pid in pids:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        total += sum(int(field) for field in fields[11:15])  # utime, stime, cutime, cstime in proc(5)
    return total / TICKS


def megabytes(pids: Iterable[int]) -> float:
    """Return the mean resident memory of processes; pages shared since a fork count in each, as they do not stay so."""
    sizes = [int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1]) for pid in pids]
    return sum(sizes) / len(sizes) * PAGE / 2**20


@contextmanager
def statements() -> Iterator[list[str]]:
    """Collect the statements of this process while inside."""
    seen: list[str] = []

    def note(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        seen.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        yield seen


def pushes(broker: Path) -> int:
    """Return how many messages were put into queues since the broker's start."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as link:
        link.settimeout(5)
        link.connect(str(broker))
        link.sendall(b"INFO commandstats\r\n")
        text = link.recv(65_536)
        size = int(text[1 : text.index(b"\r\n")])  # "$1234\r\n", then so many bytes
        while len(text) < size:
            text += link.recv(65_536)
    calls = [line for line in text.decode().splitlines() if line.startswith("cmdstat_lpush:")]
    return int(calls[0].partition("calls=")[2].split(",")[0]) if calls else 0


def written() -> tuple[int, int]:
    """Return the bytes of write-ahead log so far, and those of the engine's tables with their indexes."""
    sizes = " + ".join(f"pg_total_relation_size('{name}')" for name in TABLES)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::bigint, {sizes}")
        wal, size = cursor.fetchone() or (0, 0)
    return int(wal), int(size)


def windows(seconds: int = 10) -> list[float]:
    """Return the checks per second of each whole window between the first and the last result."""
    times = [at.timestamp() for at in StepResult.objects.order_by("ended_at").values_list("ended_at", flat=True)]
    counts = [0] * (int(times[-1] - times[0]) // seconds)
    for at in times:
        place = int(at - times[0]) // seconds
        if place < len(counts):
            counts[place] += 1
    return [count / seconds for count in counts]
