"""Every row of tests/corpora/hostile_http.csv, against servers that do what it says."""

from __future__ import annotations

import csv
import time
from pathlib import Path

import pytest

from core import safehttp
from core.safehttp import Limits
from tests.core.safehttp import hostile
from tests.core.safehttp.hostile import HTTP, MORE
from tests.core.safehttp.test_documents import DOCUMENTS
from tests.core.safehttp.test_names import NAMES
from tests.core.safehttp.test_tls import TLS
from tests.core.safehttp.world import HERE, HOST, Handler, page, policy, reply, server

CORPUS = Path(__file__).parents[2] / "corpora" / "hostile_http.csv"
ROWS = {row["id"]: row for row in csv.DictReader(CORPUS.read_text(encoding="utf-8").splitlines())}
RESOLVE = {
    HOST: [HERE],
    "other.example-ai.com": [HERE],
    "internal.example-ai.com": ["10.1.2.3"],
    "127.0.0.1.nip.io": ["127.0.0.2"],
}
LIMITS = Limits(total=1.0)
# Rows whose behaviour has a test of its own here or in the modules that `OF_OTHERS` names
HERE_BELOW = {"connection_refused", "head_with_body", "security_txt_10mb"}
OF_OTHERS = {"test_documents": set(DOCUMENTS), "test_names": set(NAMES), "test_tls": set(TLS)}
ELSEWHERE = {
    "openapi_external_ref": "whoever reads an OpenAPI document resolves no references; no client is involved",
    "image_pixel_bomb": "pictures are opened by whoever stores them, with Pillow's limits",
    "image_truncated": "as above",
    "soft_404_parked": "a judgement about a page's words: a step of verification",
    "mcp_prompt_injection": "text is data here; templates escape it, and no model reads it",
}


def test_every_row_is_tested_or_has_a_reason() -> None:
    groups = [set(HTTP), HERE_BELOW, *OF_OTHERS.values(), set(ELSEWHERE)]
    assert len(ROWS) == 77
    assert sorted(ROWS) == sorted(name for group in groups for name in group)  # each in exactly one


@pytest.mark.parametrize("name", HTTP)
def test_row(name: str) -> None:
    handler, code = HTTP[name]
    answer, seconds = ask(handler)
    assert answer.code == code, answer.message
    assert answer.verdict in ROWS[name]["expected_verdict"].split("|")
    assert seconds <= LIMITS.total + 0.5


@pytest.mark.parametrize("name", MORE)
def test_more(name: str) -> None:
    handler, verdict, code = MORE[name]
    answer, seconds = ask(handler)
    assert (answer.verdict, answer.code) == (verdict, code), answer.message
    assert seconds <= LIMITS.total + 0.5


def ask(handler: Handler) -> tuple[safehttp.Answer, float]:
    """Return the answer of a server that does `handler`, and the seconds it took."""
    with server(handler) as port:
        start = time.monotonic()
        answer = safehttp.fetch(f"http://{HOST}/", policy=policy(port), resolve=RESOLVE, limits=LIMITS)
        return answer, time.monotonic() - start


def test_connection_refused(free_port: int) -> None:
    answer = safehttp.fetch(f"http://{HOST}/", policy=policy(free_port), resolve=RESOLVE)
    assert (answer.verdict, answer.code) == ("down", "refused")
    assert ROWS["connection_refused"]["expected_verdict"] == "down"


def test_head_with_body() -> None:
    with server(reply(page(b"a body that has no place here"))) as port:
        answer = safehttp.fetch(f"http://{HOST}/", method="HEAD", policy=policy(port), resolve=RESOLVE)
    assert (answer.verdict, answer.code, answer.body) == (ROWS["head_with_body"]["expected_verdict"], "200", b"")


def test_security_txt_10mb() -> None:
    with server(reply(page(b"x" * 10 * hostile.MIB))) as port:
        limits = Limits(raw_bytes=65_536, body_bytes=65_536)
        answer = safehttp.fetch(f"http://{HOST}/", limits=limits, policy=policy(port), resolve=RESOLVE)
    assert (answer.verdict, answer.code) == (ROWS["security_txt_10mb"]["expected_verdict"], "content_length_too_large")


@pytest.mark.parametrize(
    ("name", "urls"),
    [
        ("redirect_cross_host", [f"http://{HOST}/", "http://other.example-ai.com/"]),
        ("redirect_utf8", [f"http://{HOST}/", f"http://{HOST}/%C3%A4/%E2%9C%93?q=%C3%BC"]),
        ("redirect_endless", [f"http://{HOST}/{'x' * n}" for n in range(6)]),
        ("html_meta_refresh", [f"http://{HOST}/"]),
    ],
)
def test_what_was_asked_on_the_way(name: str, urls: list[str]) -> None:
    answer, _ = ask(HTTP[name][0])
    assert [hop.url for hop in answer.hops] == urls
    assert answer.final_url == urls[-1]


@pytest.mark.parametrize(
    ("name", "url"),
    [
        ("latin-1 location", f"http://{HOST}/%C3%A4"),
        ("location with dots", f"http://{HOST}/x/z"),
        ("scheme-relative location", "http://other.example-ai.com/x"),
    ],
)
def test_where_more_redirects_lead(name: str, url: str) -> None:
    answer, _ = ask(MORE[name][0])
    assert (answer.final_url, answer.body) == (url, b"hello")


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("cl_and_te", b"hi"),
        ("204_with_body", b""),
        ("same_content_length_twice", b"hi"),
        ("cl_short", b"123456789"),
        ("html_entities_flood", b"&amp;" * (hostile.MIB // 5)),
    ],
)
def test_what_is_kept_of_a_body(name: str, body: bytes) -> None:
    assert ask(HTTP[name][0])[0].body == body


def test_more_bodies() -> None:
    assert ask(MORE["gzip"][0])[0].body == b"hello"
    assert ask(MORE["gzip of nothing"][0])[0].body == b""
    assert ask(MORE["http/1.0"][0])[0].body == b"hello"
    assert ask(MORE["gzip bomb"][0])[0].body == bytes(hostile.MIB)


def test_a_charset_that_is_dangerous_is_not_honoured() -> None:
    assert safehttp.text(ask(HTTP["utf7_charset"][0])[0]) == "+ADw-script+AD4-"


def test_headers_beyond_ascii_are_readable() -> None:
    assert ask(HTTP["header_latin1"][0])[0].header("x-a") == "ö"
    assert ask(HTTP["header_obs_fold"][0])[0].header("x-a") == "a b"
