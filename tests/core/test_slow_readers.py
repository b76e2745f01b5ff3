"""Ordinary answers, which no place is kept for: slow readers hold not the threads of a worker."""

from __future__ import annotations

import contextlib
import http.client
import socket
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from core import processes
from tests.accounts.site import ROOT, served, stop  # noqa: F401
from tests.core.test_streams import NOBODY, status
from tests.core.valkeys import own_valkey  # noqa: F401

BIG = "/api/v1/openapi.json"  # the biggest answer that is sent at once: 650 kB
# an application whose answer fits into no buffer, served by two threads that wait for a second
CONFIG = """
import os, sys
from types import SimpleNamespace
from django.conf import settings
settings.configure(WEB_THREADS=2)
from core import streams
streams.STALLED, streams.BUFFER = 1, 1 << 12
worker_class, threads, workers, loglevel, control_socket_disable = "gthread", 2, 1, "critical", True
def when_ready(server):
    for one in server.LISTENERS:
        streams.bound_connections(one.sock)
"""
APPLICATION = """
def application(environ, start_response):
    size = 20_000_000 if environ["PATH_INFO"] == "/big" else 2
    start_response("200 OK", [("Content-Length", str(size))])
    return [bytes(size)]
"""


def asked(port: int, path: str, more: str = "") -> socket.socket:
    """Ask for a path with a window as small as it gets, and read nothing."""
    one = socket.socket()
    one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
    one.connect(("127.0.0.1", port))
    one.sendall(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n{more}\r\n".encode())
    return one


def waited(port: int, path: str) -> float:
    """Return how long somebody else waits for a small answer, in seconds."""
    at = time.monotonic()
    assert status(port, path, timeout=60) == 200
    return time.monotonic() - at


@pytest.mark.django_db(transaction=True)
def test_more_readers_than_threads_that_read_nothing_of_a_big_page_keep_nobody_waiting(served: int) -> None:  # noqa: F811
    assert status(served, BIG) == 200
    readers = [asked(served, BIG) for _ in range(NOBODY)]
    time.sleep(1)
    times = [waited(served, "/healthz") for _ in range(6)]
    for one in readers:
        one.close()
    assert max(times) < 1, times


@pytest.mark.django_db(transaction=True)
def test_a_page_after_a_long_answer_goes_into_the_buffer_as_well(served: int) -> None:  # noqa: F811
    readers = []
    for _ in range(NOBODY):
        one = asked(served, "/api/v1/changes", "Accept: application/jsonl\r\n")
        one.settimeout(20)
        got = b""
        while not got.endswith(b"0\r\n\r\n"):
            got += one.recv(1 << 16)
        one.sendall(f"GET {BIG} HTTP/1.1\r\nHost: 127.0.0.1:{served}\r\n\r\n".encode())
        readers.append(one)
    time.sleep(1)
    times = [waited(served, "/healthz") for _ in range(6)]
    for one in readers:
        one.close()
    assert max(times) < 1, times


@pytest.fixture
def small(free_port: int, tmp_path: Path) -> Iterator[int]:
    """The port of an application that is served by gunicorn, its connections bounded as ours are."""
    (tmp_path / "conf.py").write_text(CONFIG)
    (tmp_path / "big.py").write_text(APPLICATION)
    argv = [sys.executable, "-m", "gunicorn", "--config", str(tmp_path / "conf.py"), "--bind", f"127.0.0.1:{free_port}"]
    env = {"PATH": "/usr/bin:/bin", "PYTHONPATH": f"{ROOT}:{tmp_path}"}
    with (tmp_path / "log").open("wb") as log:
        child = processes.spawn(processes.Command([*argv, "big:application"], env, ROOT), stdout=log.fileno())
    deadline = time.monotonic() + 30
    while True:
        assert child.poll() is None, (tmp_path / "log").read_text()
        assert time.monotonic() < deadline
        try:
            if status(free_port, "/") == 200:
                break
        except (OSError, http.client.HTTPException):
            time.sleep(0.1)
    yield free_port
    stop(child)
    assert (tmp_path / "log").read_text() == ""  # who stalls is no fault of ours


def test_who_takes_nothing_of_an_answer_that_fits_into_no_buffer_is_hung_up_on(small: int) -> None:
    readers = [asked(small, "/big") for _ in range(4)]  # twice as many as threads
    time.sleep(0.2)
    assert 0.5 < waited(small, "/") < 5
    for one in readers:
        one.close()


@pytest.mark.parametrize("part", [b"GET / HT", b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\na"])
def test_who_sends_half_a_request_and_no_more_does_not_hold_a_thread_for_long(small: int, part: bytes) -> None:
    senders = [socket.create_connection(("127.0.0.1", small)) for _ in range(2)]
    for one in senders:
        one.sendall(part)
    time.sleep(0.2)
    assert waited(small, "/") < 5
    for one in senders:
        one.close()


@pytest.mark.parametrize("length", [57, 3_000])
def test_what_comes_in_the_place_of_a_body_is_no_request_of_its_own(small: int, length: int) -> None:
    """Neither at once nor after a pause, in which an answer went out already."""
    with socket.create_connection(("127.0.0.1", small), timeout=10) as one:
        one.sendall(f"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: {length}\r\n\r\n".encode())
        first = one.recv(1 << 16)
        time.sleep(3)
        with contextlib.suppress(OSError):
            one.sendall(b"GET /big HTTP/1.1\r\nHost: a\r\n\r\n".rjust(length))
        rest = b""
        with contextlib.suppress(OSError):
            while data := one.recv(1 << 16):
                rest += data
    assert (first[:15], b"HTTP/1.1" in rest) == (b"HTTP/1.1 200 OK", False)


LOG = """
INSERT INTO catalog_change (tool_id, slug, action, fields)
SELECT 1, 'one', 'updated', jsonb_build_object('description', jsonb_build_array(repeat('a', 4000), repeat('b', 4000)))
FROM generate_series(1, 1000)
"""


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("more", ["Accept: application/jsonl\r\n", ""])
def test_slow_readers_of_the_change_log_keep_nobody_waiting(served: int, given_database: str, more: str) -> None:  # noqa: F811
    with psycopg.connect(given_database) as db:
        db.execute(LOG)
    path = "/api/v1/changes?limit=1000"
    assert status(served, path) == 200
    readers = [asked(served, path, more) for _ in range(NOBODY)]
    time.sleep(2)
    times = [waited(served, "/healthz") for _ in range(6)]
    for one in readers:
        one.close()
    assert max(times) < 1, times
