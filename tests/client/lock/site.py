"""A catalog with a tool that speaks MCP, asked over its API or as an export of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from api.exports import writing
from api.manifests import keeping
from catalog import services
from catalog.models import Tool
from tests import make
from tests.verification import make_runs

MCP = "https://mcp.example.com/mcp"
REMOTE = {"kind": "mcp-remote", "url": MCP, "auth": "none"}
REST = {"kind": "rest", "base_url": "https://api.example.com/v1"}
PLAN = {"name": "Pro", "amount": "20", "currency": "USD", "period": "month", "seen": "2026-11-01"}
PARTS = {"find": {"input": "1" * 64, "words": "2" * 64}}
PAPERS = {"slug": "papers", "name": "Papers", "homepage": "https://papers.example.com", "licence": "MIT",
          "interfaces": [REMOTE, REST], "plans": [PLAN]}  # fmt: skip
Run = Callable[..., tuple[int, str, str]]


class Site:
    """How the catalog is asked: over its API, or as an export that is made anew before each command."""

    def __init__(self, kind: str, address: str, folder: Path) -> None:
        self.kind, self.address, self.folder = kind, address, folder

    def where(self) -> str:
        keeping.sweep()
        if self.kind == "online":
            return self.address
        writing.export(self.folder, ["sqlite", "seen"])
        return str(self.folder)


def look(tool: Tool, parts: dict[str, dict[str, str]] | None = None, sha256: str = "a" * 64) -> None:
    said = {"tools_hash": sha256, "tools_count": 1, "tools_parts": PARTS if parts is None else parts}
    make_runs.run(tool, {"key": "mcp_handshake", "subject": MCP, "detail": said})


def changed(**changes: Any) -> None:
    tool = Tool.objects.get(slug="papers")
    services.update_tool(tool, make.record(**PAPERS | changes), categories=make.categories())


def locked(file: str = "catalog.lock.json") -> Any:
    return json.loads(Path(file).read_bytes())["tools"]


def found(aicatalog: Run, *options: str) -> tuple[int, dict[str, Any]]:
    """Return the exit code of a check, and what it says of the tool."""
    code, out, _ = aicatalog("check", "--json", *options)
    said = json.loads(out)
    assert said["fails"] is (code == 1)
    return code, {one["tool"]: one for one in said["tools"]}["papers"]
