"""What a host answers that is no catalog, or a catalog that cannot answer now."""

from __future__ import annotations

import json
import re
import socket
from http.server import BaseHTTPRequestHandler
from typing import Any

import httpx
import pytest

import aicatalog
from aicatalog.asking import base_of
from aicatalog.source import digest
from tests.client.conftest import Host, hosting
from tests.client.lock.full import pin

PAGE: dict[str, Any] = {"count": 0, "next": None, "previous": None, "results": []}
DETAIL = json.dumps({"title": "t", "status": 0, "detail": "The site says why."})


def asked(host: Host, **options: Any) -> aicatalog.Found:
    with aicatalog.open(host.address, **options) as catalog:
        found = catalog.search("speech")
        list(found)
        return found


@pytest.mark.parametrize(
    ("status", "body", "headers", "told"),
    [
        (200, "<html>", {"Content_Type": "text/html"}, "it is 'text/html', no JSON"),
        (200, "{", {}, "it is no JSON"),
        (200, "[" * 200_000, {}, "it is no JSON"),
        (200, '{"count": NaN, "next": null, "results": []}', {}, "it is no JSON"),
        (200, "[]", {}, "“/” is list instead of dict"),
        (200, '{"count": true, "next": null, "results": []}', {}, "“/count” is bool instead of int"),
        (200, '{"count": 1, "next": null, "results": [{"slug": 1}]}', {}, "“/results/0/slug” is int instead of str"),
        (200, "packed", {"Content_Encoding": "gzip"}, "it is packed ('gzip')"),
        (404, "nothing here", {"Content_Type": "text/plain"}, "it is the error 404, without a reason"),
        (302, "", {"Location": "/api/v1/tools"}, "it leads on without an end"),
    ],
)
def test_an_answer_that_no_catalog_gives_is_named(
    host: Host, status: int, body: str, headers: dict[str, str], told: str
) -> None:
    host.says(status, body, **headers)
    with pytest.raises(aicatalog.NoCatalog) as error:
        asked(host)
    assert told in str(error.value)
    assert (host.address in str(error.value), error.value.exit_code) == (True, 3)


def test_an_answer_without_an_end_is_not_read_to_its_end(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aicatalog.asking.body_of.__defaults__", (1_000,))
    host.says(200, b" " * 5_000)
    with pytest.raises(aicatalog.NoCatalog, match="more than 1,000 bytes"):
        asked(host)


def test_nobody_answers() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{free.getsockname()[1]}"
        with (
            aicatalog.open(address) as catalog,
            pytest.raises(aicatalog.CatalogUnavailable, match="no connection") as e,
        ):
            catalog.search("speech")
    assert (str(e.value).startswith(address), "--from FOLDER" in e.value.hint) == (True, True)


def test_it_waits_as_long_as_the_site_says_and_goes_on(host: Host, no_pauses: list[float]) -> None:
    host.says(429, DETAIL, Retry_After="7", Content_Type="application/problem+json").says(200, json.dumps(PAGE))
    assert asked(host).count == 0
    assert (len(no_pauses), 7 <= no_pauses[0] < 8) == (1, True)


def test_it_does_not_wait_for_hours(host: Host, no_pauses: list[float]) -> None:
    host.says(429, DETAIL, Retry_After="86000", Content_Type="application/problem+json")
    with pytest.raises(aicatalog.TooManyRequests, match=r"The site says why\.") as error:
        asked(host)
    assert (no_pauses, len(host.asked), "Ask again in 24 h" in error.value.hint) == ([], 1, True)


@pytest.mark.parametrize("status", [502, 503, 504])
def test_what_fails_for_a_moment_is_asked_again_with_growing_pauses(
    status: int, host: Host, no_pauses: list[float]
) -> None:
    host.says(status, "")
    with pytest.raises(aicatalog.CatalogUnavailable, match=f"cannot answer now \\({status}\\)"):
        asked(host)
    assert (len(host.asked), no_pauses == sorted(no_pauses), sum(no_pauses) < 10) == (4, True, True)


def test_a_fault_of_the_site_is_not_asked_again(host: Host) -> None:
    host.says(500, DETAIL, Content_Type="application/problem+json")
    with pytest.raises(aicatalog.CatalogUnavailable, match=r"\(500\)\. The site says why\."):
        asked(host)
    assert len(host.asked) == 1


@pytest.mark.parametrize(
    ("status", "error"),
    [(400, aicatalog.BadRequest), (401, aicatalog.Refused), (403, aicatalog.Refused), (410, aicatalog.BadRequest)],
)
def test_a_refusal_has_the_sentence_of_the_site(status: int, error: type[Exception], host: Host) -> None:
    host.says(status, DETAIL, Content_Type="application/problem+json")
    with pytest.raises(error, match=r"The site says why\."):
        asked(host)


def test_a_key_is_sent_as_a_bearer_token_and_in_no_error(host: Host) -> None:
    host.says(401, DETAIL, Content_Type="application/problem+json")
    with pytest.raises(aicatalog.Refused) as error:
        asked(host, key="aicat_live_secret")
    assert host.asked[0][1]["Authorization"] == "Bearer aicat_live_secret"
    assert "secret" not in str(error.value) + error.value.hint


def test_a_key_is_not_sent_where_others_could_read_it() -> None:
    with pytest.raises(aicatalog.BadRequest, match="unencrypted"):
        aicatalog.open("http://catalog.example", key="aicat_live_secret")
    with pytest.raises(aicatalog.BadRequest, match="characters that no key has"):
        aicatalog.open("https://catalog.example", key="aicat\r\nX: y")


def test_a_next_page_on_another_host_is_not_gone_to(host: Host) -> None:
    more = PAGE | {"results": [_tool()], "count": 2, "next": "https://evil.example/x?cursor=abc"}
    host.says(200, json.dumps(more)).says(200, json.dumps(PAGE))
    asked(host)
    assert [path for path, _ in host.asked][1] == "/api/v1/tools?cursor=abc&limit=24"


def test_changes_that_do_not_go_on_end(host: Host) -> None:
    host.says(200, json.dumps({"changes": [], "last_serial": 5, "has_more": True}))
    with aicatalog.open(host.address) as catalog, pytest.raises(aicatalog.NoCatalog, match="again and again"):
        list(catalog.changes(5))


def test_a_manifest_whose_bytes_are_others_is_refused(host: Host) -> None:
    host.says(200, "{}", Content_Location="/api/v1/tools/one/manifests/1", ETag='"00"')
    with aicatalog.open(host.address) as catalog, pytest.raises(aicatalog.NoCatalog, match="not those that its hash"):
        catalog.manifest("one")


@pytest.mark.parametrize("body", [b"not json", b"[" * 100_000, b"[]", b'{"a": "\\ud800"}', b'{"a": "\xed\xa0\x80"}'])
def test_a_manifest_that_is_no_json_is_refused(body: bytes, host: Host) -> None:
    host.says(200, body, Content_Location="/api/v1/tools/one/manifests/1", ETag=f'"{digest(body)}"')
    with aicatalog.open(host.address) as catalog, pytest.raises(aicatalog.NoCatalog, match="is no JSON object"):
        catalog.manifest("one")


def _pins(*asked: str, slug: str = "", missing: tuple[str, ...] = ()) -> str:
    pins = [pin() | {"asked": one, "slug": slug or one} for one in asked]
    return json.dumps({"pins": pins, "missing": missing, "serial": 1, "catalog": "https://catalog.example"})


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (_pins("one"), "not those of the tools that were asked for"),
        (_pins("one", "two", missing=("one",)), "not those of the tools that were asked for"),
        (_pins("one", "one", "two"), "not those of the tools that were asked for"),
        (_pins("one", "two", "more"), "not those of the tools that were asked for"),
        (_pins("one", missing=("more",)), "not those of the tools that were asked for"),
        (_pins("one", "two", slug="\x1b[2J"), "no slug of a tool"),
        (_pins("one", "two", slug="../me"), "no slug of a tool"),
    ],
)
def test_pins_of_others_than_were_asked_for_are_no_answer_of_a_catalog(body: str, told: str, host: Host) -> None:
    host.says(200, body)
    with aicatalog.open(host.address) as catalog, pytest.raises(aicatalog.NoCatalog, match=told) as error:
        catalog.pins(["one", "two"])
    assert error.value.exit_code == 3


def test_pins_of_tools_that_are_asked_for_twice_come_once(host: Host) -> None:
    host.says(200, _pins("one", missing=("two",)))
    with aicatalog.open(host.address) as catalog:
        found = catalog.pins(["one", "two", "one"])
    assert ([one["slug"] for one in found["pins"]], found["missing"]) == (["one"], ["two"])


def test_half_a_character_is_no_answer_of_a_catalog(host: Host) -> None:
    host.says(200, json.dumps(PAGE | {"results": [_tool() | {"name": "\ud800"}]}))
    with pytest.raises(aicatalog.NoCatalog, match="it is no JSON"):
        asked(host)


@pytest.mark.parametrize("error", [httpx.InvalidURL("odd"), UnicodeError("label too long")])
def test_a_redirect_to_an_address_that_is_none_is_no_answer_of_a_catalog(
    error: Exception, host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    def follow(*_: Any, **__: Any) -> None:
        raise error

    monkeypatch.setattr(httpx.Client, "send", follow)
    with pytest.raises(aicatalog.NoCatalog, match="it leads to an address that is none"):
        asked(host)


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("ftp://x", "is no address of a site"),
        ("http://", "is no address of a site"),
        ("http://[::1", "is no address of a site"),
        ("https://me:pass@x.example", "holds a name or a password"),
        ("https://x.example/?a=1", "holds more than an address"),
    ],
)
def test_an_address_that_is_none_is_refused(address: str, told: str) -> None:
    with pytest.raises(aicatalog.BadRequest, match=told) as error:
        base_of(address)
    assert "pass" not in str(error.value).replace("password", "")


def _tool() -> dict[str, Any]:
    price: dict[str, Any] = {"label": "free", "access": "free", "model": [], "source": "unknown", "price_from": None}
    seen = {"level": 0, "name": "listed", "since": None, "seen": "unknown", "checked_at": None, "away": "no"}
    texts = dict.fromkeys(("slug", "name", "tagline", "kind", "homepage", "category", "url"), "one")
    lists: dict[str, Any] = {
        name: [] for name in ("also_in", "platforms", "input", "output", "tags", "interface_kinds", "auth")
    }
    unknown = dict.fromkeys(("has_api", "has_mcp", "self_hosted"), "unknown")
    nothing = dict.fromkeys(("vendor", "licence", "launched", "listed_on", "logo", "changed_at"))
    return {**texts, **lists, **unknown, **nothing, "pricing": price, "verification": seen}


def test_what_is_waited_for_is_told(host: Host, no_pauses: list[float]) -> None:
    host.says(429, "", Retry_After="7").says(200, json.dumps(PAGE))
    told: list[str] = []
    asked(host, told=told.append)
    assert [re.sub(r"\d", "N", one) for one in told] == ["The catalog asks to wait; going on in N s …"]


def test_a_key_does_not_follow_to_another_host(host: Host) -> None:
    with hosting(lambda handler: away(handler, host.address)) as address:
        host.says(200, json.dumps(PAGE))
        with aicatalog.open(address, key="aicat_live_secret") as catalog:
            assert catalog.search("speech").count == 0
    assert "Authorization" not in host.asked[0][1]


def away(handler: BaseHTTPRequestHandler, address: str) -> None:
    """Lead to another host."""
    handler.send_response(302)
    handler.send_header("Location", f"{address.replace('127.0.0.1', 'localhost')}{handler.path}")
    handler.send_header("Content-Length", "0")
    handler.end_headers()
