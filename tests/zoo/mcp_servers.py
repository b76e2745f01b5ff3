"""MCP servers for the zoo, of both eras. They never run a tool."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tests.zoo.animal import JSON, Raw, Reply, Request, Serve, as_json, page

Tool = dict[str, Any]
SSE = "text/event-stream"


def tool(name: str = "search_papers", description: str | None = None, **changes: Any) -> Tool:
    """Return an ordinary tool."""
    text = "Finds papers about a subject and returns their titles, authors and years, newest first."
    return {
        "name": name,
        "description": text if description is None else description,
        "inputSchema": {
            "type": "object",
            "properties": {"query": {"type": "string", "description": "What the papers are about."}},
            "required": ["query"],
        },
        "annotations": {"readOnlyHint": True},
    } | changes


TOOLS: tuple[Tool, ...] = (
    tool(),
    tool("get_paper", "Returns one paper by its number: abstract, references and where it was printed."),
)


def answer(
    request: Request, result: Mapping[str, Any], *, sse: bool, headers: tuple[tuple[str, str], ...] = ()
) -> Reply:
    """Return a JSON-RPC result, as JSON or as an event stream that begins with something else."""
    message = {"jsonrpc": "2.0", "id": request.json()["id"], "result": result}
    if not sse:
        return as_json(message, headers=headers)
    other = {"jsonrpc": "2.0", "method": "notifications/message", "params": {"level": "info", "data": "hello"}}
    events = [b": hello\n\n", b"data: " + json.dumps(other).encode() + b"\n\n"]
    events.append(b"event: message\nid: 1\ndata: " + json.dumps(message).encode() + b"\n\n")
    return Reply(200, events, SSE, headers)


def error(request: Request, code: int, message: str, status: int = 400, data: Any = None) -> Reply:
    """Return a JSON-RPC error."""
    value = {"code": code, "message": message} | ({"data": data} if data is not None else {})
    given = request.json()
    return as_json(
        {"jsonrpc": "2.0", "id": given.get("id") if isinstance(given, dict) else None, "error": value}, status
    )


def _page_of(tools: Sequence[Tool], params: Mapping[str, Any], size: int) -> dict[str, Any]:
    start = int(params.get("cursor", "0"))
    result: dict[str, Any] = {"tools": list(tools[start : start + size])}
    return result | ({"nextCursor": str(start + size)} if start + size < len(tools) else {})


def modern(tools: Sequence[Tool] = TOOLS, *, sse: bool = False, size: int = 1000, **changes: Any) -> Serve:
    """Return a server of 2026-07-28 at /mcp, strict about headers; `changes` go into its answer to server/discover."""

    def serve(request: Request) -> Reply:
        if request.method != "POST":
            return Reply(405)
        asked = request.json()
        meta = asked["params"].get("_meta", {})
        version = request.headers.get("mcp-protocol-version", "")
        if (
            request.headers.get("mcp-method") != asked["method"]
            or meta.get("io.modelcontextprotocol/protocolVersion") != version
        ):
            return error(request, -32020, "the headers do not agree with the body")
        if asked["method"] == "server/discover":
            said = {
                "supportedVersions": ["2026-07-28"],
                "capabilities": {"tools": {}},
                "_meta": {"io.modelcontextprotocol/serverInfo": {"name": "Papers", "version": "1.2.0"}},
                "instructions": "Search first, then get.",
                "ttlMs": 60_000,
                "cacheScope": "public",
                "resultType": "complete",
            }
            return answer(request, said | changes, sse=sse)
        if asked["method"] == "tools/list":
            return answer(request, _page_of(tools, asked["params"], size) | {"resultType": "complete"}, sse=sse)
        return error(request, -32601, "Method not found", 404)

    return at_mcp(serve)


def legacy(
    tools: Sequence[Tool] = TOOLS,
    *,
    sse: bool = False,
    version: str = "2025-06-18",
    session: str = "zoo-session-1",
    size: int = 1000,
    unknown: Callable[[Request], Reply] | None = None,
    **changes: Any,
) -> Serve:
    """Return a server with `initialize` at /mcp; `unknown` answers what it does not know, server/discover among it."""
    sessions: set[str] = set()

    def serve(request: Request) -> Reply:
        asked = request.json() if request.method == "POST" else None
        if request.method == "DELETE":
            sessions.discard(request.headers.get("mcp-session-id", ""))
            return Reply(204)
        if not isinstance(asked, dict):
            return Reply(405)
        if asked["method"] == "initialize":
            sessions.add(session)
            said = {
                "protocolVersion": version,
                "capabilities": {"tools": {"listChanged": False}},
                "serverInfo": {"name": "Papers", "version": "0.9"},
            }
            headers = (("Mcp-Session-Id", session),) if session else ()
            return answer(request, said | changes, sse=sse, headers=headers)
        if session and request.headers.get("mcp-session-id") not in sessions:
            return unknown(request) if unknown else error(request, -32000, "Bad Request: No valid session ID provided")
        if asked["method"] == "notifications/initialized":
            return Reply(202)
        if asked["method"] == "tools/list":
            return answer(request, _page_of(tools, asked.get("params", {}), size), sse=sse)
        return unknown(request) if unknown else error(request, -32601, "Method not found", 200)

    return at_mcp(serve)


def at_mcp(serve: Serve) -> Serve:
    """Return a site whose front page is a page and that has an MCP server at /mcp."""

    def whole(request: Request) -> Reply | Raw:
        path = request.path.split("?", 1)[0]
        if path == "/mcp":
            return serve(request)
        if path == "/":
            return Reply(200, page("Papers", "A server of papers for AI tools."))
        return Reply(404, page("Not found", "There is nothing here."))

    return whole


def always(reply: Reply) -> Serve:
    """Return a site that answers everything at /mcp in one way."""
    return at_mcp(lambda _request: reply)


def by_method(**replies: Reply | Serve) -> Serve:
    """Return a site that answers at /mcp by JSON-RPC method ("/" is "_"), else 404."""

    def serve(request: Request) -> Reply | Raw:
        asked = request.json()
        method = asked.get("method", "") if isinstance(asked, dict) else request.method
        found = replies.get(method.replace("/", "_"), Reply(404))
        return found if isinstance(found, Reply) else found(request)

    return at_mcp(serve)


__all__ = [
    "JSON", "SSE", "TOOLS", "Tool", "always", "answer", "at_mcp", "by_method", "error", "legacy", "modern", "tool",
]  # fmt: skip
