"""Where a 401 leads a client: protected resource metadata (RFC 9728), then the authorization server's (RFC 8414)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core import safehttp
from core.safehttp import Answer
from verification.context import Context
from verification.reading.addresses import canonical, origin, split


def well_known(address: str, name: str) -> str:
    """Return the address of well-known metadata: the name goes between host and path (RFC 8615, RFC 8414, 3.1)."""
    return f"{origin(address)}/.well-known/{name}{split(address).path.rstrip('/')}"


def resource_addresses(url: str, named: str) -> list[str]:
    """Return where the metadata of an MCP server may be: where its 401 says, else at the well-known places."""
    if named:
        return [named]
    name = "oauth-protected-resource"
    return list(dict.fromkeys([well_known(url, name), well_known(origin(url), name)]))


def server_addresses(issuer: str) -> list[str]:
    """Return where the metadata of an authorization server may be, in the order that MCP asks clients to try."""
    found = [well_known(issuer, "oauth-authorization-server"), well_known(issuer, "openid-configuration")]
    if split(issuer).path.strip("/"):
        found.append(f"{issuer.rstrip('/')}/.well-known/openid-configuration")
    return found


def first_document(context: Context, addresses: list[str]) -> tuple[dict[str, Any] | None, Answer | None]:
    """Return the first JSON object found, and the last answer (the one it came with, when there is one)."""
    answer = None
    for address in addresses:
        answer = context.fetch(address, headers={"Accept": "application/json"}, follow=False)
        if answer.verdict == "ok" and answer.status == 200:
            try:
                value = safehttp.load_json(answer.body)
            except safehttp.BadDocument:
                continue
            if isinstance(value, dict):
                return value, answer
        elif context.trouble(answer) is not None:
            return None, answer
    return None, answer


def issuers(resource: Mapping[str, Any]) -> list[str]:
    """Return the authorization servers that a resource names."""
    found = resource.get("authorization_servers")
    return [one for one in found if isinstance(one, str)][:10] if isinstance(found, list) else []


def covers(resource: str, url: str) -> bool:
    """Whether metadata for `resource` speaks of the server at `url`: the same address, or a parent path on its host.

    RFC 9728 wants equality; clients of MCP accept the parent (2025-11-25, authorization), so a difference of paths
    above the server is none.
    """
    here, there = split(canonical(url)), split(canonical(resource))
    if (here.scheme, here.netloc) != (there.scheme, there.netloc):
        return False
    return f"{here.path.rstrip('/')}/".startswith(f"{there.path.rstrip('/')}/")


def same_issuer(said: object, asked: str) -> bool:
    """Whether metadata belongs to the issuer it was asked for (RFC 8414, 3.3; a slash at the end is no difference)."""
    return isinstance(said, str) and said.rstrip("/") == asked.rstrip("/")
