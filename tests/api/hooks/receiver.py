"""A receiver of webhooks on the loopback, which answers as a test says and keeps what came."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from standardwebhooks import Webhook

HERE = "127.0.0.1"
URL = "http://hooks.example-ai.com/in"


@dataclass
class Receiver:
    """What came, and what is answered: the next of `answers`, then 204."""

    port: int = 0
    came: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)
    by_event: dict[str, int] = field(default_factory=dict)  # answers by the beginning of a webhook-id
    headers: dict[str, str] = field(default_factory=dict)  # of each answer
    body: bytes = b""
    pause: float = 0.0  # seconds before each answer
    slow: dict[str, float] = field(default_factory=dict)  # the same by path
    paths: list[str] = field(default_factory=list)  # that were asked, in order

    @property
    def ids(self) -> list[str]:
        """The webhook-ids that came, in order."""
        return [headers["webhook-id"] for headers, _ in self.came]

    def verified(self, secret: str, at: int = -1) -> Any:
        """Return an event as the library reads it; raises when its signature is wrong."""
        headers, body = self.came[at]
        return Webhook(secret).verify(body, headers)


@contextmanager
def receiver() -> Iterator[Receiver]:
    """Run one."""
    found = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            found.came.append((headers, body))
            found.paths.append(self.path)
            time.sleep(found.slow.get(self.path, found.pause))
            status = next(
                (code for start, code in found.by_event.items() if headers["webhook-id"].startswith(start)), 0
            ) or (found.answers.pop(0) if found.answers else 204)
            self.send_response(status)
            for name, value in found.headers.items():
                self.send_header(name, value)
            if status != 204:
                self.send_header("Content-Length", str(len(found.body)))
            self.end_headers()
            if status != 204:
                self.wfile.write(found.body)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    with ThreadingHTTPServer((HERE, 0), Handler) as server:
        found.port = server.server_address[1]
        threading.Thread(target=server.serve_forever, args=[0.05], daemon=True).start()
        yield found
        server.shutdown()
