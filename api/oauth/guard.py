"""What every request of a program to the endpoints of OAuth passes first."""

from __future__ import annotations

import base64
import binascii
import functools
from collections.abc import Callable
from urllib.parse import unquote_plus

from allauth.idp.oidc.models import Client
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.cache import add_never_cache_headers
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

LONGEST = 4_096  # characters of one value
FORM = "application/x-www-form-urlencoded"


def refused(error: str, told: str, status: int = 400) -> HttpResponse:
    """Return an error of RFC 6749, section 5.2."""
    response = JsonResponse({"error": error, "error_description": told}, status=status)
    if status == 401:
        response.headers["WWW-Authenticate"] = 'Basic realm="oauth"'
    return response


def for_programs(view: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Let a form that a program posts pass to a view when it can mean one thing only; the library asks less.

    Values stand in the body (RFC 6749, 2.3.1 and 3.2), each once (3.2), and are text.
    """

    @functools.wraps(view)
    def guarded(request: HttpRequest) -> HttpResponse:
        response = _unclear(request) or view(request)
        add_never_cache_headers(response)
        response.headers["Cache-Control"] = "no-store"
        return response

    return csrf_exempt(require_POST(guarded))


def _unclear(request: HttpRequest) -> HttpResponse | None:
    if request.content_type != FORM:
        return refused("invalid_request", f"Send the values as a form ({FORM}).")
    if request.GET:
        return refused("invalid_request", "Send the values in the body, none in the address: addresses are logged.")
    for name, values in request.POST.lists():
        if len(values) > 1 and name != "resource":
            return refused("invalid_request", "A value was sent twice.")
        if any(len(one) > LONGEST or "\x00" in one or "\ufffd" in one for one in (name, *values)):
            return refused("invalid_request", "A value is too long, or is not text.")
    client = client_of(request)
    if client is not None and not works(client):
        return refused("invalid_client", "This app was closed with the account that registered it.", 401)
    return None


def works(client: Client) -> bool:
    """Say whether the account that registered a client is there: apps of banned and closed accounts do nothing."""
    return client.owner is not None and bool(client.owner.is_active)


def client_of(request: HttpRequest) -> Client | None:
    """Return the client that a request names; its secret has not been looked at."""
    name = _by_header(request.META.get("HTTP_AUTHORIZATION", "")) or request.POST.get("client_id", "")
    return Client.objects.select_related("owner").filter(pk=name).first() if "\x00" not in name else None


def _by_header(header: str) -> str:
    scheme, _, shown = header.partition(" ")
    if scheme.lower() != "basic":
        return ""
    try:
        return unquote_plus(base64.b64decode(shown.strip(), validate=True).decode().partition(":")[0])
    except (binascii.Error, ValueError):
        return ""
