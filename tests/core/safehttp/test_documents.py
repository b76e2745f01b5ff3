"""Documents that strangers wrote."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

import pytest

from core import safehttp
from core.safehttp import BadDocument
from core.safehttp.answer import Answer, Hop

BOMB = b"a0: &a0 [x,x,x,x,x,x,x,x,x]\n" + b"".join(
    b"a%d: &a%d [%s]\n" % (level, level, b",".join([b"*a%d" % (level - 1)] * 9)) for level in range(1, 9)
)
LAUGHS = b'<!DOCTYPE lolz [<!ENTITY a "lol"><!ENTITY b "&a;&a;">]><rss>&b;</rss>'
TITLE = "<html><title>" + "Tool &amp; more " * 60_000 + "</title>"

# id of the row in hostile_http.csv -> what reads the document, the code it ends with, "" when it is read
DOCUMENTS: dict[str, tuple[Callable[[], object], str]] = {
    "json_nested_100k": (lambda: safehttp.load_json(b"[" * 100_000 + b"]" * 100_000), "too_deep"),
    "json_nan_infinity": (lambda: safehttp.load_json(b'{"a": NaN, "b": Infinity}'), "bad_number"),
    "json_lone_surrogate": (lambda: safehttp.load_json(b'{"a": "\\ud800"}'), "lone_surrogate"),
    "json_utf16_bom": (lambda: safehttp.load_json('{"a": "ä"}'.encode("utf-16")), ""),
    "html_title_1mb": (lambda: safehttp.title(TITLE), ""),
    "xml_billion_laughs": (lambda: safehttp.load_xml(LAUGHS), "doctype"),
    "openapi_yaml_alias_bomb": (lambda: safehttp.load_yaml(BOMB), "aliases"),
}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_row(name: str) -> None:
    read, code = DOCUMENTS[name]
    start = time.monotonic()
    assert code_of(read) == code
    assert time.monotonic() - start < 1.0


def code_of(read: Callable[[], object]) -> str:
    """Return the code of the refusal, "" without one."""
    try:
        read()
    except BadDocument as refused:
        return refused.code
    return ""


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "not_json"),
        (b"{", "not_json"),
        (b"\xff\xff", "not_json"),
        (b"[1] x", "not_json"),
        (b"[" * 65 + b"]" * 65, "too_deep"),
        (b'{"a":' * 65 + b"1" + b"}" * 65, "too_deep"),
        (b"9" * 5_000, "bad_number"),
        (b"1e999", "bad_number"),
        (b"-Infinity", "bad_number"),
        (b'["\\u0000"]', "nul"),
        (b'{"\\udfff": 1}', "lone_surrogate"),
        (b'"' + b'\\"' * 500_000, "not_json"),
    ],
)
def test_json_that_is_refused(data: bytes, code: str) -> None:
    start = time.monotonic()
    assert code_of(lambda: safehttp.load_json(data)) == code
    assert time.monotonic() - start < 1.0


def test_json_that_is_read() -> None:
    deep = b"[" * 64 + b"]" * 64
    assert safehttp.load_json(b'\xef\xbb\xbf{"a": [1, -2.5, true, null, "\\ud83d\\ude00 ]]]]"]}') == {
        "a": [1, -2.5, True, None, "😀 ]]]]"]
    }
    assert safehttp.load_json('{"a": "ä"}'.encode("utf-16")) == {"a": "ä"}
    assert isinstance(safehttp.load_json(deep), list)
    assert safehttp.load_json(b'"' + b"[" * 100_000 + b'"') == "[" * 100_000


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"&a [*a]", "aliases"),
        (b"a: &a 1\nb: [" + b"*a, " * 101 + b"]", "aliases"),
        (b"[" * 101 + b"]" * 101, "too_deep"),
        (b"!!python/object/apply:os.system [x]", "not_yaml"),
        (b"a: *nobody", "not_yaml"),
        (b"a: 1\n--- \nb: 2", "not_yaml"),
        (b"a: [", "not_yaml"),
        (b"? [1, 2]\n: {? {a: 1} : 2}", "not_yaml"),
        (b"a: .nan", "bad_number"),
        (b"a: -.inf", "bad_number"),
        (b"a: " + b"9" * 5_000, "not_yaml"),
        (b"a: 0x" + b"f" * 5_000, "bad_number"),
        (b'a: "\\0"', "nul"),
        (b"\xff\xfe\xff", "not_yaml"),
    ],
)
def test_yaml_that_is_refused(data: bytes, code: str) -> None:
    assert code_of(lambda: safehttp.load_yaml(data)) == code


def test_yaml_that_is_read() -> None:
    assert safehttp.load_yaml(b"a: &x {b: 1}\nc: {<<: *x, d: 2024-01-01}\ne: [*x, yes]") == {
        "a": {"b": 1},
        "c": {"b": 1, "d": "2024-01-01"},
        "e": [{"b": 1}, True],
    }
    assert safehttp.load_yaml(b"") is None


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"<!DOCTYPE a><a/>", "doctype"),
        ('<!DOCTYPE a SYSTEM "http://10.0.0.1/"><a/>'.encode("utf-16"), "doctype"),
        (b"<a>" * 101 + b"</a>" * 101, "too_deep"),
        (b"<a>&b;</a>", "not_xml"),
        (b"<a>", "not_xml"),
        (b"", "not_xml"),
        (b'<?xml version="1.0" encoding="rot13"?><a/>', "not_xml"),
    ],
)
def test_xml_that_is_refused(data: bytes, code: str) -> None:
    assert code_of(lambda: safehttp.load_xml(data)) == code


def test_xml_that_is_read() -> None:
    root = safehttp.load_xml(b'<rss v="2"><a>x &amp; y</a></rss>')
    assert (root.tag, root.attrib, root.findtext("a")) == ("rss", {"v": "2"}, "x & y")


@pytest.mark.parametrize(
    ("page", "title"),
    [
        ("<title>Tool\n  one</title>", "Tool one"),
        ("<TITLE data-x='1'>A &lt;b&gt;</TITLE><title>B</title>", "A <b>"),
        ("<title>never closed", "never closed"),
        ("<p>no title", ""),
        ("<title" * 100_000, ""),
    ],
)
def test_titles(page: str, title: str) -> None:
    assert safehttp.title(page) == title


def test_a_title_is_cut() -> None:
    assert safehttp.title(TITLE) == ("Tool & more " * 25)[:300]


TEXT = Answer("https://a.example/", "ok", "200", "", body="ä".encode())


@pytest.mark.parametrize(
    ("content_type", "body", "text"),
    [
        ("text/html", "ä\0b".encode(), "äb"),
        ("text/html; charset=utf-8", b"\xe4", "�"),
        ("text/html; charset=ISO-8859-1", b"\xe4\x80", "ä€"),
        ('text/html; x=y; Charset="windows-1252"', b"\xe4", "ä"),
        ("text/html; charset=iso-8859-15", b"\xa4", "€"),
        ("text/html; charset=us-ascii", b"a\xe4", "a�"),
        ("text/html; charset=utf-16", b"a\0b\0", "ab"),
        ("text/html", "ä".encode("utf-16"), "ä"),
        ("text/html", b"\xef\xbb\xbf\xc3\xa4", "ä"),
        ("text/html; charset=rot13", b"abc", "abc"),
        ("text/html; charset=zlib", b"abc", "abc"),
        ("text/html; charset=unicode_escape", b"\\u0041", "\\u0041"),
        ("text/html; charset=", b"abc", "abc"),
    ],
)
def test_text(content_type: str, body: bytes, text: str) -> None:
    hop = Hop("GET", "https://a.example/", headers=(("Content-Type", content_type),))
    assert safehttp.text(replace(TEXT, hops=(hop,), body=body)) == text
