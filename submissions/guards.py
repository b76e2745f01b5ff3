"""What every page of the portal passes: who is signed in, how often they may write, what they typed is kept.

A form that is sent after its session ended is not lost: what was typed waits in the new session of that browser and
stands in the form again after the sign-in, at the same address. Whose page it is, the page itself decides as always.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.utils.cache import add_never_cache_headers
from django.views.decorators.http import require_http_methods

from core import clients
from core.limited import limited, writes
from core.ratelimit import Limit
from submissions import limits

View = Callable[..., HttpResponseBase]
TYPED, MOST_TYPED = "portal-typed", 200_000  # characters; what is longer is no form of ours
KEPT = "Your session had ended when you sent this form. What you typed is in it again; it is not saved yet."
NOT_SAVED = "Not saved: you are signed out. Sign in in another window, or press “Save”; what you typed stays."


def portal(*methods: str, limit: Limit = limits.WRITE) -> Callable[[View], View]:
    """Let signed-in people pass, by these methods (HEAD comes with GET), and keep answers out of every cache.

    Others are led to the sign-in and back to this address; what they typed waits there (`typed`).
    """
    allowed = [*methods, *(["HEAD"] if "GET" in methods else [])]

    def decorate(view: View) -> View:
        @functools.wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if request.user.is_authenticated:
                response = view(request, *args, **kwargs)
            elif request.headers.get("HX-Request"):
                response = HttpResponse(NOT_SAVED)
            else:
                if writes(request):
                    _keep(request)
                response = redirect_to_login(request.get_full_path())
            add_never_cache_headers(response)
            return response

        counted = limited(limit, by=clients.who, when=writes)(guarded)
        return require_http_methods(allowed)(counted)

    return decorate


def _keep(request: HttpRequest) -> None:
    form = request.POST.copy()
    form.pop("csrfmiddlewaretoken", None)
    text = form.urlencode()
    if text and len(text) <= MOST_TYPED:
        request.session[TYPED] = {"path": request.path, "form": text}


def typed(request: HttpRequest) -> QueryDict | None:
    """Return what was sent to this address when nobody was signed in, once, and say so on the page; else None."""
    kept = request.session.get(TYPED)
    if not kept or kept.get("path") != request.path:
        return None
    del request.session[TYPED]
    messages.warning(request, KEPT)
    return QueryDict(kept["form"])
