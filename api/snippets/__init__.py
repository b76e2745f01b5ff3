"""What to paste to reach a tool, for each consumer: made of its manifest, and of nothing that is not known."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from api.snippets import http, mcp, models, packages
from api.snippets.parts import Made, Way
from api.snippets.values import Unsafe
from catalog.snippets import Snippet

__all__ = ["CONSUMERS", "Consumer", "Snippet", "snippets"]

Manifest = dict[str, Any]
FOREIGN = "Its listing names {}, which holds a key of another service. Put the key of this one into {}."


@dataclass(frozen=True)
class Consumer:
    """Something that tools are wired into: its name in addresses, what people call it, its language, who makes it."""

    name: str
    title: str
    language: str
    make: Callable[[Way], Made | None]


CONSUMERS = {
    one.name: one
    for one in (
        Consumer("curl", "curl", "bash", http.curl),
        Consumer("python-httpx", "Python, httpx", "python", http.httpx),
        Consumer("langchain", "LangChain", "python", mcp.langchain),
        Consumer("llamaindex", "LlamaIndex", "python", mcp.llamaindex),
        Consumer("haystack", "Haystack", "python", mcp.haystack),
        Consumer("litellm", "LiteLLM", "yaml", models.litellm),
        Consumer("openai-sdk", "OpenAI SDK", "python", models.openai_sdk),
        Consumer("openai-responses", "OpenAI Responses", "python", mcp.openai_responses),
        Consumer("anthropic", "Anthropic", "python", mcp.anthropic),
        Consumer("vscode", "VS Code", "json", mcp.vscode),
        Consumer("cursor", "Cursor", "url", mcp.cursor),
        Consumer("claude-code", "Claude Code", "bash", mcp.claude_code),
        Consumer("mcp-json", "mcp.json", "json", mcp.mcp_json),
        Consumer("airflow", "Airflow", "python", http.airflow),
        Consumer("github-actions", "GitHub Actions", "yaml", http.github_actions),
        Consumer("terraform", "Terraform", "hcl", http.terraform),
        Consumer("docker", "Docker", "bash", packages.docker),
        Consumer("install", "Package", "bash", packages.install),
    )
}


def snippets(manifest: Manifest) -> list[Snippet]:
    """Return every snippet that a manifest allows: each consumer, for each interface that it reaches."""
    found = []
    for interface in manifest.get("interfaces", []):
        for consumer in CONSUMERS.values():
            made = _made(consumer, Way(manifest, interface))
            if made is not None:
                found.append(made)
    return found


def _made(consumer: Consumer, way: Way) -> Snippet | None:
    try:
        made = consumer.make(way)
        foreign = FOREIGN.format(way.foreign, way.own) if made and way.own in made.code and way.foreign else ""
    except Unsafe:
        return None
    if made is None:
        return None
    notes = (*made.notes, foreign) if foreign else made.notes
    named = [one for one in way.places if one in made.code]
    notes = (*notes, f"Put yours in the place of {', '.join(named)}.") if named else notes
    return Snippet(consumer.name, consumer.title, consumer.language, way.interface["id"], made.code, made.inputs, notes)
