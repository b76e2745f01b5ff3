"""A host that goes on and on, so that no single read takes long, is not waited for without an end."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import aicatalog
from aicatalog.asking import Asker
from tests.client.conftest import command
from tests.client.raw import Talk, talking

PAGE = json.dumps({"count": 0, "next": None, "previous": None, "results": []}).encode()
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
PATIENCE = 0.5  # seconds


@contextmanager
def quickly(seconds: float = 4) -> Iterator[None]:
    started, threads = time.monotonic(), threading.active_count()
    yield
    assert time.monotonic() - started < seconds
    until = time.monotonic() + 10  # the server has threads as well, which end when they see that the client went
    while threading.active_count() > threads and time.monotonic() < until:
        time.sleep(0.02)
    assert threading.active_count() <= threads


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aicatalog.asking.LONGEST_ANSWER", PATIENCE)


def dripping(begins: bytes, drip: bytes) -> Talk:
    def talk(connection: socket.socket, request: bytes) -> None:
        connection.sendall(begins)
        while True:
            connection.sendall(drip)
            time.sleep(0.02)

    return talk


def silent(connection: socket.socket, request: bytes) -> None:
    connection.recv(1)


ENDLESS: dict[str, Talk] = {
    "headers": dripping(HEAD + b"X-Slow: ", b"x"),
    "interim answers": dripping(b"", b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"),
    "body": dripping(HEAD + b"Content-Length: 100000\r\n\r\n", b" "),
    "body without a length": dripping(HEAD + b"\r\n" + PAGE, b" "),
    "chunks": dripping(HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n"),
    "a name of a chunk": dripping(HEAD + b"Transfer-Encoding: chunked\r\n\r\n1;", b"x"),
    "an error": dripping(b"HTTP/1.1 400 x\r\nContent-Type: application/json\r\nContent-Length: 9999\r\n\r\n", b" "),
    "nothing": silent,
}


@pytest.mark.parametrize("what", ENDLESS)
def test_an_answer_without_an_end_is_given_up(what: str) -> None:
    with quickly(), talking(ENDLESS[what]) as address:
        with aicatalog.open(address) as catalog, pytest.raises(aicatalog.TooSlow) as error:
            catalog.search("speech")
        assert str(error.value) == f"{address} took more than 0.5 s to answer, so it was not waited for any longer."
        assert error.value.hint.startswith("Ask again later")
        assert error.value.exit_code == 3


def test_asking_again_does_not_begin_the_time_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aicatalog.asking.LONGEST_ANSWER", 0.9)
    monkeypatch.setattr("aicatalog.asking.FIRST_WAIT", 0.01)

    def talk(connection: socket.socket, request: bytes) -> None:
        time.sleep(0.4)
        connection.sendall(b"HTTP/1.1 503 x\r\nContent-Length: 0\r\n\r\n")

    with quickly(), talking(talk) as address, aicatalog.open(address) as catalog, pytest.raises(aicatalog.TooSlow):
        catalog.search("speech")


def test_a_connection_that_is_used_again_is_given_up_as_well() -> None:
    asked: list[bytes] = []

    def talk(connection: socket.socket, request: bytes) -> None:
        asked.append(request)
        if len(asked) == 1:
            connection.sendall(HEAD + b"Content-Length: %d\r\n\r\n" % len(PAGE) + PAGE)
        else:
            ENDLESS["headers"](connection, request)

    with quickly(), talking(talk) as address, aicatalog.open(address) as catalog:
        assert catalog.search("speech").count == 0
        with pytest.raises(aicatalog.TooSlow):
            catalog.search("speech")
    assert len(asked) == 2


def test_a_download_may_take_longer_when_it_has_begun(tmp_path: Path) -> None:
    def talk(connection: socket.socket, request: bytes) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n")
        for _ in range(50):
            connection.sendall(b"x")
            time.sleep(0.02)

    with talking(talk) as address:
        asker = Asker(address)
        with asker.stream("/file") as response:
            assert b"".join(response.iter_raw()) == b"x" * 50
        asker.close()


def test_nothing_keeps_a_program_alive_that_ends_meanwhile() -> None:
    _, env = command()
    program = "import sys, os, aicatalog\ncatalog = aicatalog.open(sys.argv[1])\nprint(catalog.search('x').count)\n"
    with talking(lambda one, _: one.sendall(HEAD + b"Content-Length: %d\r\n\r\n" % len(PAGE) + PAGE)) as address:
        started = time.monotonic()
        done = subprocess.run(
            [sys.executable, "-c", program, address], env=env, capture_output=True, text=True, timeout=20, check=False
        )
    assert (done.returncode, done.stdout, done.stderr) == (0, "0\n", "")
    assert time.monotonic() - started < 10
