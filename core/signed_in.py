"""The gate before pages of one's own: who is signed in, by which methods, how often they may change something."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.utils.cache import add_never_cache_headers
from django.views.decorators.http import require_http_methods

from core import clients
from core.limited import limited, writes
from core.ratelimit import Limit

View = Callable[..., HttpResponseBase]


def signed_in(
    view: View, methods: Sequence[str], *, limit: Limit, away: Callable[[HttpRequest], HttpResponseBase]
) -> View:
    """Let signed-in people pass to a view by these methods (HEAD comes with GET), and keep answers out of every cache.

    Others get what `away` returns. Requests that may change something are counted by `limit` for each account.
    """

    @functools.wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response = view(request, *args, **kwargs) if request.user.is_authenticated else away(request)
        add_never_cache_headers(response)
        return response

    counted = limited(limit, by=clients.who, when=writes)(guarded)
    return require_http_methods([*methods, *(["HEAD"] if "GET" in methods else [])])(counted)
