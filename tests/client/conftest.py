"""What tests of the client share: a site with a few tools, an export of it, the command, a host that misbehaves."""

from __future__ import annotations

import logging
import os
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from django.db import connections

from aicatalog import cli
from api.exports import writing
from api.manifests import keeping
from tests import make
from tests.api.exports.conftest import fill

CLIENT = Path(__file__).resolve().parents[2] / "clients" / "python"


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no variable of who runs the suite choose the catalog, and no thread of a live server keep a connection."""
    for name in ("AICATALOG", "AICATALOG_KEY", "NO_COLOR", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(logging.getLogger("httpx"), "disabled", True)  # the site's logging would print each request
    monkeypatch.setitem(connections.settings["default"], "CONN_MAX_AGE", 0)


def listed() -> None:
    """List the three tools of exports, and two that machines can use."""
    fill()
    make.tool(
        slug="deepgram", name="Deepgram", tagline="Speech to text in real time", kind="api", vendor="Deepgram Inc",
        pricing={"access": "free_tier", "model": ["usage"], "source": "proprietary", "said_by": "docs"},
        interfaces=[
            {"kind": "rest", "base_url": "https://api.deepgram.example/v1", "auth": "apiKey", "env": "DEEPGRAM_KEY"},
            {"kind": "mcp-remote", "url": "https://mcp.deepgram.example/", "auth": "http", "env": "DEEPGRAM_TOKEN"},
        ],
        links={"docs": "https://docs.deepgram.example"}, platforms=["api"],
    )  # fmt: skip
    make.tool(slug="bark", name="Bark", tagline="Text to speech on your own machine", platforms=["self-hosted"])
    keeping.sweep()


@pytest.fixture
def site(live_server: Any) -> str:
    """The address of a site with five tools."""
    listed()
    return str(live_server.url)


@pytest.fixture
def folder(tmp_path: Path, transactional_db: None) -> Path:
    """The folder of an export of those five tools."""
    listed()
    writing.export(tmp_path / "export")
    return tmp_path / "export"


@dataclass(frozen=True)
class Ran:
    """What a command left behind."""

    code: int
    out: str
    err: str


Run = Callable[..., Ran]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Run `aicatalog` with arguments, in this process."""

    def ran(*arguments: str) -> Ran:
        capsys.readouterr()
        code = cli.run(list(arguments))
        said = capsys.readouterr()
        return Ran(code, said.out, said.err)

    return ran


def command() -> tuple[list[str], dict[str, str]]:
    """Return how another process runs the command, and its environment."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("AICATALOG")}
    return [sys.executable, "-m", "aicatalog"], env | {"PYTHONPATH": str(CLIENT)}


@dataclass
class Host:
    """A host that answers what a test says. `asked` are the paths and headers of what came."""

    address: str = ""
    answers: list[Any] = field(default_factory=list)  # (status, headers, body), used up in turn; the last stays
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    def says(self, status: int, body: bytes | str, **headers: str) -> Host:
        """Add an answer."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.answers.append((status, named, body.encode() if isinstance(body, str) else body))
        return self


@contextmanager
def hosting(answer: Callable[[BaseHTTPRequestHandler], None]) -> Iterator[str]:
    """Run a server on this machine whose GETs `answer` answers; yield its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answer(self)

        def log_message(self, format: str, *arguments: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def host() -> Iterator[Host]:
    """A host whose answers a test names."""
    found = Host()

    def answer(handler: BaseHTTPRequestHandler) -> None:
        found.asked.append((handler.path, dict(handler.headers.items())))
        status, headers, body = found.answers.pop(0) if len(found.answers) > 1 else found.answers[0]
        handler.send_response(status)
        for name, value in ({"Content-Type": "application/json", "Content-Length": str(len(body))} | headers).items():
            if value:
                handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(body)

    with hosting(answer) as address:
        found.address = address
        yield found


@pytest.fixture
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Let waiting take no time; return what was waited for, in seconds."""
    waited: list[float] = []
    monkeypatch.setattr("aicatalog.asking.time.sleep", waited.append)
    return waited
