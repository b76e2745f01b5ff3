"""Long answers: half of the threads at most, slow readers dropped, places given back however an answer ends."""

from __future__ import annotations

import http.client
import socket
import threading
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.http import HttpRequest, StreamingHttpResponse
from django.test import Client, RequestFactory
from django.utils import timezone

from api import tasks
from core import streams
from tests.accounts.site import served  # noqa: F401
from tests.api.exports.conftest import fill
from tests.core.valkeys import own_valkey  # noqa: F401

SHOWN: dict[str, Any] = {"HTTP_ACCEPT": "application/jsonl"}
NOBODY = 24  # more than the 16 threads of the served site


def free() -> int:
    return streams.PLACES._value


def request() -> HttpRequest:
    return RequestFactory().get("/")


@pytest.fixture(autouse=True)
def two(monkeypatch: Any) -> None:
    """Have two places."""
    monkeypatch.setattr(streams, "PLACES", threading.BoundedSemaphore(2))


def test_a_place_is_given_back_at_the_end_before_the_first_block_on_errors_and_by_answers_never_sent() -> None:
    closed: list[int] = []
    read = StreamingHttpResponse(streams.bounded(request(), [b"a" * 100_000, b"b"], lambda: closed.append(1)))
    unread = StreamingHttpResponse(streams.bounded(request(), [b"a"], lambda: closed.append(2)))
    with pytest.raises(streams.Full, match="Try again in 5 seconds"):
        streams.bounded(request(), [b"a"])
    assert [len(piece) for piece in read] == [65_536, 34_464, 1]
    for _ in range(2):
        read.close()
        unread.close()
    assert (free(), closed) == (2, [1, 2])
    broken = StreamingHttpResponse(streams.bounded(request(), (1 // zero for zero in (0,))))  # type: ignore[misc]
    with pytest.raises(ZeroDivisionError):
        list(broken)
    broken.close()
    forgotten = StreamingHttpResponse(streams.bounded(request(), [b"a"]))
    assert free() == 1
    del forgotten
    assert free() == 2


def test_who_takes_less_than_the_least_is_cut_off_and_a_slow_but_fair_reader_gets_all(monkeypatch: Any) -> None:
    clock = SimpleNamespace(now=0.0)
    monkeypatch.setattr(time, "monotonic", lambda: clock.now)
    for rate, got in ((streams.LEAST + 100, 20), (streams.LEAST - 100, 4)):
        pieces = streams.bounded(request(), [bytes(streams.PIECE)] * 20)
        taken = 0
        try:
            for piece in pieces:
                taken += 1
                clock.now += len(piece) / rate
        except ConnectionResetError:
            assert rate < streams.LEAST
        pieces.close()
        assert (rate, taken, free()) == (rate, got, 2)


def test_a_reader_that_takes_nothing_is_dropped_and_what_broke_off_is_hung_up(monkeypatch: Any) -> None:
    monkeypatch.setattr(streams, "STALLED", 1)
    with socket.create_server(("127.0.0.1", 0)) as server, socket.socket() as reader:
        reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        reader.connect(server.getsockname())
        ours, _ = server.accept()
        asked = request()
        asked.META["gunicorn.socket"] = ours
        pieces = streams.bounded(asked, [bytes(20_000_000)])
        begun = time.monotonic()
        with ours:
            with pytest.raises(BlockingIOError):
                list(map(ours.sendall, pieces))
            assert 0.9 < time.monotonic() - begun < 10
            pieces.close()
            assert (free(), ours.recv(1)) == (2, b"")  # hung up: does not wait for the reader


@pytest.mark.django_db(transaction=True)
def test_with_no_place_free_503_says_when_to_come_back_and_head_and_304_need_none(
    settings: Any, tmp_path: Path
) -> None:
    settings.VAR_DIR = tmp_path
    fill()
    tasks.exports()
    client: Any = Client()
    file = f"/exports/{timezone.now().date().isoformat()}/tools.jsonl"
    held = [client.get(file), client.get("/api/v1/changes", **SHOWN)]
    assert free() == 0
    tags = [one.headers["ETag"] for one in held]
    for path, tag in zip((file, "/api/v1/changes"), tags, strict=True):
        assert client.head(path, **SHOWN).status_code == 200
        assert client.get(path, HTTP_IF_NONE_MATCH=tag, **SHOWN).status_code == 304
        full = client.get(path, **SHOWN)
        assert (full.status_code, full.headers["Retry-After"]) == (503, "5")
    assert full.json()["type"].endswith("#unavailable")
    for one in held:
        one.close()
    assert free() == 2
    assert b"".join(client.get(file).streaming_content) == (tmp_path / file[1:]).read_bytes()


def silent(port: int, path: str) -> socket.socket:
    """Ask for a path and read nothing."""
    one = socket.socket()
    one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    one.connect(("127.0.0.1", port))
    one.sendall(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode())
    return one


def status(port: int, path: str, timeout: int = 10) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    finally:
        connection.close()


@pytest.mark.django_db(transaction=True)
def test_more_readers_than_threads_that_read_nothing_keep_nobody_from_the_site(served: int, tmp_path: Path) -> None:  # noqa: F811
    day = tmp_path / "exports" / "2026-11-26"
    day.mkdir(parents=True)
    (day / "catalog.sqlite").write_bytes(bytes(30_000_000))
    entry = '{"name": "catalog.sqlite", "rows": 1, "bytes": 30000000, "sha256": "aa"}'
    rest = '"exported_at": "x", "serial": 1, "schema_version": "1", "licence": "x"'
    (day / "manifest.json").write_text(f'{{"files": [{entry}], {rest}}}')
    path = "/exports/2026-11-26/catalog.sqlite"
    readers = [silent(served, path) for _ in range(NOBODY)]
    time.sleep(1)
    assert [status(served, "/healthz") for _ in range(6)] == [200] * 6
    for one in readers:
        one.close()
    deadline = time.monotonic() + 15
    while (found := status(served, path)) == 503 and time.monotonic() < deadline:
        time.sleep(0.2)
    assert found == 200
