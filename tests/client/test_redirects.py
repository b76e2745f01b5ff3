"""Where a site leads on to: followed a few times, its pages unread, the key kept from others."""

from __future__ import annotations

import json
import socket
import time

import httpx
import pytest

import aicatalog
from aicatalog.asking import Asker
from tests.client.conftest import Host
from tests.client.raw import talking

PAGE = json.dumps({"count": 0, "next": None, "previous": None, "results": []})
KEY = "aicat_live_secret"


def asked(address: str, key: str | None = None) -> int:
    with aicatalog.open(address, key=key) as catalog:
        return catalog.search("speech").count


def test_the_body_of_a_redirect_is_not_read(host: Host) -> None:
    host.says(200, PAGE)
    sent: list[int] = []

    def talk(connection: socket.socket, request: bytes) -> None:
        head = f"HTTP/1.1 302 Found\r\nLocation: {host.address}/there\r\nContent-Length: 10000000000\r\n\r\n"
        connection.sendall(head.encode())
        sent.extend(connection.send(b"x" * 1_000_000) for _ in range(1_000))

    with talking(talk) as address:
        assert asked(address) == 0
    assert ([path for path, _ in host.asked], sum(sent) < 50_000_000) == (["/there"], True)


def test_a_redirect_that_sends_nothing_more_is_not_waited_for(host: Host) -> None:
    host.says(200, PAGE)

    def talk(connection: socket.socket, request: bytes) -> None:
        connection.sendall(f"HTTP/1.1 302 x\r\nLocation: {host.address}/\r\nContent-Length: 9\r\n\r\n".encode())
        connection.recv(1)

    started = time.monotonic()
    with talking(talk) as address:
        assert asked(address) == 0
    assert time.monotonic() - started < 5


@pytest.mark.parametrize(("leads", "error"), [(5, False), (6, True)])
def test_five_redirects_are_followed_and_no_more(leads: int, error: bool, host: Host) -> None:
    for number in range(leads):
        host.says(302, "", Location=f"/next/{number}")
    host.says(200, PAGE)
    if error:
        with pytest.raises(aicatalog.NoCatalog, match="it leads on without an end"):
            asked(host.address)
    else:
        assert asked(host.address) == 0
    assert len(host.asked) == 6


def test_the_key_stays_with_its_origin_and_does_not_come_back_to_it(host: Host) -> None:
    other = host.address.replace("127.0.0.1", "localhost")
    host.says(302, "", Location="/here").says(302, "", Location=f"{other}/there")
    host.says(302, "", Location=f"{host.address}/back").says(200, PAGE)
    asked(host.address, KEY)
    told = [(path.partition("?")[0], headers.get("Authorization", "")) for path, headers in host.asked]
    assert told == [("/api/v1/tools", f"Bearer {KEY}"), ("/here", f"Bearer {KEY}"), ("/there", ""), ("/back", "")]


def test_the_key_of_a_site_without_encryption_does_not_go_to_one_with_it() -> None:
    found = _followed("http://127.0.0.1:8000", "https://127.0.0.1/", KEY)
    assert [request.headers.get("Authorization") for request in found] == [f"Bearer {KEY}", None]


def test_what_is_encrypted_does_not_go_on_unencrypted() -> None:
    with pytest.raises(aicatalog.NoCatalog, match="from https:// to http://, where others could read along") as error:
        _followed("https://catalog.example", "http://catalog.example/x", KEY)
    assert error.value.exit_code == 3


@pytest.mark.parametrize(
    "place",
    [
        "ftp://x.example/",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "https://me:pass@x.example/",
        "https://x.example:port/",
    ],
)
def test_a_redirect_to_what_is_no_address_of_a_page_is_no_answer_of_a_catalog(place: str) -> None:
    with pytest.raises(aicatalog.NoCatalog, match="it leads to an address that is none"):
        _followed("https://catalog.example", place)


def _followed(address: str, place: str, key: str | None = None) -> list[httpx.Request]:
    """Return what is asked of a site that leads to a place: without a network, as it needs certificates."""
    found: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        found.append(request)
        if len(found) == 1:
            return httpx.Response(302, headers={"Location": place})
        return httpx.Response(200, content=iter([b"{}"]), headers={"Content-Type": "application/json"})

    asker = Asker(address, key=key)
    headers = asker.client.headers
    asker.client = httpx.Client(transport=httpx.MockTransport(answer), headers=headers, follow_redirects=False)
    asker.get("/api/v1/tools")
    return found
