"""The tool of the walkthrough, https://papers.example/mcp: a loopback MCP server that changes, and the way to it."""

from __future__ import annotations

import contextlib
import socket
import threading
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.zoo.animal import Animal, Raw, Reply, Request
from tests.zoo.mcp_servers import answer, modern, tool
from tests.zoo.server import Zoo

TITLES = ["On {}, 2026", "More on {}, 2025"]
SUBJECT = {"subject": {"type": "string", "description": "What the papers are about."}}
NEWEST = {"newest": {"type": "integer", "description": "How many papers, the newest first."}}
WORDS = "Finds papers about a subject and returns their titles, newest first."


def find_papers(**arguments: Any) -> dict[str, Any]:
    """Return the tool, which wants these arguments."""
    schema = {"type": "object", "properties": arguments, "required": [*arguments]}
    found: dict[str, Any] = tool("find_papers", WORDS, inputSchema=schema)
    return found


class Vendor:
    """Serves the tool, and tunnels to it as a proxy does (CONNECT), for programs that know nothing of the zoo."""

    def __init__(self, folder: Path) -> None:
        """`folder` receives the certificate of the authority that signed for papers.example."""
        self.tool = find_papers(**SUBJECT)
        self.zoo = Zoo({"papers": Animal("papers", "Papers.", (), self._serve)}, folder)
        self.ca_file = str(self.zoo.authority.ca_file)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.proxy = f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def change(self) -> None:
        """Let the tool want another argument."""
        self.tool = find_papers(**SUBJECT, **NEWEST)

    def _serve(self, request: Request) -> Reply | Raw:
        asked: Any = request.json() if request.method == "POST" else {}
        method = asked.get("method")
        if method == "tools/list":  # strict clients want to know for how long they may keep it
            listed = {"tools": [self.tool], "ttlMs": 0, "cacheScope": "public", "resultType": "complete"}
            return answer(request, listed, sse=False)
        if method != "tools/call":
            return modern()(request)
        given = asked["params"].get("arguments", {})
        missing = [name for name in self.tool["inputSchema"]["required"] if name not in given]
        titles = "\n".join(TITLES[: given.get("newest")]).replace("{}", str(given.get("subject")))
        said = {"type": "text", "text": f"missing: {missing}" if missing else titles}
        return answer(request, {"content": [said], "isError": bool(missing), "resultType": "complete"}, sse=False)

    def __enter__(self) -> Self:
        self.zoo.__enter__()
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._listener.close()
        self.zoo.__exit__(kind, error, trace)

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                threading.Thread(target=self._tunnel, args=(connection,), daemon=True).start()

    def _tunnel(self, connection: socket.socket) -> None:
        port = int(self.zoo.environment["PROBE_PORTS"].rpartition("443=")[2])
        with connection, contextlib.suppress(OSError):
            head = b""
            while b"\r\n\r\n" not in head:
                head += connection.recv(4_096)
            if not head.startswith(b"CONNECT papers.example:443 "):
                connection.sendall(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
                return
            with socket.create_connection(("127.0.0.1", port)) as there:
                connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
                back = threading.Thread(target=_copy, args=(there, connection), daemon=True)
                back.start()
                _copy(connection, there)
                back.join(30)


def _copy(of: socket.socket, to: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := of.recv(65_536):
            to.sendall(data)
        to.shutdown(socket.SHUT_WR)
