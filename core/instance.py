"""One supervisor per var folder: the lock, the record of what it started, and clearing up after a dead one.

Standard library only: `core/bootstrap.py` asks before anything is installed whether a site runs already.
"""

from __future__ import annotations

import fcntl
import json
import os
import signal
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from core import processes

LOCK, RECORD = "supervisor.lock", "supervisor.json"


class AlreadyRunning(RuntimeError):
    """Another supervisor holds this var folder; the message names its address."""


class PortTaken(RuntimeError):
    """The port is in use; the message says how to choose another."""


@dataclass
class Record:
    """What a running supervisor says about itself in var/supervisor.json."""

    pid: int
    started: str
    url: str
    token: str
    children: dict[str, tuple[int, str]] = field(default_factory=dict)

    def write(self, var_dir: Path) -> None:
        """Store the record; readers see the old or the new one, never half of it."""
        fresh = var_dir / f"{RECORD}.{os.getpid()}"
        fresh.write_text(json.dumps(asdict(self)), encoding="utf-8")
        fresh.chmod(0o600)
        fresh.replace(var_dir / RECORD)


def read(var_dir: Path) -> Record | None:
    """Return the last record, None when there is none that can be understood."""
    try:
        fields = json.loads((var_dir / RECORD).read_text(encoding="utf-8"))
        children = {str(name): (int(pid), str(started)) for name, (pid, started) in fields["children"].items()}
        return Record(int(fields["pid"]), str(fields["started"]), str(fields["url"]), str(fields["token"]), children)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):  # cut short by a full disk: as good as none
        return None


def running(var_dir: Path) -> Record | None:
    """Return the record of the supervisor that holds `var_dir` now, None when nobody does."""
    try:
        with (var_dir / LOCK).open("rb") as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return None
    except BlockingIOError:
        # Between taking the lock and writing the record there is a moment without one.
        return read(var_dir) or Record(0, "", "an address not known yet", "")
    return None


def port(var_dir: Path) -> int | None:
    """Return the port of the site that runs from `var_dir` now, None when none does.

    A command in another terminal writes the addresses that the site has, although PORT was said to that one alone.
    """
    try:
        record = running(var_dir)
    except OSError:  # a folder of somebody else's, or none: no site of ours runs from it
        return None
    return urlsplit(record.url).port if record and record.pid else None


@contextmanager
def hold(var_dir: Path) -> Iterator[None]:
    """Hold the lock of `var_dir`. The kernel gives it up when we die, however we die.

    Raises AlreadyRunning when another supervisor has it.
    """
    var_dir.mkdir(parents=True, exist_ok=True)
    with (var_dir / LOCK).open("ab") as lock:
        for attempt in range(5):  # somebody who only looks (`running`) holds it for an instant
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if attempt == 4:
                    raise AlreadyRunning(already_running(running(var_dir))) from None
                time.sleep(0.05)
        yield


def already_running(record: Record | None) -> str:
    """Return the sentence for a second start."""
    where, pid = (record.url, record.pid) if record else ("an address not known yet", 0)
    stop = f"Stop it with Ctrl-C in its terminal{f' or `kill {pid}`' if pid else ''}"
    return f"The site already runs at {where} from this folder. {stop}, or use another folder (VAR_DIR=...)."


def clear_leftovers(var_dir: Path) -> int:
    """End what a supervisor that was killed left behind; return how many processes that were.

    A process is ended only when it carries the dead run's secret mark, or when both its number and its
    start time are in the record: a number that was given to somebody else since is left alone. The
    database is spared here: `postgres.Postgres.clear_leftovers` stops it in its own way.
    """
    record = read(var_dir)
    if record is None:
        return 0
    if processes.start_time(record.pid) != record.started:
        found = set(processes.marked(record.token))
        found |= {pid for pid, started in record.children.values() if processes.start_time(pid) == started}
        found = {pid for pid in found if processes.name_of(pid) != "postgres"}
        processes.end(sorted(found), [(signal.SIGTERM, 3.0), (signal.SIGKILL, 2.0)])
        (var_dir / RECORD).unlink(missing_ok=True)
        return len(found)
    return 0


def check_port(host: str, port: int) -> None:
    """Raise PortTaken unless a server could listen on `host`:`port` now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except PermissionError as error:
            raise PortTaken(
                f"Port {port} may only be used by root. Choose one above 1023: make run PORT=8001"
            ) from error
        except OSError as error:
            raise PortTaken(
                f"Port {port} is in use by another program ({error.strerror}). Choose another:"
                f" make run PORT={port + 1 if port < 65535 else 8001}"
            ) from error
