"""A manifest that says all that there is to say, what is locked of it, and its pin as long as nothing changes."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

from aicatalog.lock.canonical import canonical
from aicatalog.lock.entries import entry as entry_of
from aicatalog.lock.shapes import Entry
from aicatalog.shapes import Pin
from aicatalog.source import Manifest, digest

SAID = {"by": "docs", "on": "2026-11-01", "evidence": "https://one.example.com/docs"}
# `said` of interfaces stands for who says them: it moves with them, as pointers of a manifest do
FULL: dict[str, Any] = {
    "$schema": "https://catalog.example/schemas/manifest/2026-12-01.json",
    "tool": "one",
    "version": 3,
    "name": "One",
    "vendor": "One Inc",
    "tagline": "Does one thing",
    "description": "It does one thing well.",
    "homepage": "https://one.example.com",
    "kind": "api",
    "status": "active",
    "categories": ["coding/ide-assistants", "data/search"],
    "tags": ["one", "two"],
    "licence": "MIT",
    "launched": "2026-01",
    "platforms": ["web", "linux"],
    "modalities": {"in": ["text", "image"], "out": ["text", "audio"]},
    "links": {
        "docs": "https://one.example.com/docs",
        "repo": "https://code.example.com/one",
        "pricing": "https://one.example.com/pricing",
        "api": "https://one.example.com/api",
        "status": "https://status.example.com",
    },
    "interfaces": [
        {
            "id": "rest",
            "kind": "rest",
            "baseUrl": "https://api.example.com/v1",
            "docs": "https://one.example.com/rest",
            "openapi": "https://api.example.com/openapi.json",
            "auth": ["apiKey", "oauth2"],
            "limits": ["minute", "day"],
            "environment": ["ONE_REGION", "ONE_MODE"],
            "said": dict(SAID),
        },
        {
            "id": "mcp-remote",
            "kind": "mcp-remote",
            "url": "https://mcp.example.com/mcp",
            "auth": ["oauth2"],
            "said": SAID | {"by": "owner"},
        },
        {"id": "container", "kind": "container", "image": "registry.example.com/one:3", "said": SAID | {"by": "list"}},
        {
            "id": "sdk",
            "kind": "sdk",
            "package": {"name": "one", "registry": "pypi"},
            "install": "pip install one",
            "said": SAID | {"by": "editor"},
        },
    ],
    "authSchemes": {
        "apiKey": {
            "type": "apiKey",
            "env": "ONE_KEY",
            "in": "header",
            "name": "X-Key",
            "obtainUrl": "https://one.example.com/keys",
        },
        "oauth2": {"type": "oauth2", "obtainUrl": "https://one.example.com/apps"},
    },
    "limits": {
        "minute": {
            "quota": 60,
            "windowSeconds": 60,
            "unit": "request",
            "sourceUrl": "https://one.example.com/limits",
        },
        "day": {"quota": 1000, "windowSeconds": 86400, "unit": "request"},
    },
    "pricing": {
        "label": "pay-as-you-go",
        "access": "free_tier",
        "source": "open_source",
        "models": ["usage", "subscription"],
        "plans": [
            {"name": "Pro", "amount": "20", "currency": "USD", "period": "month", "seenOn": "2026-11-01"},
            {"name": "Pro", "amount": "200", "currency": "USD", "period": "year", "seenOn": "2026-11-01"},
            {"name": "Team", "amount": "40", "currency": "EUR", "period": "month", "seenOn": "2026-11-02"},
        ],
        "meters": [
            {
                "name": "Input",
                "unit": "input_token",
                "per": "1000000",
                "price": "0.14",
                "currency": "USD",
                "seenOn": "2026-11-01",
            },
            {
                "name": "Other",
                "unit": "other",
                "per": "1",
                "price": "3",
                "currency": "USD",
                "told": "per seance",
                "seenOn": "2026-11-01",
            },
        ],
    },
    "examples": [
        {
            "id": "first",
            "interface": "rest",
            "safe": True,
            "request": {"method": "POST", "messages": [{"role": "user"}, {"role": "tool"}]},
            "expect": {"status": 200},
        },
        {"id": "second", "interface": "rest", "request": {"method": "GET"}},
    ],
    "provenance": {"/licence": dict(SAID), "/pricing": {"by": "editor", "on": "2026-11-01"}},
    "_meta": {"org.example/note": {"a": [1, 2]}},
    "x-own": {"b": None, "c": "d"},
}
PARTS = {
    "find": {"input": "1" * 64, "output": "2" * 64, "words": "3" * 64, "hints": "4" * 64},
    "get~/": {"input": "5" * 64},
}


def built(said: dict[str, Any]) -> dict[str, Any]:
    """Return a manifest: who says each interface stands under its place, as the catalog writes it."""
    made = copy.deepcopy(said)
    for number, one in enumerate(made.get("interfaces", [])):
        made["provenance"][f"/interfaces/{number}"] = one.pop("said")
    return made


def changed(change: Callable[[dict[str, Any]], Any], said: dict[str, Any] = FULL) -> dict[str, Any]:
    """Return a manifest in which one thing is otherwise."""
    made = copy.deepcopy(said)
    change(made)
    return built(made)


def version(manifest: dict[str, Any]) -> Manifest:
    """Return a manifest as a catalog gives it."""
    body = canonical(manifest)
    return Manifest(manifest["tool"], manifest["version"], digest(body), body)


def pin(manifest: dict[str, Any] | None = None) -> Pin:
    """Return the pin of a tool that is well."""
    one = version(manifest or built(FULL))
    state = {"state": "healthy", "since": "2026-11-01T00:00:00Z", "looked_at": "2026-11-27T00:00:00Z"}
    seen = {"sha256": "a" * 64, "count": 2, "seen_at": "2026-11-27T00:00:00Z", "each": copy.deepcopy(PARTS)}
    found: Any = {
        "asked": one.slug,
        "slug": one.document["tool"],
        "status": one.document["status"],
        "away": None,
        "manifest": {
            "version": one.version,
            "sha256": one.sha256,
            "url": f"https://catalog.example/api/v1/tools/{one.slug}/manifests/{one.version}",
        },
        "interfaces": [
            {"id": row["id"], "kind": row["kind"], **state, "tools": seen if row["kind"] == "mcp-remote" else None}
            for row in one.document.get("interfaces", [])
        ],
    }
    made: Pin = found
    return made


def entry(interface: str = "", slug: str = "one") -> Entry:
    """Return what is locked of the tool."""
    manifest = built(FULL) | {"tool": slug}
    return entry_of(pin(manifest), version(manifest), interface)
