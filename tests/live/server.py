"""A real MCP server on loopback over TLS, for the environment of requirements/live.txt: nothing of ours is imported.

python server.py CERTIFICATE KEY TOOL ...: the file with certificate and private key; the key that callers have to send,
"" for none; the names of its tools. Writes its port when it listens, then the path and the status of each answer.
"""

from __future__ import annotations

import socket
import sys
from typing import Any

import uvicorn
from mcp.server.fastmcp import FastMCP  # type: ignore[attr-defined]  # of the other environment's mcp

certificate, key, *names = sys.argv[1:]
server = FastMCP("papers")
app: Any = server.streamable_http_app()


def never(subject: str) -> str:
    """Finds papers about a subject and returns their titles, newest first."""
    raise AssertionError(f"a tool was called with {subject}")


for name in names:
    server.add_tool(never, name=name)


def say(line: str) -> None:
    """Write a line at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


async def gate(scope: Any, receive: Any, send: Any) -> None:
    """Answer 401 to who does not send the key, and say what is answered."""

    async def said(message: Any) -> None:
        if message["type"] == "http.response.start":
            say(f"{scope['path']} {message['status']}")
        await send(message)

    given = dict(scope.get("headers", ())).get(b"authorization", b"").decode()
    if scope["type"] == "http" and key and given != f"Bearer {key}":
        await said({"type": "http.response.start", "status": 401, "headers": []})
        await said({"type": "http.response.body", "body": b""})
        return
    await app(scope, receive, said)


listening = socket.create_server(("127.0.0.1", 0))
say(str(listening.getsockname()[1]))
config = uvicorn.Config(gate, ssl_certfile=certificate, ssl_keyfile=certificate, log_level="error")
uvicorn.Server(config).run(sockets=[listening])
