"""How well tools describe themselves to a model. The rules' names are those of tool linters in use elsewhere."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

# What each finding takes off a tool's score of 1.
COST = {
    "no-description": 0.6,
    "tautological-description": 0.4,
    "undocumented-parameters": 0.2,
    "shouting": 0.2,
    "missing-annotations": 0.1,
}
HINTS = {"readOnlyHint", "destructiveHint", "idempotentHint", "openWorldHint"}
DOCUMENTED = 0.8  # of the parameters
FILLER = {
    "a",
    "an",
    "the",
    "this",
    "tool",
    "to",
    "of",
    "for",
    "and",
    "or",
    "is",
    "it",
    "from",
    "in",
    "all",
    "by",
    "with",
}
LOUD = {
    "ALWAYS",
    "CRITICAL",
    "CRUCIAL",
    "IMPORTANT",
    "MANDATORY",
    "MUST",
    "NEVER",
    "REQUIRED",
    "STOP",
    "URGENT",
    "WARNING",
}
WORD = re.compile(r"[A-Za-z]+")
PIECE = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|[0-9]+")


def findings(tool: Mapping[str, Any]) -> Iterator[str]:
    """Yield the rules that a tool (as tools.kept keeps it) breaks."""
    text = tool.get("description") or ""
    if not text.strip():
        yield "no-description"
    elif _is_tautology(str(tool.get("name") or ""), text):
        yield "tautological-description"
    if not _is_documented(tool.get("schema")):
        yield "undocumented-parameters"
    if not HINTS & set(tool.get("annotations") or ()):
        yield "missing-annotations"
    if is_shouting(text):
        yield "shouting"


def score(tools: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return {"score": 0 to 1, "findings": {rule: names of tools}}. One bad tool shows: 60 % mean, 40 % minimum."""
    found: dict[str, list[str]] = {}
    scores = []
    for tool in tools:
        broken = list(findings(tool))
        scores.append(max(0.0, 1 - sum(COST[rule] for rule in broken)))
        for rule in broken:
            found.setdefault(rule, []).append(str(tool.get("name"))[:128])
    if not scores:
        return {"score": None, "findings": {}}
    value = 0.6 * sum(scores) / len(scores) + 0.4 * min(scores)
    return {"score": round(value, 2), "findings": {rule: names[:50] for rule, names in found.items()}}


def is_shouting(text: str) -> bool:
    """Whether a text shouts: three loud words in capitals, “!!!”, or a third of at least six words in capitals."""
    words = [word for word in WORD.findall(text) if len(word) > 1]
    capitals = [word for word in words if len(word) > 3 and word.isupper()]
    loud = sum(word in LOUD for word in capitals)
    return "!!!" in text or loud >= 3 or (len(words) >= 6 and len(capitals) * 3 > len(words))


def _is_tautology(name: str, text: str) -> bool:
    said = {word.lower() for word in PIECE.findall(text)} - FILLER
    named = {word.lower() for word in PIECE.findall(name)}
    return all(word in named or word.removesuffix("s") in named or f"{word}s" in named for word in said)


def _is_documented(schema: Any) -> bool:
    properties = schema.get("properties") if isinstance(schema, dict) else None
    if not isinstance(properties, dict) or not properties:
        return True
    said = [one for one in properties.values() if isinstance(one, dict) and (one.get("description") or one.get("$ref"))]
    return len(said) >= DOCUMENTED * len(properties)
