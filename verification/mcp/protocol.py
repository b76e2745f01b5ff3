"""Messages of both eras: 2026-07-28 (no sessions, everything in each request) and `initialize` until 2025-11-25."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from django.conf import settings

from core import safehttp
from core.safehttp import Answer
from verification.mcp import sse
from verification.mcp.jsonrpc import is_answer

MODERN = "2026-07-28"
LEGACY = "2025-11-25"  # what we ask for; a server may answer with any older one
OLDER = {"2025-06-18", "2025-03-26", "2024-11-05"}
UNSUPPORTED_VERSION = -32022
MODERN_ERRORS = {-32020, -32021, UNSUPPORTED_VERSION}  # HeaderMismatch, MissingRequiredClientCapability
UNKNOWN_METHOD = -32601
META = "io.modelcontextprotocol/"
DEEPEST = 200  # levels of JSON that are read; schemas may be deep, and a deep one is told apart later
ACCEPT = "application/json, text/event-stream"


def client_info() -> dict[str, str]:
    """Return who asks."""
    return {"name": f"{settings.SITE_NAME.replace(' ', '')}Bot", "version": "1.0"}


def request(number: int, method: str, params: Mapping[str, Any], *, modern: bool) -> bytes:
    """Return the body of a request; in the modern era it says in `_meta` who asks and how."""
    whole = dict(params)
    if modern:
        whole["_meta"] = {
            f"{META}protocolVersion": MODERN,
            f"{META}clientInfo": client_info(),
            f"{META}clientCapabilities": {},
        }
    return _bytes({"jsonrpc": "2.0", "id": number, "method": method, "params": whole})


def notification(method: str) -> bytes:
    """Return the body of a notification."""
    return _bytes({"jsonrpc": "2.0", "method": method})


def headers(*, version: str = "", method: str = "", session: str = "") -> dict[str, str]:
    """Return a request's headers. `method` only in the modern era, where it has to repeat the body's."""
    found = {"Accept": ACCEPT, "Content-Type": "application/json"}
    named = {"MCP-Protocol-Version": version, "Mcp-Method": method, "Mcp-Session-Id": session}
    return found | {name: value for name, value in named.items() if value}


def message_in(answer: Answer, number: int) -> dict[str, Any] | None:
    """Return the JSON-RPC answer to request `number`, from a JSON body or an event stream; None when there is none."""
    if answer.content_type == "text/event-stream":
        return sse.answer_to(answer.body, number)
    try:
        value = safehttp.load_json(answer.body, depth=DEEPEST)
    except safehttp.BadDocument:
        return None
    return value if is_answer(value, number) else None  # type: ignore[return-value]


def supported_versions(message: Mapping[str, Any]) -> list[str]:
    """Return the versions that an UnsupportedProtocolVersion error offers."""
    data = message.get("error", {}).get("data")
    found = data.get("supported") if isinstance(data, dict) else None
    return [one for one in found if isinstance(one, str)] if isinstance(found, list) else []


def _bytes(value: Mapping[str, Any]) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()
