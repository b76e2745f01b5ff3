"""A manifest as the server.json of MCP registries (schema 2025-12-11), and back, without loss in both directions.

What server.json has no place for stands in `_meta`, under a name of this site: the whole manifest. What comes from
elsewhere keeps the server.json that it was made of in the same way.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from catalog.snippets import RUNNERS
from core.site import absolute

SCHEMA = "https://static.modelcontextprotocol.io/schemas/2025-12-11/server.schema.json"
CAME_AS = "io.modelcontextprotocol/server.json"  # in the `_meta` of a manifest that was made of one
REGISTRIES = {"npm", "pypi", "cargo", "nuget"}  # that both sides call the same
LONGEST = 100  # characters of a description there


def own() -> str:
    """Return this site's name as registries write names, backwards: catalog.example.com is com.example.catalog."""
    return ".".join(reversed((urlsplit(absolute("/")).hostname or "localhost").split(".")))


def server_json(manifest: dict[str, Any], sha256: str) -> dict[str, Any] | None:
    """Return a manifest as a server.json; None for a tool that has neither a remote server nor a package of one.

    `sha256` is that of the manifest's bytes.
    """
    came_as = manifest.get("_meta", {}).get(CAME_AS)
    if came_as is not None:
        found: dict[str, Any] = came_as
        return found
    interfaces = manifest.get("interfaces", [])
    remotes = [_remote(one, manifest) for one in interfaces if one["kind"] == "mcp-remote" and "url" in one]
    packages = [_package(one, manifest) for one in interfaces if one["kind"] == "mcp-package"]
    packages = [one for one in packages if one]
    if not remotes and not packages:
        return None
    repository = manifest.get("links", {}).get("repo", "")
    host = urlsplit(repository).hostname or ""
    source = {"github.com": "github", "gitlab.com": "gitlab"}.get(host.removeprefix("www."))
    address = absolute(f"/api/v1/tools/{manifest['tool']}/manifests/{manifest['version']}")
    known = {"remotes": remotes, "packages": packages}
    return {
        "$schema": SCHEMA,
        "name": f"{own()}/{manifest['tool']}",
        "title": manifest["name"],
        "description": _short(manifest["tagline"]),
        "version": f"{manifest['version']}.0.0",
        "websiteUrl": manifest["homepage"],
        **({"repository": {"url": repository, "source": source}} if source else {}),
        **{name: value for name, value in known.items() if value},
        "_meta": {f"{own()}/catalog": {"manifest": manifest, "manifestUrl": address, "manifestSha256": sha256}},
    }


def manifest_of(server: dict[str, Any]) -> dict[str, Any]:
    """Return the manifest that a server.json stands for: the one it carries, else one made of what it says."""
    carried = server.get("_meta", {}).get(f"{own()}/catalog", {}).get("manifest")
    if carried is not None:
        found: dict[str, Any] = carried
        return found
    interfaces = [
        {"id": _numbered("mcp-remote", number), "kind": "mcp-remote", "url": one["url"]}
        for number, one in enumerate(server.get("remotes", []))
    ]
    interfaces += [
        {
            "id": _numbered("mcp-package", number),
            "kind": "mcp-package",
            "package": {"name": one["identifier"]}
            | ({"registry": one["registryType"]} if one.get("registryType") in REGISTRIES else {}),
        }
        for number, one in enumerate(server.get("packages", []))
    ]
    slug = server["name"].rpartition("/")[2].lower().replace(".", "-").replace("_", "-")
    return {
        "tool": slug,
        "name": server.get("title") or server["name"],
        "tagline": server["description"],
        "kind": "mcp_server",
        **({"homepage": server["websiteUrl"]} if "websiteUrl" in server else {}),
        **({"interfaces": interfaces} if interfaces else {}),
        "_meta": {CAME_AS: server},
    }


def _numbered(kind: str, before: int) -> str:
    return f"{kind}-{before + 1}" if before else kind


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1].rstrip()}…"


def _remote(one: dict[str, Any], manifest: dict[str, Any]) -> dict[str, Any]:
    """Return a remote server. Only where it is known that a header signs in, and from where, one is named."""
    headers = [
        {
            "name": "Authorization",
            "description": f"Bearer or Basic, as its documents say, with what {scheme['env']} holds",
            "isRequired": True,
            "isSecret": True,
        }
        for scheme in _schemes(one, manifest)
        if scheme["type"] == "http" and "env" in scheme
    ]
    kind = "sse" if urlsplit(one["url"]).path.rstrip("/").endswith("/sse") else "streamable-http"
    return {"type": kind, "url": one["url"]} | ({"headers": headers} if headers else {})


def _package(one: dict[str, Any], manifest: dict[str, Any]) -> dict[str, Any] | None:
    package = one.get("package", {})
    registry = package.get("registry", "")
    if registry not in REGISTRIES:
        return None
    variables: list[dict[str, Any]] = [
        {"name": scheme["env"], "isRequired": True, "isSecret": True}
        for scheme in _schemes(one, manifest)
        if "env" in scheme
    ]
    variables += [{"name": name} for name in one.get("environment", [])]
    found = {"registryType": registry, "identifier": package["name"], "transport": {"type": "stdio"}}
    found |= {"runtimeHint": RUNNERS[registry][0]} if registry in RUNNERS else {}
    return found | ({"environmentVariables": variables} if variables else {})


def _schemes(one: dict[str, Any], manifest: dict[str, Any]) -> list[dict[str, Any]]:
    return [manifest["authSchemes"][name] for name in one.get("auth", [])]
