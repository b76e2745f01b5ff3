"""MCP servers that speak the protocol, and those that do not."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator

from tests.zoo.animal import Animal, Expect, Raw, Reply, Request, Serve, as_json, page
from tests.zoo.mcp_servers import JSON, SSE, TOOLS, always, answer, at_mcp, by_method, error, legacy, modern
from verification.contract import Interface

LISTING = {"interfaces": (Interface("mcp-remote", url="https://@/mcp"),)}
FINE = (
    Expect("mcp_tools", "pass", "in_order"),
    Expect("mcp_lint", "pass", "described"),
    Expect("mcp_poisoning", "pass", "nothing_found"),
    Expect("mcp_auth", "skipped", "open"),
    Expect("server_card", "skipped", "absent"),
)
NOTHING = tuple(
    Expect(step, "skipped", "need_not_met") for step in ("mcp_tools", "mcp_lint", "mcp_poisoning", "mcp_auth")
)


def _one(name: str, about: str, serve: Serve, verdict: str, code: str, *more: Expect) -> Animal:
    return Animal(name, about, (Expect("mcp_handshake", verdict, code), *more), serve, LISTING)


def _endless(request: Request) -> Iterator[bytes]:
    for _ in range(200):
        yield b": still here\n\n"
        time.sleep(0.25)


def _result_then_open(request: Request) -> Iterator[bytes]:
    asked = request.json()
    result = {"supportedVersions": ["2026-07-28"], "capabilities": {}}
    yield b"data: " + json.dumps({"jsonrpc": "2.0", "id": asked["id"], "result": result}).encode() + b"\n\n"
    yield from _endless(request)


def _hang(connection: socket.socket) -> None:
    connection.settimeout(40)
    try:
        connection.recv(1)
    except OSError:
        return


def _old_stream(request: Request) -> Reply:
    if request.method == "GET":
        pieces = iter([b"event: endpoint\ndata: /messages?session=1\n\n", *([b": ping\n\n"] * 3)])
        return Reply(200, pieces, SSE)
    return Reply(405)


def _unauthorized(request: Request) -> Reply:
    return Reply(401, b'{"error":"unauthorized"}', JSON, (("WWW-Authenticate", "Bearer"),))


def _second_thoughts() -> Serve:
    speaks = modern()

    def serve(request: Request) -> Reply | Raw:
        asked = request.json()
        if isinstance(asked, dict) and asked.get("id") == 1 and request.path == "/mcp":
            return error(request, -32022, "Unsupported protocol version", 400, {"supported": ["2026-07-28"]})
        return speaks(request)

    return serve


CHALLENGE = page("Just a moment...", "Enable JavaScript and cookies to continue")
UNSUPPORTED = {"supported": ["2027-01-01"], "requested": "2026-07-28"}
SPEAKS = ("pass", "speaks_modern"), ("pass", "speaks_legacy")
ANIMALS = (
    _one("mcp_modern", "An MCP server of 2026-07-28 that answers in JSON.", modern(), *SPEAKS[0], *FINE),
    _one(
        "mcp_modern_sse",
        "An MCP server of 2026-07-28 that answers in event streams.",
        modern(sse=True),
        *SPEAKS[0],
        *FINE,
    ),
    _one(
        "mcp_modern_paged", "An MCP server whose list has several pages.", modern(TOOLS * 1, size=1), *SPEAKS[0], *FINE
    ),
    _one("mcp_legacy", "An MCP server with initialize and a session.", legacy(), *SPEAKS[1], *FINE),
    _one(
        "mcp_legacy_sse",
        "An older MCP server that answers in event streams.",
        legacy(sse=True, version="2025-03-26"),
        *SPEAKS[1],
        *FINE,
    ),
    _one(
        "mcp_legacy_stateless",
        "An older MCP server without sessions.",
        legacy(session="", version="2025-11-25"),
        *SPEAKS[1],
        *FINE,
    ),
    _one(
        "mcp_legacy_500",
        "An older MCP server that answers unknown methods with 500.",
        legacy(unknown=lambda _request: Reply(500, b"oops", "text/plain")),
        *SPEAKS[1],
        *FINE,
    ),
    _one(
        "mcp_legacy_404",
        "An older MCP server that answers unknown methods with 404 and -32601.",
        legacy(unknown=lambda request: error(request, -32601, "Method not found", 404)),
        *SPEAKS[1],
        *FINE,
    ),
    _one(
        "mcp_legacy_only_anonymous",
        "Asks for credentials, but lists its tools to anybody after initialize.",
        legacy(unknown=_unauthorized),
        *SPEAKS[1],
        *FINE,
    ),
    _one(
        "mcp_legacy_empty_result",
        "An older MCP server that answers an empty result to unknown methods.",
        legacy(unknown=lambda request: answer(request, {}, sse=False)),
        *SPEAKS[1],
        *FINE,
    ),
    _one(
        "mcp_second_thoughts",
        "Refuses our version once, and names that very version as the one it speaks.",
        _second_thoughts(),
        *SPEAKS[0],
        *FINE,
    ),
    _one(
        "mcp_offers_old_only",
        "Refuses 2026-07-28 and offers an older version, which it speaks.",
        legacy(unknown=lambda request: error(request, -32022, "Unsupported", 400, {"supported": ["2025-06-18"]})),
        *SPEAKS[1],
        *FINE,
    ),
    _one(
        "mcp_stream_stays_open",
        "Sends its answer and leaves the stream open.",
        by_method(server_discover=lambda request: Reply(200, _result_then_open(request), SSE)),
        *SPEAKS[0],
    ),
    _one(
        "mcp_prompts_only",
        "An MCP server without tools.",
        modern(capabilities={"prompts": {}}),
        *SPEAKS[0],
        Expect("mcp_tools", "skipped", "need_not_met"),
    ),
    _one(
        "mcp_newer",
        "Speaks a protocol version from the future.",
        modern(supportedVersions=["2027-06-01"]),
        "warn",
        "newer_version",
    ),
    _one(
        "mcp_newer_legacy",
        "Agrees on a version that nobody knows.",
        legacy(version="2026-01-01"),
        "warn",
        "newer_version",
    ),
    _one(
        "mcp_no_common_version",
        "Refuses our version and offers none that we know.",
        by_method(
            server_discover=lambda request: error(request, -32022, "Unsupported protocol version", 400, UNSUPPORTED)
        ),
        "warn",
        "no_common_version",
        *NOTHING,
    ),
    _one(
        "mcp_wants_capability",
        "Refuses a client without a capability (-32021).",
        by_method(server_discover=lambda request: error(request, -32021, "Missing capability")),
        "warn",
        "error_answer",
    ),
    _one("mcp_old_transport", "Speaks the HTTP+SSE transport of 2024 only.", at_mcp(_old_stream), "warn", "legacy_sse"),
    _one(
        "mcp_tools_fail",
        "Says hello, then fails to list its tools.",
        by_method(
            server_discover=lambda request: answer(
                request, {"supportedVersions": ["2026-07-28"], "capabilities": {"tools": {}}}, sse=False
            ),
            tools_list=lambda request: error(request, -32603, "Internal error", 200),
        ),
        "warn",
        "tools_not_listed",
        Expect("mcp_tools", "skipped", "need_not_met"),
    ),
    # -- no MCP at all
    _one(
        "mcp_html",
        "A page for people instead of MCP.",
        always(Reply(200, page("Welcome", "Hello."))),
        "fail",
        "http_not_mcp",
        *NOTHING,
    ),
    _one("mcp_404", "Nothing at the address.", always(Reply(404)), "fail", "no_mcp_at_url", *NOTHING),
    _one("mcp_405", "Refuses POST.", always(Reply(405)), "fail", "no_mcp_at_url"),
    _one("mcp_410", "Gone for good.", always(Reply(410)), "fail", "gone"),
    _one(
        "mcp_truncated",
        "JSON that breaks off.",
        always(Reply(200, b'{"jsonrpc":"2.0","id":1,"resu', JSON)),
        "fail",
        "malformed",
    ),
    _one("mcp_empty", "Accepts every request and says nothing.", always(Reply(202)), "fail", "malformed"),
    _one(
        "mcp_wrong_id",
        "Answers a request that nobody made.",
        always(as_json({"jsonrpc": "2.0", "id": 99, "result": {}})),
        "fail",
        "malformed",
    ),
    _one(
        "mcp_batch",
        "Answers one request with a list.",
        always(as_json([{"jsonrpc": "2.0", "id": 1, "result": {}}])),
        "fail",
        "malformed",
    ),
    _one(
        "mcp_other_json",
        "An API that has nothing to do with MCP.",
        always(as_json({"status": "ok"})),
        "fail",
        "malformed",
    ),
    _one(
        "mcp_bad_result",
        "Answers initialize without a version.",
        by_method(initialize=lambda request: answer(request, {"hello": "you"}, sse=False)),
        "fail",
        "malformed",
    ),
    # -- answers that say something else
    _one(
        "mcp_rpc_error",
        "Speaks JSON-RPC, but knows neither hello.",
        at_mcp(lambda request: error(request, -32601, "Method not found", 200)),
        "warn",
        "error_answer",
    ),
    _one(
        "mcp_400",
        "Refuses everything without saying why.",
        always(Reply(400, b"", "text/plain")),
        "inconclusive",
        "refused",
    ),
    _one(
        "mcp_redirect",
        "Redirects to another path.",
        always(Reply(308, headers=(("Location", "/mcp/"),))),
        "warn",
        "redirect_same_host",
    ),
    _one(
        "mcp_redirect_away",
        "Redirects to another host.",
        always(Reply(307, headers=(("Location", "https://elsewhere.example/mcp"),))),
        "warn",
        "redirect_other_host",
    ),
    _one(
        "mcp_402", "Asks for a payment.", always(as_json({"error": "pay"}, 402)), "pass", "payment_required", *NOTHING
    ),
    _one(
        "mcp_challenge",
        "A bot wall that answers with 200.",
        always(Reply(200, CHALLENGE)),
        "inconclusive",
        "bot_challenge",
    ),
    _one("mcp_403", "Refuses us.", always(Reply(403, b"{}", JSON)), "inconclusive", "forbidden"),
    _one(
        "mcp_429",
        "Asks us to come back later.",
        always(Reply(429, headers=(("Retry-After", "60"),))),
        "inconclusive",
        "rate_limited",
    ),
    _one("mcp_500", "Broken inside.", always(Reply(500, b"oops", "text/plain")), "fail", "server_error"),
    _one(
        "mcp_503",
        "Under maintenance for a while.",
        always(Reply(503, headers=(("Retry-After", "600"),))),
        "inconclusive",
        "rate_limited",
    ),
    _one("mcp_silent", "Takes the request and never answers.", at_mcp(lambda _request: Raw(_hang)), "fail", "timeout"),
    _one(
        "mcp_endless",
        "An event stream that never ends and never answers.",
        at_mcp(lambda request: Reply(200, _endless(request), SSE)),
        "fail",
        "timeout",
    ),
    _one(
        "mcp_huge",
        "An answer larger than we read.",
        at_mcp(
            lambda request: answer(
                request, {"supportedVersions": ["2026-07-28"], "capabilities": {"a": "x" * 1_200_000}}, sse=False
            )
        ),
        "inconclusive",
        "too_large",
    ),
)
