"""The catalog that is asked, and the command that asks it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.db import connections

from aicatalog.cli import run
from tests import make
from tests.client.lock.site import MCP, PAPERS, Run, Site, look
from verification.models import Endpoint


@pytest.fixture
def _connections_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the threads of the live server leave no connection behind."""
    monkeypatch.setitem(connections.settings["default"], "CONN_MAX_AGE", 0)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Be in an empty folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("AICATALOG", raising=False)
    monkeypatch.delenv("AICATALOG_KEY", raising=False)
    return tmp_path


@pytest.fixture(params=["online", "offline"])
def site(request: pytest.FixtureRequest, live_server: Any, settings: Any, here: Path) -> Site:
    """List two tools, one of which speaks MCP and was looked at."""
    settings.SITE_URL, settings.PAGE_CACHE_SECONDS = live_server.url, 0
    settings.VAR_DIR = here / "var"
    tool = make.tool(**PAPERS)
    make.tool(slug="other", name="Other")
    look(tool)
    Endpoint.objects.create(tool=tool, subject=MCP, state="healthy")
    return Site(request.param, live_server.url, here / "export")


@pytest.fixture
def aicatalog(site: Site, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run the command and return its exit code, its answer and what it told beside that."""

    def command(*arguments: str) -> tuple[int, str, str]:
        code = run([*arguments, "--from", site.where()])
        out, err = capsys.readouterr()
        return code, out, err.replace(site.address, "SITE")

    return command
