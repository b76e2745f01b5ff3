"""The stand-in's HTTP server: the API, the pages that a buyer sees, and the control of what happens."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
import time
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

from featured.standin import api, control, faults, keeping, pages
from featured.standin.account import Account

HOST = "127.0.0.1"  # nothing else is ever bound
LONGEST = 1_048_576  # bytes of a request
TICK = 0.5  # seconds between looks at the clock


class StandIn:
    """The running stand-in. `with StandIn() as standin:` then `standin.base` is STRIPE_API_BASE."""

    def __init__(self, port: int = 0, state: Path | None = None) -> None:
        """Bind `port` of this machine (0: any free one); `state` is a file that keeps the account.

        Raises OSError when somebody has the port, ValueError when the file cannot be used.
        """
        self.account = Account()
        self._http = _Server((HOST, port), _Handler)
        self._http.account = self.account
        self._closing = threading.Event()
        self.port = int(self._http.server_address[1])
        self.base = self.account.base = f"http://{HOST}:{self.port}"
        self._state = state
        try:
            if state:
                keeping.load(self.account, state)
        except (OSError, ValueError):
            self._http.server_close()
            raise

    def __enter__(self) -> Self:
        for target in (self._http.serve_forever, self._tick):
            threading.Thread(target=target, name="stripe-stand-in", daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.set()
        self.account.post.stop()
        self._http.shutdown()
        self._http.server_close()
        self._keep()

    def _tick(self) -> None:
        kept = keeping.mark(self.account)
        while not self._closing.wait(TICK):
            self.account.catch_up()
            if self._state and kept != keeping.mark(self.account):
                kept = keeping.mark(self.account)
                self._keep()

    def _keep(self) -> None:
        if self._state:
            keeping.save(self.account, self._state)


class _Server(ThreadingHTTPServer):
    account: Account
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of a connection that broke."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    server_version, sys_version = "StripeStandIn", ""
    timeout = 60
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        self._answer(b"")

    def do_POST(self) -> None:
        self._answer(self._body())

    def do_DELETE(self) -> None:
        self._answer(self._body())

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing: the site's log tells of its calls."""

    def _body(self) -> bytes:
        length = self.headers.get("Content-Length", "0")
        size = int(length) if length.isascii() and length.isdigit() else 0
        if size > LONGEST:
            self.close_connection = True
            size = 0
        return self.rfile.read(size)

    def _answer(self, body: bytes) -> None:
        parts = urlsplit(self.path)
        account = self.server.account
        if not self._is_ours():
            self._send(HTTPStatus.FORBIDDEN, b"This is for programs and people of this machine only.\n", "text/plain")
        elif parts.path.startswith("/v1/"):
            text = "&".join(one for one in (parts.query, body.decode(errors="replace")) if one)
            self._call(parts.path, text)
        elif parts.path.startswith("/_control/") and self.command == "POST":
            status, answer = control.command(account, parts.path.removeprefix("/_control/"), body)
            self._send(status, json.dumps(answer, indent=2).encode() + b"\n", "application/json")
        else:
            page = pages.page(account, self.command, parts.path, body.decode(errors="replace"))
            self._send(page.status, page.body, page.kind, page.headers)

    def _is_ours(self) -> bool:
        """Refuse other names for this address, and forms that another site's page sends here."""
        host = urlsplit(f"//{self.headers.get('Host', '')}")
        origin = self.headers.get("Origin")
        own = f"http://{self.headers.get('Host')}"
        return host.hostname in {"127.0.0.1", "localhost"} and origin in {None, own}

    def _call(self, path: str, text: str) -> None:
        account = self.server.account
        headers = {name.lower(): value for name, value in self.headers.items()}
        request = api.Request(self.command, path, text, headers)
        with account.lock:
            fault = account.faults.take(path)
        if fault and fault.kind == "500_kept":
            api.keep_error(account, request, faults.error("500"))
        if fault and not fault.after and self._goes_wrong(fault):
            return
        answer = api.call(account, request)
        if fault and fault.after and self._goes_wrong(fault):
            return
        self._send(answer.status, json.dumps(answer.body).encode(), "application/json", answer.headers)

    def _goes_wrong(self, fault: faults.Fault) -> bool:
        """Do it; return whether the call is over by that."""
        kind = fault.kind.removesuffix("_after").removesuffix("_kept")
        if kind == "hang":
            time.sleep(fault.seconds)
            return False
        if kind == "close":
            self.close_connection = True
            with contextlib.suppress(OSError):
                self.connection.shutdown(socket.SHUT_RDWR)
            return True
        error = faults.error(kind)
        self._send(error.status, json.dumps(error.body()).encode(), "application/json")
        return True

    def _send(self, status: int, body: bytes, kind: str, headers: dict[str, str] | None = None) -> None:
        with contextlib.suppress(ConnectionError):
            self.send_response(status)
            sent = {"Content-Type": kind, "Content-Length": str(len(body)), "Cache-Control": "no-store"}
            for name, value in (sent | (headers or {})).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)
