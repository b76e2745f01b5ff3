"""What every page of owners passes: who is signed in, in which ways, and for which tool they speak."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeVar, cast

from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponseBase
from django.utils.cache import add_never_cache_headers
from django.views.decorators.http import require_http_methods

from catalog.models import Tool
from core import clients
from core.limited import limited, writes
from core.ratelimit import Limit
from submissions import speakers

View = TypeVar("View", bound=Callable[..., HttpResponseBase])
NO_TOOL = "There is no such tool, or you do not speak for it."


def owners(*methods: str, limit: Limit) -> Callable[[View], View]:
    """Let signed-in people pass by these methods (HEAD comes with GET), and keep answers out of every cache.

    Others are led to the sign-in and back to the page; what changes something is limited by account.
    """
    allowed = [*methods, *(["HEAD"] if "GET" in methods else [])]

    def decorate(view: View) -> View:
        @functools.wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if request.user.is_authenticated:
                response = view(request, *args, **kwargs)
            else:
                response = redirect_to_login(request.get_full_path())
            add_never_cache_headers(response)
            return response

        counted = limited(limit, by=clients.who, when=writes)(guarded)
        return cast("View", require_http_methods(allowed)(counted))

    return decorate


def spoken_for(request: HttpRequest, slug: str) -> Tool:
    """Return a listed tool that who is signed in speaks for, plans and interfaces prefetched. Raises Http404."""
    tool = Tool.objects.listed().prefetch_related("plans", "interfaces").filter(slug=slug).first()
    if tool is None or not speakers.speaks_for(request.user, tool):
        raise Http404(NO_TOOL)
    return tool


def owned(request: HttpRequest, slug: str) -> Tool:
    """Return a listed tool that who is signed in has proved to own. Raises Http404."""
    tool = Tool.objects.listed().filter(slug=slug).first()
    if tool is None or not speakers.owns(request.user, tool):
        raise Http404(NO_TOOL)
    return tool


def number_of(text: str) -> int:
    """Return the key that a form names; 0, which no row has, for what is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0
