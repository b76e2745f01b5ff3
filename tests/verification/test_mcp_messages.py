"""Reading what an MCP server sends: event streams and JSON-RPC answers."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verification.mcp import jsonrpc, protocol, sse

RESULT = {"jsonrpc": "2.0", "id": 1, "result": {}}
LINE = b'data: {"jsonrpc":"2.0","id":1,"result":{}}\n\n'


@pytest.mark.parametrize(
    ("body", "events"),
    [
        (b"data: a\n\n", [("message", "a")]),
        (b"data:a\n\n", [("message", "a")]),
        (b"event: endpoint\ndata: /x\n\n", [("endpoint", "/x")]),
        (b"data: a\ndata: b\n\n", [("message", "a\nb")]),
        (b"data: a\r\n\r\ndata: b\r\n\r\n", [("message", "a"), ("message", "b")]),
        (b"data: a\r\rdata: b\r\r", [("message", "a"), ("message", "b")]),
        (b"\xef\xbb\xbfdata: a\n\n", [("message", "a")]),
        (b": comment\n\nid: 7\nretry: 10\n\n", []),
        (b"event: x\n\ndata: a\n\n", [("message", "a")]),  # an event without data is none, and its name is forgotten
        (b"data: a\n", []),  # not ended yet
        (b"data: a\n\ndata: b", [("message", "a")]),
        (b"", []),
    ],
)
def test_events_of_a_stream(body: bytes, events: list[tuple[str, str]]) -> None:
    assert list(sse.events(body)) == events


@given(st.binary(max_size=300))
def test_no_stream_raises(body: bytes) -> None:
    assert sse.answer_to(body, 1) is None or b"jsonrpc" in body
    sse.has_endpoint(body)
    sse.reader(1)(body)


@pytest.mark.parametrize("cut", range(len(LINE) + 1))
def test_a_reader_stops_as_soon_as_the_answer_is_whole(cut: int) -> None:
    done = sse.reader(1)

    assert done(LINE[:cut]) is (cut == len(LINE))


def test_a_reader_skips_other_messages_and_finds_the_answer_in_pieces() -> None:
    done = sse.reader(2)
    other = b'data: {"jsonrpc":"2.0","method":"notifications/message"}\n\n' + LINE

    assert done(other) is False
    assert done(other + b": ping\n\n") is False
    assert done(other + b": ping\n\n" + LINE.replace(b'"id":1', b'"id":2')) is True


def test_a_reader_lets_a_json_body_be_read_to_its_end() -> None:
    assert sse.reader(1)(json.dumps(RESULT).encode() + b"\n\n") is False


@pytest.mark.parametrize(
    ("value", "is_one"),
    [
        (RESULT, True),
        (RESULT | {"id": 2}, False),
        (RESULT | {"id": "1"}, False),
        (RESULT | {"id": True}, False),
        (RESULT | {"id": None}, False),
        (RESULT | {"jsonrpc": "1.0"}, False),
        (RESULT | {"result": []}, False),
        ([RESULT], False),
        ("x", False),
        ({"jsonrpc": "2.0", "id": 1, "error": {"code": -1, "message": "x"}}, True),
        ({"jsonrpc": "2.0", "id": None, "error": {"code": -1, "message": "x"}}, True),
        ({"jsonrpc": "2.0", "error": {"code": -1, "message": "x"}}, True),
        ({"jsonrpc": "2.0", "id": 9, "error": {"code": -1, "message": "x"}}, False),
        ({"jsonrpc": "2.0", "id": 1, "error": "x"}, False),
        ({"jsonrpc": "2.0", "id": 1, "method": "ping"}, False),
    ],
)
def test_what_is_an_answer_to_request_1(value: Any, is_one: bool) -> None:
    assert jsonrpc.is_answer(value, 1) is is_one


@pytest.mark.parametrize("error", [None, {}, {"error": []}, {"error": {"code": "x", "message": 5}}])
def test_odd_errors_have_no_code_and_no_text(error: Any) -> None:
    assert jsonrpc.error_code(error) is None
    assert jsonrpc.error_text(error) == ""


@pytest.mark.parametrize(
    ("data", "versions"),
    [({"supported": ["2025-06-18", 7]}, ["2025-06-18"]), ({"supported": "2025-06-18"}, []), (None, []), ([], [])],
)
def test_versions_of_an_unsupported_version_error(data: Any, versions: list[str]) -> None:
    assert protocol.supported_versions({"error": {"code": -32022, "data": data}}) == versions


def test_a_modern_request_says_the_same_in_headers_and_body() -> None:
    body = json.loads(protocol.request(3, "tools/list", {"cursor": "x"}, modern=True))
    headers = protocol.headers(version=protocol.MODERN, method="tools/list")

    meta = body["params"]["_meta"]
    assert headers["MCP-Protocol-Version"] == meta["io.modelcontextprotocol/protocolVersion"] == "2026-07-28"
    assert headers["Mcp-Method"] == body["method"] == "tools/list"
    assert body["params"]["cursor"] == "x"
    assert meta["io.modelcontextprotocol/clientCapabilities"] == {}
    assert set(meta["io.modelcontextprotocol/clientInfo"]) == {"name", "version"}


def test_a_legacy_request_has_no_meta_and_no_method_header() -> None:
    assert json.loads(protocol.request(1, "tools/list", {}, modern=False))["params"] == {}
    assert protocol.headers(version="2025-06-18", session="s") == {
        "Accept": "application/json, text/event-stream",
        "Content-Type": "application/json",
        "MCP-Protocol-Version": "2025-06-18",
        "Mcp-Session-Id": "s",
    }
