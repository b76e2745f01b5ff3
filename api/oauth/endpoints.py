"""The endpoints of OAuth that programs ask: tokens, who somebody is, and what this server can."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.cache import add_never_cache_headers
from django.utils.http import urlencode

from api import limits
from api.oauth import device, guard, tokens
from api.oauth.adapter import Adapter
from api.oauth.validator import Validator, server
from core.limited import limited
from core.readonly import read_only
from core.site import absolute

ADDRESSES = {
    "Ask people": "/oauth/authorize/",
    "Get tokens": "/oauth/token",
    "Codes for devices": "/oauth/device/code",
    "End tokens": "/oauth/revoke",
    "All of these, for libraries": "/.well-known/openid-configuration",
}
GRANTS = ("authorization_code", "refresh_token", "client_credentials", device.GRANT)
# what may stand in a form; the library takes some others for values of its own
KNOWN = {
    "grant_type", "code", "redirect_uri", "code_verifier", "client_id", "client_secret", "refresh_token", "scope",
    "token", "token_type_hint", "device_code",
}  # fmt: skip


def addresses() -> list[tuple[str, str]]:
    """Return what an app asks, and where, for people who write one."""
    return [(what, absolute(path)) for what, path in ADDRESSES.items()]


@guard.for_programs
@limited(limits.TOKENS, as_json=True)
@transaction.atomic
def token(request: HttpRequest) -> HttpResponse:
    """Give tokens to a client (RFC 6749, section 3.2)."""
    if request.POST.get("grant_type") not in GRANTS:
        return guard.refused("unsupported_grant_type", f"This server gives tokens for {', '.join(GRANTS)}.")
    return answer(*server(Validator()).create_token_response(absolute("/oauth/token"), *form(request)))


@guard.for_programs
@limited(limits.TOKENS, as_json=True)
@transaction.atomic
def revoke(request: HttpRequest) -> HttpResponse:
    """End a token that its app needs no more (RFC 7009); a refresh token takes all that came from it along."""
    return answer(*server(Validator()).create_revocation_response(absolute("/oauth/revoke"), *form(request)))


def form(request: HttpRequest) -> tuple[str, str, dict[str, str]]:
    """Return what oauthlib reads of a request: its method, its body, its headers."""
    body = urlencode({name: value for name, value in request.POST.dict().items() if name in KNOWN})
    headers = {"Content-Type": guard.FORM}
    if "HTTP_AUTHORIZATION" in request.META:
        headers["Authorization"] = request.META["HTTP_AUTHORIZATION"]
    return "POST", body, headers


def answer(headers: dict[str, str], body: str | None, status: int) -> HttpResponse:
    """Return an answer of oauthlib as one of Django."""
    return HttpResponse(body or "", status=status, headers={"Content-Type": "application/json", **headers})


@read_only
@limited(limits.TOKENS, as_json=True)
def userinfo(request: HttpRequest) -> HttpResponse:
    """Tell an app who let it in, as far as they allowed (OpenID Connect Core 1.0, section 5.3)."""
    scheme, _, shown = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
    row = tokens.working(shown.strip()) if scheme.lower() == "bearer" else None
    if row is None or row.user is None or "openid" not in row.get_scopes():
        status, error = (401, "invalid_token") if row is None else (403, "insufficient_scope")
        response = guard.refused(error, "This needs an access token with the scope openid.", status)
        response.headers["WWW-Authenticate"] = f'Bearer realm="oauth", error="{error}"'
    else:
        response = JsonResponse(Adapter().get_claims("userinfo", row.user, row.client, row.get_scopes()))
    add_never_cache_headers(response)
    return response


@read_only
def metadata(request: HttpRequest) -> HttpResponse:
    """Tell programs what this server can (RFC 8414, and OpenID Connect Discovery 1.0 for the same names)."""
    ways = ["client_secret_basic", "client_secret_post", "none"]
    told: dict[str, Any] = {
        "issuer": settings.SITE_URL,
        "authorization_endpoint": absolute("/oauth/authorize/"),
        "token_endpoint": absolute("/oauth/token"),
        "revocation_endpoint": absolute("/oauth/revoke"),
        "revocation_endpoint_auth_methods_supported": ways,
        "device_authorization_endpoint": absolute("/oauth/device/code"),
        "userinfo_endpoint": absolute("/oauth/userinfo"),
        "jwks_uri": absolute("/.well-known/jwks.json"),
        "scopes_supported": [*tokens.ALL_SCOPES],
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": [*GRANTS],
        "token_endpoint_auth_methods_supported": ways,
        "code_challenge_methods_supported": ["S256"],
        "authorization_response_iss_parameter_supported": True,
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "claims_supported": ["sub", "email", "email_verified", "name"],
        "claims_parameter_supported": False,
        "request_parameter_supported": False,
        "request_uri_parameter_supported": False,
        "service_documentation": absolute("/api/docs/"),
    }
    response = JsonResponse(told)
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response
