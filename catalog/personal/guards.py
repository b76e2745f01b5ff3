"""What every view of this package passes: who is signed in, how often they may change something, where it goes on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect, JsonResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme

from catalog import limits
from core.limited import writes
from core.negotiation import prefers
from core.signed_in import View, signed_in


def personal(*methods: str) -> Callable[[View], View]:
    """Let signed-in people pass, by these methods (HEAD comes with GET), and keep answers out of every cache.

    Others are led to the sign-in and back: to the page they were on when they sent a form.
    """
    return lambda view: signed_in(view, methods, limit=limits.KEEP, away=_away)


def _away(request: HttpRequest) -> HttpResponseBase:
    return redirect_to_login(safe_next(request, "/") if writes(request) else request.get_full_path())


def safe_next(request: HttpRequest, otherwise: str) -> str:
    """Return where a form says that it goes on, if that is a path of this site, else `otherwise`."""
    asked = request.POST.get("next", "")
    path = asked.startswith("/") and len(asked) <= 4_000
    safe = path and url_has_allowed_host_and_scheme(
        asked, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return asked if safe else otherwise


def wants_json(request: HttpRequest) -> bool:
    """Say whether a script of ours asks, which shows the answer itself."""
    return prefers(request.headers.get("Accept", ""), "application/json", "text/html")


def refused(request: HttpRequest, reason: Exception, page: str) -> HttpResponse:
    """Say why nothing was changed: to a script, or on the page where something can be done about it."""
    if wants_json(request):
        return JsonResponse({"message": str(reason)}, status=409)
    messages.error(request, str(reason))
    return redirect(page)


def on(request: HttpRequest, otherwise: str, said: str, **told: Any) -> HttpResponse:
    """Go on after a change: `told` for a script, else to the page that the form names, which shows what is `said`."""
    if wants_json(request):
        return JsonResponse(told)
    messages.success(request, said)
    return HttpResponseRedirect(safe_next(request, otherwise))
