"""The endpoints of OAuth that programs ask: tokens, and what this server can."""

from __future__ import annotations

from allauth.idp.oidc import views as library
from django.http import HttpRequest, HttpResponse, JsonResponse

from api import limits
from api.oauth import guard
from api.oauth.adapter import IDENTITY
from api.scopes import SCOPES
from core.limited import limited
from core.readonly import read_only
from core.site import absolute


@guard.for_programs
@limited(limits.TOKENS, as_json=True)
def token(request: HttpRequest) -> HttpResponse:
    """Give tokens to a client (RFC 6749, section 3.2)."""
    if request.POST.get("grant_type") != "client_credentials":
        return guard.refused("unsupported_grant_type", "This server gives tokens for client_credentials.")
    response: HttpResponse = library.token(request)
    return response


@read_only
def metadata(request: HttpRequest) -> HttpResponse:
    """Tell programs what this server can (RFC 8414; OpenID Connect Discovery 1.0)."""
    response = JsonResponse(
        {
            "issuer": absolute(""),
            "token_endpoint": absolute("/oauth/token"),
            "jwks_uri": absolute("/.well-known/jwks.json"),
            "scopes_supported": [*IDENTITY, *SCOPES],
            "response_types_supported": [],
            "grant_types_supported": ["client_credentials"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
            "service_documentation": absolute("/api/docs/"),
        }
    )
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response
