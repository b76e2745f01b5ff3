"""What was typed into a form whose session had ended: it waits in the new session of that browser.

After the sign-in it stands in the form again (`typed`), or can be sent as it was (`offering`). Whose page it is, the
page itself decides as always.
"""

from __future__ import annotations

import functools
from typing import Any

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import render
from django.utils.cache import add_never_cache_headers

from core.limited import writes
from core.signed_in import View

TYPED, MOST_TYPED = "portal-typed", 200_000  # characters; what is longer is no form of ours
KEPT = "Your session had ended when you sent this form. What you typed is in it again; it is not saved yet."
NOT_SAVED = "Not saved: you are signed out. Sign in in another window, or press “Save”; what you typed stays."


def away(request: HttpRequest) -> HttpResponseBase:
    """Lead to the sign-in and back to this address, and keep what was typed."""
    if request.headers.get("HX-Request"):
        return HttpResponse(NOT_SAVED)
    if writes(request):
        _keep(request)
    return redirect_to_login(request.get_full_path())


def offering(view: View, back: str) -> View:
    """Show what was sent to an address when nobody was signed in, before the page itself: to be sent, or let go.

    `back` names the page for who lets it go.
    """

    @functools.wraps(view)
    def offered(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        waits = request.method == "GET" and request.user.is_authenticated and _kept(request)
        if not waits:
            return view(request, *args, **kwargs)
        form = QueryDict(request.session.pop(TYPED)["form"])
        rows = [(name, value) for name, values in form.lists() for value in values]
        response = render(request, "again.html", {"rows": rows, "back": back})
        add_never_cache_headers(response)
        return response

    return offered


def typed(request: HttpRequest) -> QueryDict | None:
    """Return what was sent to this address when nobody was signed in, once, and say so on the page; else None."""
    if not _kept(request):
        return None
    messages.warning(request, KEPT)
    return QueryDict(request.session.pop(TYPED)["form"])


def _kept(request: HttpRequest) -> bool:
    return bool(request.session.get(TYPED, {}).get("path") == request.path)


def _keep(request: HttpRequest) -> None:
    form = request.POST.copy()
    form.pop("csrfmiddlewaretoken", None)
    text = form.urlencode()
    if text and len(text) <= MOST_TYPED:
        request.session[TYPED] = {"path": request.path, "form": text}
