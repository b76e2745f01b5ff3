"""What to paste to reach a tool. Only what follows from the listed facts: no header or path is guessed."""

from __future__ import annotations

import json
from dataclasses import dataclass

from catalog.models import Interface, Tool
from catalog.validation import PACKAGE, VARIABLE

RUNNERS = {"npm": ("npx", ["-y"]), "pypi": ("uvx", [])}


@dataclass(frozen=True)
class Snippet:
    """A text to copy and what it is."""

    title: str
    text: str


def snippet(tool: Tool, interface: Interface) -> Snippet | None:
    """Return what to paste for this interface, or None where the facts do not say enough."""
    for value, pattern in ((interface.package, PACKAGE), (interface.image, PACKAGE), (interface.env, VARIABLE)):
        if value and not pattern.fullmatch(value):
            return None  # nobody pastes a name into a shell that is none
    if interface.kind == "mcp-remote" and interface.url:
        return Snippet("Client configuration, JSON", _mcp(tool, {"type": "http", "url": interface.url}))
    if interface.kind == "mcp-package" and interface.registry in RUNNERS:
        command, flags = RUNNERS[interface.registry]
        server: dict[str, object] = {"command": command, "args": [*flags, interface.package]}
        if interface.env:
            server["env"] = {interface.env: "…"}
        return Snippet("Client configuration, JSON", _mcp(tool, server))
    if interface.kind == "openai-compatible" and interface.base_url:
        key = f'os.environ["{interface.env}"]' if interface.env else '"…"'
        head = "import os\n" if interface.env else ""
        text = (
            f"{head}from openai import OpenAI\n\n"
            f"client = OpenAI(base_url={json.dumps(interface.base_url)}, api_key={key})"
        )
        return Snippet("Python", text)
    if interface.install:
        return Snippet("Install", interface.install)
    return None


def _mcp(tool: Tool, server: dict[str, object]) -> str:
    return json.dumps({"mcpServers": {tool.slug: server}}, indent=2, ensure_ascii=False)
