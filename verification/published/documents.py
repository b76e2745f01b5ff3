"""Readers of the documents for programs: AI catalog, server.json, agent card, OpenAPI."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from verification.published.proposal import Found
from verification.reading import addresses, openapi
from verification.steps import a2a_card

ENTRIES = 20  # of a list that are looked at
REGISTRIES = {"pypi": "pypi", "npm": "npm", "nuget": "nuget", "cargo": "cargo"}
MIME = {"text/plain": "text", "text/markdown": "text", "image/": "image", "audio/": "audio", "video/": "video",
        "application/pdf": "document", "text/csv": "tabular", "text/html": "web"}  # fmt: skip
MCP_CARD, A2A_CARD = "application/mcp-server-card+json", "application/a2a-agent-card+json"


def ai_catalog(document: object, found: Found) -> None:
    """Read an AI catalog: who hosts it, and each server or agent that it has in its entries."""
    card = _mapping(document)
    host = _mapping(card.get("host"))
    found.say("vendor", host.get("displayName"), _quote("displayName", host.get("displayName")))
    found.say("docs_url", host.get("documentationUrl"), _quote("documentationUrl", host.get("documentationUrl")))
    for entry in _mappings(card.get("entries")):
        kind = entry.get("type") or entry.get("mediaType")
        data = _mapping(entry.get("data"))
        if kind == MCP_CARD and data:
            server_json(data, found)
        elif kind == A2A_CARD and data:
            # it stands in the catalog, so clients go where it sends them, not to the catalog
            agent_card(data, found, at=entry.get("url") or next(iter(reversed(a2a_card.places(data))), ""))
        elif kind == A2A_CARD:
            found.say("interface", {"kind": "a2a", "url": entry.get("url")}, _quote("url", entry.get("url")))


def server_json(document: object, found: Found) -> None:
    """Read an MCP registry's server.json: texts, repository, remotes and packages."""
    card = _mapping(document)
    if not isinstance(card.get("name"), str):
        return
    for name, key in (("name", "title"), ("tagline", "description")):
        found.say(name, card.get(key), _quote(key, card.get(key)))
    found.say("description", card.get("description"))
    repository = _mapping(card.get("repository"))
    found.say("repo_url", repository.get("url"), _quote("repository.url", repository.get("url")))
    for remote in _mappings(card.get("remotes")):
        wants = [one.get("name") for one in _mappings(remote.get("headers")) if one.get("isSecret")]
        auth = {"authorization": "http"}.get(str(wants[0]).lower(), "apiKey") if wants else ""
        row = {"kind": "mcp-remote", "url": remote.get("url"), "auth": auth}
        found.say("interface", row, _quote("remotes.url", remote.get("url")))
    for package in _mappings(card.get("packages")):
        _package(package, found)


def _package(package: Mapping[str, Any], found: Found) -> None:
    kind, name = str(package.get("registryType", "")), package.get("identifier")
    secrets = [one.get("name") for one in _mappings(package.get("environmentVariables")) if one.get("isSecret")]
    env = secrets[0] if secrets else ""
    if kind == "oci":
        found.say("interface", {"kind": "container", "image": name, "env": env}, _quote("packages.identifier", name))
    elif kind in REGISTRIES:
        row = {"kind": "mcp-package", "registry": REGISTRIES[kind], "package": name, "env": env}
        found.say("interface", row, _quote("packages.identifier", name))


def agent_card(document: object, found: Found, *, at: object = None) -> None:
    """Read the card of an A2A agent. `at`: its address, where that is not the source's."""
    card = _mapping(document)
    if not isinstance(card.get("skills"), list):
        return
    provider = _mapping(card.get("provider"))
    found.say("name", card.get("name"), _quote("name", card.get("name")))
    found.say("tagline", card.get("description"), _quote("description", card.get("description")))
    found.say("description", card.get("description"))
    found.say("vendor", provider.get("organization"), _quote("provider.organization", provider.get("organization")))
    found.say("docs_url", card.get("documentationUrl"), _quote("documentationUrl", card.get("documentationUrl")))
    schemes = [str(one.get("type", "")) for one in _mapping(card.get("securitySchemes")).values()
               if isinstance(one, dict)]  # fmt: skip
    found.say(
        "interface",
        {"kind": "a2a", "url": found.source.url if at is None else at, "auth": _auth(schemes)},
        "agent-card.json",
    )
    for name, key in (("modality_in", "defaultInputModes"), ("modality_out", "defaultOutputModes")):
        modes = [one for one in _list(card.get(key)) if isinstance(one, str)]
        told = {word for mode in modes for start, word in MIME.items() if mode.startswith(start)}
        found.say(name, told, _quote(key, ", ".join(modes)))


def openapi_document(document: object, found: Found) -> None:
    """Read an OpenAPI document: licence, documentation, where the API is and how to sign in."""
    if not openapi.version_of(document):
        return
    card = _mapping(document)
    info = _mapping(card.get("info"))
    licence = _mapping(info.get("license"))
    found.say("licence", licence.get("identifier"), _quote("info.license.identifier", licence.get("identifier")))
    docs = _mapping(card.get("externalDocs")).get("url")
    found.say("docs_url", docs, _quote("externalDocs.url", docs))
    said = openapi.summary(card)
    for server in said["servers"][:3]:
        row = {"kind": "rest", "openapi": found.source.url, "auth": _auth(said["security"]["schemes"])}
        # of one that stands relative to the document the place is known too
        row["base_url"] = addresses.joined(found.source.url, server)
        found.say("interface", row, _quote("servers.url", server))


def _auth(schemes: list[str]) -> str:
    """Return the one scheme that is declared, "" for none or several: which of them a client needs is not said."""
    known = {"apiKey": "apiKey", "http": "http", "basic": "http", "oauth2": "oauth2", "openIdConnect": "openIdConnect",
             "mutualTLS": "mutualTLS"}  # fmt: skip
    return known.get(schemes[0], "") if len(set(schemes)) == 1 else ""


def _quote(key: str, value: object) -> str:
    return f"{key}: {value}" if isinstance(value, str) and value else ""


def _mapping(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: object) -> list[Any]:
    return value[:ENTRIES] if isinstance(value, list) else []


def _mappings(value: object) -> Iterator[dict[str, Any]]:
    return (one for one in _list(value) if isinstance(one, dict))
