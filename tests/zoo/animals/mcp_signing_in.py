"""MCP servers that ask for credentials."""

from __future__ import annotations

from typing import Any

from tests.zoo.animal import JSON, Animal, Expect, Reply, Request, Serve, as_json, routes
from verification.contract import Interface

REQUIRED = Expect("mcp_handshake", "pass", "auth_required")
BARE = Expect("mcp_handshake", "warn", "auth_bare")
PROTECTED = "/.well-known/oauth-protected-resource"
SERVER = "/.well-known/oauth-authorization-server"


def _listing(auth: str = "oauth2") -> dict[str, Any]:
    return {"interfaces": (Interface("mcp-remote", url="https://@/mcp", auth=auth),)}


def _asks(header: str) -> Serve:
    def serve(request: Request) -> Reply:
        said = header.replace("@", request.host)
        return Reply(401, b'{"error":"invalid_token"}', JSON, (("WWW-Authenticate", said),))

    return serve


def _said(value: dict[str, Any]) -> Serve:
    """Return a document; "@" in its texts is the host that is asked."""

    def placed(one: Any, host: str) -> Any:
        if isinstance(one, dict):
            return {name: placed(inner, host) for name, inner in one.items()}
        if isinstance(one, list):
            return [placed(inner, host) for inner in one]
        return one.replace("@", host) if isinstance(one, str) else one

    return lambda request: as_json(placed(value, request.host))


def _site(
    resource: Any = None, server: Any = None, header: str = "", at: str = f"{PROTECTED}/mcp", where: str = SERVER
) -> Serve:
    given = {"resource": "https://@/mcp", "authorization_servers": ["https://@"]} | (resource or {})
    metadata = {
        "issuer": "https://@",
        "authorization_endpoint": "https://@/authorize",
        "token_endpoint": "https://@/token",
        "code_challenge_methods_supported": ["S256"],
    } | (server or {})
    named = header or f'Bearer realm="mcp", resource_metadata="https://@{at}", scope="read"'
    return routes({"/mcp": _asks(named), at: _said(given), where: _said(metadata)})


def _one(name: str, about: str, serve: Serve, hello: Expect, verdict: str, code: str, auth: str = "oauth2") -> Animal:
    return Animal(name, about, (hello, Expect("mcp_auth", verdict, code)), serve, _listing(auth))


ANIMALS = (
    _one("auth_good", "Says where to sign in, and all documents agree.", _site(), REQUIRED, "pass", "discoverable"),
    _one(
        "auth_good_openid",
        "Its authorization server has OpenID metadata only.",
        _site(where="/.well-known/openid-configuration"),
        REQUIRED,
        "pass",
        "discoverable",
    ),
    _one(
        "auth_issuer_with_path",
        "Its authorization server has a path.",
        _site(
            {"authorization_servers": ["https://@/tenant"]}, {"issuer": "https://@/tenant"}, where=f"{SERVER}/tenant"
        ),
        REQUIRED,
        "pass",
        "discoverable",
    ),
    _one(
        "auth_parent_resource",
        "Its metadata is for the whole host.",
        _site({"resource": "https://@"}),
        REQUIRED,
        "pass",
        "discoverable",
    ),
    _one(
        "auth_bare_with_well_known",
        "Its 401 is bare, but the metadata is at the well-known place.",
        _site(header="Bearer"),
        BARE,
        "pass",
        "discoverable",
    ),
    _one(
        "auth_bare_root_well_known",
        "Its 401 is bare, and the metadata is at the root's well-known place.",
        _site(header="Bearer", at=PROTECTED),
        BARE,
        "pass",
        "discoverable",
    ),
    _one(
        "auth_bare",
        "Its 401 is bare and nothing says more.",
        routes({"/mcp": _asks("Bearer")}),
        BARE,
        "warn",
        "no_metadata",
    ),
    _one(
        "auth_key",
        "Takes an API key, as its listing says.",
        routes({"/mcp": _asks("Bearer")}),
        BARE,
        "skipped",
        "other_scheme",
        "apiKey",
    ),
    _one(
        "auth_no_pkce",
        "Its authorization server does not offer PKCE.",
        _site(server={"code_challenge_methods_supported": ["plain"]}),
        REQUIRED,
        "warn",
        "no_pkce",
    ),
    _one(
        "auth_no_server",
        "Its metadata names no authorization server.",
        _site({"authorization_servers": []}),
        REQUIRED,
        "warn",
        "no_server",
    ),
    _one(
        "auth_server_silent",
        "Its authorization server has no metadata.",
        _site(where="/nowhere"),
        REQUIRED,
        "warn",
        "server_silent",
    ),
    _one(
        "auth_issuer_mismatch",
        "The authorization server says it is another.",
        _site(server={"issuer": "https://login.elsewhere.example"}),
        REQUIRED,
        "fail",
        "issuer_mismatch",
    ),
    _one(
        "auth_resource_mismatch",
        "The metadata is for another server.",
        _site({"resource": "https://other.example/mcp"}),
        REQUIRED,
        "fail",
        "resource_mismatch",
    ),
    _one(
        "auth_http_metadata",
        "The metadata is at a plain http address.",
        _site(header='Bearer resource_metadata="http://@/.well-known/oauth-protected-resource/mcp"'),
        REQUIRED,
        "fail",
        "insecure",
    ),
    _one(
        "auth_http_issuer",
        "The authorization server is at a plain http address.",
        _site({"authorization_servers": ["http://@"]}),
        REQUIRED,
        "fail",
        "insecure",
    ),
    _one(
        "auth_http_endpoint",
        "The token endpoint is at a plain http address.",
        _site(server={"token_endpoint": "http://@/token"}),
        REQUIRED,
        "fail",
        "insecure",
    ),
)
