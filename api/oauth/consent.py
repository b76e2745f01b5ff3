"""The page that asks a person whether an app may act for them (RFC 6749, section 4.1; RFC 7636; RFC 9207).

What is asked for stands in the address, of the form too, and is looked at each time anew. That the person saw it, and
nobody else sent the form, is what the CSRF token of their session says.
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.cache import add_never_cache_headers
from django.views.decorators.http import require_http_methods
from oauthlib.common import add_params_to_uri
from oauthlib.oauth2.rfc6749 import errors
from oauthlib.openid.connect.core.exceptions import InteractionRequired

from accounts.confirming import confirmed
from api import limits
from api.oauth import guard, tokens
from api.oauth.validator import Validator, server
from core import audit, clients
from core.limited import limited, writes
from core.middleware import csp

CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")  # a SHA-256 in base64url (RFC 7636, section 4.2)
NOT_KNOWN = ("request", "request_uri", "claims", "id_token_hint", "max_age", "registration")
ONCE = "A value was sent twice, or is too long."


@require_http_methods(["GET", "HEAD", "POST"])
@limited(limits.CONSENT, by=clients.who, when=writes)
def authorize(request: HttpRequest) -> HttpResponseBase:
    """Ask, and lead back to the app with a code or with what it did not get."""
    try:
        asked = _asked(request)
    except errors.FatalClientError as error:
        why = (error.description or error.error).rstrip(".")
        told = f"The app that sent you here asked in a way that cannot be answered: {why}. Tell whoever made it."
        context = {"status": 400, "title": "This app cannot be let in", "reason": told}
        return render(request, "errors/error.html", context, status=400)
    except errors.OAuth2Error as error:
        return _back(error.redirect_uri, error.twotuples)
    response = _decide(request, asked) if request.user.is_authenticated else redirect_to_login(request.get_full_path())
    add_never_cache_headers(response)
    return response


def _asked(request: HttpRequest) -> dict[str, Any]:
    """Return what an app asks for. Raises oauthlib's errors; FatalClientError where the app cannot be told."""
    if any(len(values) > 1 or len(values[0]) > guard.LONGEST for _, values in request.GET.lists()):
        raise errors.InvalidRequestFatalError(description=ONCE)
    scopes, found = server(Validator(_person(request))).validate_authorization_request(_address(request), "GET")
    asking, method = found["request"], request.GET.get("code_challenge_method")
    wrong: tuple[type[errors.OAuth2Error], str] | None = None
    if not guard.works(asking.client):
        raise errors.InvalidClientIdError(description="it was closed with the account that registered it")
    if method != "S256" or not CHALLENGE.fullmatch(asking.code_challenge):
        wrong = errors.InvalidRequestError, "PKCE is required: code_challenge, with code_challenge_method=S256."
    elif "none" in request.GET.get("prompt", "").split():
        wrong = InteractionRequired, "A person has to say yes each time."
    elif request.GET.get("response_mode", "query") != "query":
        wrong = errors.InvalidRequestError, "The one response_mode there is, is query."
    elif any(name in request.GET for name in NOT_KNOWN):
        wrong = errors.InvalidRequestError, f"None of these is known here: {', '.join(NOT_KNOWN)}."
    if wrong:
        raise wrong[0](description=wrong[1], request=asking)
    return {"client": asking.client, "scopes": scopes, "redirect": asking.redirect_uri, "state": asking.state}


def _person(request: HttpRequest) -> Any:
    return request.user if request.user.is_authenticated else None


def _address(request: HttpRequest) -> str:
    return f"{settings.SITE_URL}/oauth/authorize/?{request.GET.urlencode()}"


@confirmed  # as for making a key: who finds a session open must not let apps in that stay
def _decide(request: HttpRequest, asked: dict[str, Any]) -> HttpResponse:
    if request.method == "POST" and request.POST.get("answer") == "allow":
        return _allowed(request, asked)
    if request.method == "POST":
        return _back(asked["redirect"], [("error", "access_denied"), ("state", asked["state"])])
    told = [tokens.ALL_SCOPES[one] for one in tokens.ALL_SCOPES if one in asked["scopes"]]
    parts = urlsplit(asked["redirect"])
    context = {"app": asked["client"], "may": told, "place": parts.netloc or f"{parts.scheme}:", "path": request.path}
    response = render(request, "api/consent.html", context)
    web = parts.scheme in {"http", "https"}
    response.headers["Content-Security-Policy"] = csp(
        [f"{parts.scheme}://{parts.netloc}" if web else f"{parts.scheme}:"]
    )
    return response


@transaction.atomic
def _allowed(request: HttpRequest, asked: dict[str, Any]) -> HttpResponse:
    user: Any = request.user
    tokens.lock(user.pk)
    oauth = server(Validator(user))
    headers, _, _ = oauth.create_authorization_response(_address(request), "GET", scopes=asked["scopes"])
    audit.record(
        actor=user, action="api.app_let_in", detail={"client": asked["client"].pk, "scopes": sorted(asked["scopes"])}
    )
    return _back(headers["Location"], [])


def _back(address: str, values: list[tuple[str, str | None]]) -> HttpResponse:
    """Lead to an address of an app, which may be of its own kind ("com.example.app:/back"); it sees who answers."""
    told = [(name, value) for name, value in values if value is not None]
    response = HttpResponse(status=302)
    response.headers["Location"] = add_params_to_uri(address, [*told, ("iss", settings.SITE_URL)])
    add_never_cache_headers(response)
    return response
