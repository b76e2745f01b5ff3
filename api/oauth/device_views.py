"""The endpoint that devices ask for codes, and the page where their people type them."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from allauth.idp.oidc.models import Token
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

from accounts.confirming import confirmed
from api import limits
from api.key_views import mine
from api.oauth import device, guard, tokens
from core import clients
from core.limited import limited
from core.site import absolute


@guard.for_programs
@limited(limits.TOKENS, as_json=True)
def codes(request: HttpRequest) -> HttpResponse:
    """Give a device its codes (RFC 8628, section 3.2)."""
    client = guard.client_of(request)
    if client is None:
        return guard.refused("invalid_client", "There is no such app. Send its client_id.", 401)
    if device.GRANT not in client.get_grant_types():
        return guard.refused("unauthorized_client", "This app was not registered for devices.")
    scopes = request.POST.get("scope", "").split() or client.get_default_scopes()
    if set(scopes) - set(client.get_scopes()):
        return guard.refused("invalid_scope", "This app was not registered for one of these scopes.")
    code, shown = device.begin(client, scopes)
    page = absolute("/oauth/device/")
    told = {"device_code": code, "user_code": shown, "expires_in": device.LASTS, "interval": device.INTERVAL}
    return JsonResponse(told | {"verification_uri": page, "verification_uri_complete": f"{page}?code={quote(shown)}"})


def _names_a_code(request: HttpRequest) -> bool:
    return "code" in request.GET


@limited(limits.DEVICE, by=clients.who, when=_names_a_code)
@mine("GET", "POST", limit=limits.CONSENT)
@confirmed
def page(request: HttpRequest) -> HttpResponse:
    """Ask for the code, say what the device asks for, and keep the answer."""
    shown = request.GET.get("code", "")[:40]
    row = device.waiting(shown) if shown else None
    if row is None:
        wrong = shown and "No device waits with this code: it is mistyped, older than ten minutes, or was answered."
        return render(request, "api/device.html", {"wrong": wrong, "shown": shown}, status=422 if wrong else 200)
    if request.method == "POST":
        return _answered(request, row)
    told = [words for name, words in tokens.ALL_SCOPES.items() if name in row.get_scopes()]
    return render(request, "api/device_asks.html", {"app": row.client, "may": told, "shown": shown})


def _answered(request: HttpRequest, row: Token) -> HttpResponse:
    user: Any = request.user
    allowed = request.POST.get("answer") == "allow"
    if not device.answer(row, user, allowed=allowed):
        wrong = "This code was answered meanwhile. Let the device show a new one."
        return render(request, "api/device.html", {"wrong": wrong}, status=409)
    return render(request, "api/device_done.html", {"app": row.client, "allowed": allowed})
