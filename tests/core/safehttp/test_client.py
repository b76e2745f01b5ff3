"""What the client sends, keeps and promises."""

from __future__ import annotations

import errno
import socket
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from core import safehttp
from core.safehttp import Limits
from tests.core.safehttp.hostile import NOBODY
from tests.core.safehttp.world import HERE, HOST, page, policy, reply, server

OTHER = "other.example-ai.com"
RESOLVE = {HOST: [HERE], OTHER: [HERE]}
URL = f"http://{HOST}/"


class Recorder:
    """A server that notes the heads it gets, and answers with what it is told."""

    def __init__(self, *answers: bytes) -> None:
        self.heads: list[list[str]] = []
        self.answers = list(answers)

    def __call__(self, connection: socket.socket, head: str) -> None:
        self.heads.append(head.partition("\r\n\r\n")[0].split("\r\n"))
        connection.sendall(self.answers.pop(0) if self.answers else page())


def moved(location: str, status: str = "302 Found") -> bytes:
    return page(b"", f"Location: {location}", "Set-Cookie: a=b", status=status)


def ask(recorder: Recorder, url: str = URL, **options: Any) -> safehttp.Answer:
    with server(recorder) as port:
        return safehttp.fetch(url, policy=policy(port), resolve=RESOLVE, **options)


def test_the_request_is_exactly_this(settings: Any) -> None:
    settings.PROBE_USER_AGENT = "Bot/1.0 (+https://catalog.example/bot/)"
    settings.DEFAULT_FROM_EMAIL = "The catálog <probes@catalog.example>"
    seen = Recorder()
    answer = ask(seen, f"http://{HOST}:80/a?b#c")
    assert seen.heads == [
        [
            "GET /a?b HTTP/1.1",
            f"Host: {HOST}",
            "User-Agent: Bot/1.0 (+https://catalog.example/bot/)",
            "From: probes@catalog.example",
            "Accept: */*",
            "Accept-Encoding: gzip",
            "Connection: close",
        ]
    ]
    assert [f"{name}: {value}" for name, value in answer.hops[0].sent] == seen.heads[0][1:]


def test_a_port_of_its_own_stays_in_the_host_header() -> None:
    seen = Recorder()
    with server(seen) as port:
        there = safehttp.Policy(allow_nets=policy().allow_nets, ports={8080: port})
        safehttp.fetch(f"http://{HOST}:8080/", policy=there, resolve=RESOLVE)
    assert seen.heads[0][1] == f"Host: {HOST}:8080"


def test_callers_headers_do_not_replace_ours() -> None:
    seen = Recorder()
    given = {"user-agent": "x", "Host": "y", "Cookie": "z", "accept-encoding": "br", "Accept": "text/html", "X-A": "é"}
    ask(seen, headers=given)
    names = [line.partition(":")[0].lower() for line in seen.heads[0][1:]]
    assert names == ["host", "user-agent", "accept", "x-a", "accept-encoding", "connection"]
    assert "Accept: text/html" in seen.heads[0]
    assert "X-A: é" in seen.heads[0]


@pytest.mark.parametrize("value", ["a\r\nX-Injected: 1", "a\nb", "a\0b", "漢"])
def test_headers_that_cannot_be_written_are_not_sent(value: str) -> None:
    seen = Recorder()
    answer = ask(seen, headers={"X-A": value})
    assert (answer.verdict, answer.code) == ("inconclusive", "bad_request")
    assert [head for head in seen.heads if head != [""]] == []


def test_secrets_stay_with_the_first_origin_and_cookies_are_forgotten() -> None:
    seen = Recorder(moved("/b"), moved(f"http://{OTHER}/c"), moved(f"{URL}d"))
    answer = ask(seen, headers={"Authorization": "Bearer x", "Accept-Language": "en"})
    assert [hop.url for hop in answer.hops] == [URL, f"{URL}b", f"http://{OTHER}/c", f"{URL}d"]
    assert ["Authorization: Bearer x" in head for head in seen.heads] == [True, True, False, True]
    assert ("Authorization", "(not kept)") in answer.hops[0].sent
    assert ["Accept-Language: en" in head for head in seen.heads] == [True] * 4
    assert [line for head in seen.heads for line in head if line.lower().startswith("cookie")] == []


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_what_is_followed(status: int) -> None:
    answer = ask(Recorder(moved("/b", f"{status} Moved")))
    assert (answer.code, [hop.status for hop in answer.hops], answer.body) == ("200", [status, 200], b"hello")


@pytest.mark.parametrize("status", [300, 304, 305, 306, 309, 200, 201, 404])
def test_what_is_not_followed(status: int) -> None:
    answer = ask(Recorder(moved("/b", f"{status} Thing")))
    assert (answer.verdict, answer.code, len(answer.hops)) == ("ok", str(status), 1)


def test_redirects_are_final_for_other_methods_and_when_asked() -> None:
    seen = Recorder(moved("/b"), moved("/b"))
    answer = ask(seen, method="POST", content=b"{}", headers={"Content-Type": "application/json"})
    assert (answer.code, answer.header("location")) == ("302", "/b")
    assert seen.heads[0][0] == "POST / HTTP/1.1"
    assert "Content-Length: 2" in seen.heads[0]
    assert ask(seen, follow=False).code == "302"
    assert len(seen.heads) == 2


def test_five_redirects_are_followed() -> None:
    answer = ask(Recorder(*[moved(f"/{n}") for n in range(5)]))
    assert (answer.code, len(answer.hops)) == ("200", 6)
    answer = ask(Recorder(*[moved(f"/{n}") for n in range(6)]))
    assert (answer.code, len(answer.hops)) == ("too_many_redirects", 6)


def test_a_reader_that_has_enough_ends_the_reading() -> None:
    def stream(connection: socket.socket, head: str) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n")
        for number in range(100):
            connection.sendall(b"data: %d\n\n" % number)
            NOBODY.wait(0.05)

    with server(stream) as port:
        answer = safehttp.fetch(URL, policy=policy(port), resolve=RESOLVE, until=lambda body: b"data: 1\n\n" in body)
    assert (answer.verdict, answer.cut_by_reader) == ("ok", True)
    assert answer.body.startswith(b"data: 0\n\ndata: 1\n\n")
    assert answer.content_type == "text/event-stream"


class Odd(Exception):
    """What callers raise in their own functions."""


@pytest.mark.parametrize("error", [Odd("x"), TimeoutError("x"), OSError("x"), ValueError("x")])
def test_what_callers_raise_passes_through(error: Exception, connects: list[tuple[str, int]]) -> None:
    def fail(*_: object) -> bool:
        raise error

    with pytest.raises(type(error)) as caught:
        ask(Recorder(), before_dial=lambda host, ip: bool(fail()) or None)
    assert caught.value is error
    assert connects == []
    with pytest.raises(type(error)) as caught:
        ask(Recorder(), until=fail)
    assert caught.value is error


def test_before_dial_is_told_of_each_connection() -> None:
    told: list[tuple[str, str]] = []
    ask(Recorder(moved(f"http://{OTHER}/")), before_dial=lambda host, ip: told.append((host, ip)))
    assert told == [(HOST, HERE), (OTHER, HERE)]


def test_proxies_of_the_environment_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert ask(Recorder()).code == "200"


def test_another_port_is_dialled_inside_allowed_networks_only(connects: list[tuple[str, int]]) -> None:
    dialled: list[str] = []

    def stop(host: str, ip: str) -> None:
        dialled.append(ip)
        raise Odd

    with server(Recorder()) as port, pytest.raises(Odd):
        safehttp.fetch(URL, policy=policy(port), resolve={HOST: ["93.184.216.34"]}, before_dial=stop)
    assert (dialled, connects) == (["93.184.216.34"], [])


def test_a_connection_to_another_peer_than_the_checked_one_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket.socket, "getpeername", lambda self: ("10.0.0.1", 80))
    seen = Recorder()
    answer = ask(seen)
    assert (answer.verdict, answer.code) == ("blocked", "wrong_peer")
    assert [head for head in seen.heads if head != [""]] == []


def test_three_addresses_are_dialled_at_most(free_port: int) -> None:
    told: list[str] = []
    answer = safehttp.fetch(
        URL, policy=policy(free_port), resolve={HOST: [HERE] * 9}, before_dial=lambda host, ip: told.append(ip)
    )
    assert (answer.code, told) == ("refused", [HERE] * 3)


@pytest.mark.parametrize(
    ("error", "verdict", "code"),
    [
        (TimeoutError("timed out"), "timeout", "connect_timeout"),
        (OSError(errno.ETIMEDOUT, "x"), "timeout", "connect_timeout"),
        (OSError(errno.ENETUNREACH, "x"), "inconclusive", "local_failure"),
        (OSError(errno.EHOSTUNREACH, "x"), "inconclusive", "local_failure"),
        (OSError(errno.ENETDOWN, "x"), "inconclusive", "local_failure"),
        (OSError(errno.EADDRNOTAVAIL, "x"), "inconclusive", "local_failure"),
        (OSError(errno.ECONNREFUSED, "x"), "down", "refused"),
        (OSError(errno.ECONNRESET, "x"), "down", "reset"),
        (OSError(errno.EMFILE, "x"), "inconclusive", "local_failure"),
        (OSError(errno.EACCES, "x"), "inconclusive", "local_failure"),
    ],
)
def test_connections_that_fail(error: OSError, verdict: str, code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(self: socket.socket, address: Any) -> None:
        raise error

    monkeypatch.setattr(socket.socket, "connect", fail)
    answer = safehttp.fetch(URL, policy=policy(), resolve=RESOLVE)
    assert (answer.verdict, answer.code) == (verdict, code), answer.message


def test_one_deadline_for_all_hops_together() -> None:
    def slow(connection: socket.socket, head: str) -> None:
        NOBODY.wait(0.4)
        connection.sendall(moved(head.split()[1] + "x"))

    with server(slow) as port:
        start = time.monotonic()
        answer = safehttp.fetch(URL, policy=policy(port), resolve=RESOLVE, limits=Limits(total=1.0))
    assert (answer.verdict, answer.code, len(answer.hops)) == ("timeout", "first_byte_timeout", 3)
    assert time.monotonic() - start <= 1.5


def test_a_server_that_does_not_read_the_request_is_a_timeout() -> None:
    def deaf(connection: socket.socket, head: str) -> None:
        NOBODY.wait(2)

    with server(deaf, raw=True) as port:
        start = time.monotonic()
        answer = safehttp.fetch(
            URL,
            method="POST",
            content=bytes(20_000_000),
            policy=policy(port),
            resolve=RESOLVE,
            limits=Limits(total=0.5),
        )
    assert (answer.verdict, answer.code) == ("timeout", "first_byte_timeout")
    assert time.monotonic() - start <= 1.0


def test_an_answer_that_comes_before_the_request_was_read_is_kept() -> None:
    answer = ask(Recorder(page(b"", status="413 Too Large")), method="POST", content=bytes(100_000))
    assert answer.code == "413"


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120),
        ("0", 0),
        ("99999999999999999999", 86_400),
        ("-5", None),
        ("1.5", None),
        ("soon", None),
        ("", None),
        ("Thu, 01 Jan 1970 00:00:00 GMT", 0),
        ("Thu, 01 Jan 99999999999999999999 00:00:00 GMT", None),
        ("Fri, 31 Dec 9999 23:59:59 -2359", 86_400),
        ("٣", None),
    ],
)
def test_retry_after(value: str, seconds: int | None) -> None:
    line = f"Retry-After: {value}".encode().decode("latin-1")
    assert ask(Recorder(page(b"", line, status="503 Busy"))).retry_after == seconds


def test_retry_after_as_a_date() -> None:
    when = format_datetime(datetime.now(UTC) + timedelta(seconds=60), usegmt=True)
    found = ask(Recorder(page(b"", f"Retry-After: {when}", status="429 Slow"))).retry_after
    assert found in {58, 59, 60}


def test_limits_of_a_body_are_exact() -> None:
    limits = Limits(raw_bytes=100, body_bytes=100)
    with server(reply(page(b"x" * 100))) as port:
        answer = safehttp.fetch(URL, policy=policy(port), resolve=RESOLVE, limits=limits)
        assert (answer.code, len(answer.body)) == ("200", 100)
    with server(reply(b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 101)) as port:
        answer = safehttp.fetch(URL, policy=policy(port), resolve=RESOLVE, limits=limits)
        assert (answer.verdict, answer.code, len(answer.body) <= 100) == ("blocked", "body_too_large", True)


def test_limits_of_a_head_are_exact() -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nX: %s\r\n\r\n"
    for size, code in ((1_000, "200"), (1_001, "headers_too_large")):
        data = head % (b"x" * (size - len(head % b"")))
        assert len(data) == size
        with server(reply(data)) as port:
            limits = Limits(header_bytes=1_000)
            assert safehttp.fetch(URL, policy=policy(port), resolve=RESOLVE, limits=limits).code == code
    for lines, code in ((100, "200"), (101, "too_many_headers")):
        assert ask(Recorder(page(b"", *[f"X-{n}: x" for n in range(lines - 1)]))).code == code


def test_a_large_body_right_after_the_head_is_no_large_head() -> None:
    def halves(connection: socket.socket, head: str) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Le")
        NOBODY.wait(0.05)
        connection.sendall(b"ngth: 500000\r\n\r\n" + b"x" * 500_000)

    with server(halves) as port:
        answer = safehttp.fetch(URL, policy=policy(port), resolve=RESOLVE)
    assert (answer.code, len(answer.body)) == ("200", 500_000)
