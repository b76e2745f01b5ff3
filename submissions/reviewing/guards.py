"""What every view of reviewers passes: the role, how often they may send forms, no cache."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase
from django.utils.cache import add_never_cache_headers
from django.views.decorators.http import require_http_methods

from core import clients
from core.limited import limited, writes
from submissions.review_limits import REVIEW

View = Callable[..., HttpResponseBase]
MAY_REVIEW = "submissions.change_submission"


def reviewing(*methods: str) -> Callable[[View], View]:
    """Let reviewers pass, by these methods (HEAD comes with GET). Visitors are led to the sign-in, others get 403."""
    allowed = [*methods, *(["HEAD"] if "GET" in methods else [])]

    def decorate(view: View) -> View:
        @functools.wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not request.user.is_authenticated:
                response: HttpResponseBase = redirect_to_login(request.get_full_path())
            elif not request.user.has_perm(MAY_REVIEW):
                raise PermissionDenied("These pages are for reviewers.")
            else:
                response = view(request, *args, **kwargs)
            add_never_cache_headers(response)
            return response

        return require_http_methods(allowed)(limited(REVIEW, by=clients.who, when=writes)(guarded))

    return decorate
