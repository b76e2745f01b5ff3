"""What every page of the portal passes: who is signed in, how often they may write, what they typed is kept.

A form that is sent after its session ended is not lost: what was typed waits in the new session of that browser, and
after the sign-in it stands in the form again, or can be sent as it was. Whose page it is, the page itself decides as
always.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import render
from django.utils.cache import add_never_cache_headers

from core.limited import writes
from core.ratelimit import Limit
from core.signed_in import View, signed_in
from submissions import limits

TYPED, MOST_TYPED = "portal-typed", 200_000  # characters; what is longer is no form of ours
KEPT = "Your session had ended when you sent this form. What you typed is in it again; it is not saved yet."
NOT_SAVED = "Not saved: you are signed out. Sign in in another window, or press “Save”; what you typed stays."


def portal(
    *methods: str, limit: Limit = limits.WRITE, fills: bool = False, right: str = "", why: str = ""
) -> Callable[[View], View]:
    """Let signed-in people pass, by these methods (HEAD comes with GET), and keep answers out of every cache.

    Others are led to the sign-in and back to this address; what they typed waits there. A view that `fills` puts it
    into its form itself (`typed`); for others it is shown with a button that sends it. With a `right`, an account that
    lacks it is refused with `why`.
    """

    def decorate(view: View) -> View:
        shown = signed_in(_having(view, right, why) if right else view, methods, limit=limit, away=_away)
        return shown if fills else _offering(shown)

    return decorate


def _having(view: View, right: str, why: str) -> View:
    @functools.wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.has_perm(right):
            raise PermissionDenied(why)
        return view(request, *args, **kwargs)

    return guarded


def _away(request: HttpRequest) -> HttpResponseBase:
    if request.headers.get("HX-Request"):
        return HttpResponse(NOT_SAVED)
    if writes(request):
        _keep(request)
    return redirect_to_login(request.get_full_path())


def _offering(view: View) -> View:
    """Show what was sent to an address when nobody was signed in, before the page itself: to be sent, or let go."""

    @functools.wraps(view)
    def offered(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        waits = request.method == "GET" and request.user.is_authenticated and _kept(request)
        if not waits:
            return view(request, *args, **kwargs)
        form = QueryDict(request.session.pop(TYPED)["form"])
        rows = [(name, value) for name, values in form.lists() for value in values]
        response = render(request, "submissions/again.html", {"rows": rows})
        add_never_cache_headers(response)
        return response

    return offered


def _kept(request: HttpRequest) -> bool:
    return bool(request.session.get(TYPED, {}).get("path") == request.path)


def _keep(request: HttpRequest) -> None:
    form = request.POST.copy()
    form.pop("csrfmiddlewaretoken", None)
    text = form.urlencode()
    if text and len(text) <= MOST_TYPED:
        request.session[TYPED] = {"path": request.path, "form": text}


def typed(request: HttpRequest) -> QueryDict | None:
    """Return what was sent to this address when nobody was signed in, once, and say so on the page; else None."""
    if not _kept(request):
        return None
    messages.warning(request, KEPT)
    return QueryDict(request.session.pop(TYPED)["form"])
