"""The benchmark's own servers: PostgreSQL and Valkey in its own folder, the site as in production, peers."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from psycopg.conninfo import make_conninfo

from core import embedded, processes
from core.postgres import STOP_SIGNALS as POSTGRES_STOP
from core.postgres import Postgres
from core.processes import Command
from core.valkey import STOP_SIGNALS as VALKEY_STOP
from core.valkey import Valkey

ROOT = Path(__file__).resolve().parents[2]
HOST = "127.0.0.1"
WORKERS = 2


class NotReady(RuntimeError):
    """A server did not come up; the message holds the end of its log."""


@contextmanager
def running(
    command: Command, log: Path, ready: Callable[[int], bool], stop: tuple[tuple[int, float], ...]
) -> Iterator[None]:
    """Keep a server up while inside. Raises NotReady."""
    with log.open("ab") as out:
        child = processes.spawn(command, stdout=out.fileno())
    try:
        deadline = time.monotonic() + 60
        while not ready(child.pid):
            if child.poll() is not None or time.monotonic() > deadline:
                said = log.read_text(encoding="utf-8", errors="replace")[-2_000:]
                raise NotReady(f"{command.argv[0]} did not start. Its log {log} ends:\n{said}")
            time.sleep(0.05)
        yield
    finally:
        for number, seconds in (*stop, (9, 2.0)):
            if child.poll() is not None:
                break
            processes.send(child.pid, number, group=number == 9)
            try:
                child.wait(seconds)
            except subprocess.TimeoutExpired:
                continue


@contextmanager
def stores(folder: Path) -> Iterator[str]:
    """Run PostgreSQL and Valkey in `folder`; give the libpq address of the database's superuser."""
    database, cache = Postgres(folder), Valkey(folder)
    database.prepare()
    cache.prepare()
    with (
        running(database.command(), folder / "postgres.log", database.ready, POSTGRES_STOP),
        running(cache.command(), folder / "valkey.log", cache.ready, VALKEY_STOP),
    ):
        yield make_conninfo(
            host=str(database.socket_dir), port=embedded.PORT, user="postgres", dbname="postgres"
        )  # the folder's path may hold spaces


@contextmanager
def site(folder: Path, port: int) -> Iterator[None]:
    """Serve the site on the database that DATABASE_URL names, as in production, with two workers."""
    env = {**os.environ, "PORT": str(port), "WEB_WORKERS": str(WORKERS), "LOG_LEVEL": "ERROR"}
    argv = [sys.executable, "-m", "gunicorn", "--config", "config/gunicorn.py", "config.wsgi:application"]
    command = Command(argv, env, ROOT)
    with running(command, folder / "site.log", lambda _pid: answers(port, "/bench/hello"), ((15, 8.0),)):
        yield


def answers(port: int, path: str) -> bool:
    """Say whether a server answers this path with 200."""
    try:
        with urllib.request.urlopen(f"http://{HOST}:{port}{path}", timeout=30) as response:
            return bool(response.status == 200)
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False
