"""A remote MCP server: does it speak the protocol. Says hello in both eras, asks for the tools, never calls one."""

from __future__ import annotations

from core.safehttp import Limits
from verification import interfaces
from verification.contract import Step
from verification.mcp import conversation

STEP = Step(
    key="mcp_handshake",
    title="MCP handshake",
    group="endpoints",
    proves="A server at this address answered as the Model Context Protocol wants it. No tool was called.",
    codes=conversation.CODES,
    check=conversation.converse,
    shared=True,
    subjects=interfaces.addresses(["mcp-remote"], "url", "base_url"),
    requests=conversation.REQUESTS,
    limits=Limits(total=15),
    endpoint=True,
)
