"""Ordinary answers, which no place is kept for: slow readers hold neither the threads nor the loop of a worker."""

from __future__ import annotations

import contextlib
import http.client
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from core import processes
from tests.accounts.site import ROOT, served  # noqa: F401
from tests.core.test_streams import NOBODY, status
from tests.core.valkeys import own_valkey  # noqa: F401

BIG = "/api/v1/openapi.json"  # the biggest answer that is sent at once: 650 kB
CLOSE = "Connection: close\r\n"
POST = b"POST /took HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nConnection: close\r\n\r\n"
# an application whose answer fits into no buffer, served by two threads that wait for a second
CONFIG = """
from config import worker
worker.STALLED, worker.BUFFER, worker.HEAD, worker.BODY = 1, 1 << 12, 1, 3
worker_class, threads, workers, loglevel, control_socket_disable = "config.worker.Worker", 2, 1, "warning", True
def when_ready(server):
    for one in server.LISTENERS:
        worker.roomy(one.sock)
"""
APPLICATION = """
def application(environ, start_response):
    size = 20_000_000 if environ["PATH_INFO"] == "/big" else 2
    if environ["PATH_INFO"] == "/took":
        size = len(environ["wsgi.input"].read())
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
@pytest.mark.parametrize("more", ["", CLOSE])
def test_more_readers_than_threads_that_read_nothing_of_a_big_page_keep_nobody_waiting(served: int, more: str) -> None:  # noqa: F811
    assert status(served, BIG) == 200
    readers = [asked(served, BIG, more) for _ in range(NOBODY)]
    time.sleep(1)
    times = [waited(served, "/healthz") for _ in range(6)]
    for one in readers:
        one.close()
    assert max(times) < 1, times


@pytest.fixture
def small(free_port: int, tmp_path: Path) -> Iterator[int]:
    """The port of an application that is served by our worker alone."""
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
    processes.send(child.pid, signal.SIGTERM)
    try:
        child.wait(10)
    except subprocess.TimeoutExpired:
        processes.send(child.pid, signal.SIGKILL, group=True)
        child.wait(5)
    assert (tmp_path / "log").read_text() == ""  # who stalls is no fault of ours


@pytest.mark.parametrize("more", ["", CLOSE])
def test_who_takes_nothing_of_an_answer_that_fits_into_no_buffer_is_hung_up_on(small: int, more: str) -> None:
    readers = [asked(small, "/big", more) for _ in range(4)]  # twice as many as threads
    time.sleep(0.2)
    assert 0.5 < waited(small, "/") < 5
    assert max(waited(small, "/") for _ in range(4)) < 0.5
    for one in readers:
        one.close()


def test_who_takes_a_little_now_and_then_does_not_hold_a_thread_either(small: int) -> None:
    readers, ended = [asked(small, "/big") for _ in range(2)], threading.Event()

    def sip() -> None:
        while not ended.wait(0.3):
            for one in readers:
                one.recv(100, socket.MSG_DONTWAIT)

    thread = threading.Thread(target=sip)
    thread.start()
    try:
        assert 0.5 < waited(small, "/") < 5
    finally:
        ended.set()
        thread.join()
    for one in readers:
        one.close()


def test_a_slow_but_fair_reader_gets_all_also_after_the_server_closed(small: int) -> None:
    with asked(small, "/big", CLOSE) as one:
        one.settimeout(5)
        got = 0
        while data := one.recv(1 << 20):
            got += len(data)
    assert got > 20_000_000


def test_what_is_sent_takes_its_time(small: int) -> None:
    with socket.create_connection(("127.0.0.1", small), timeout=10) as one, one.makefile("rb") as came:
        one.sendall(POST + b"ab")
        time.sleep(1.5)
        one.sendall(b"cd")
        assert came.read().endswith(b"\r\n\r\n\0\0\0\0")


def test_what_comes_too_late_is_no_request_of_its_own(small: int) -> None:
    with socket.create_connection(("127.0.0.1", small), timeout=10) as one, one.makefile("rb") as came:
        one.sendall(POST.replace(b"close", b"keep-alive"))
        first = came.readline()
        with contextlib.suppress(OSError):
            one.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        rest = b""
        with contextlib.suppress(ConnectionResetError):
            rest = came.read()
        assert (first, b"HTTP/1.1" in rest) == (b"HTTP/1.1 200 OK\r\n", False)


@pytest.mark.parametrize("part", [b"GET / HT", POST, POST + b"a"])
def test_who_sends_half_a_request_does_not_hold_a_thread_for_long(small: int, part: bytes) -> None:
    senders, ended = [socket.create_connection(("127.0.0.1", small)) for _ in range(2)], threading.Event()
    for one in senders:
        one.sendall(part)

    def drip() -> None:
        while not ended.wait(0.3):
            for one in senders:
                with contextlib.suppress(OSError):
                    one.send(b"a")

    thread = threading.Thread(target=drip)
    if part == b"GET / HT":
        thread.start()
    time.sleep(0.2)
    try:
        assert 0.3 < waited(small, "/") < 6
    finally:
        ended.set()
        if thread.ident:
            thread.join()
    for one in senders:
        one.close()


LOG = """
INSERT INTO catalog_change (tool_id, slug, action, fields)
SELECT 1, 'one', 'updated', jsonb_build_object('description', jsonb_build_array(repeat('a', 4000), repeat('b', 4000)))
FROM generate_series(1, 1000)
"""


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("more", ["Accept: application/jsonl\r\n", "", CLOSE])
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
