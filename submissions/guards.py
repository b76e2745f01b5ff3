"""What every page of the portal passes: who is signed in, how often they may write, what they typed is kept.

A form that is sent after its session ended is not lost (core/kept_forms.py).
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase

from core.kept_forms import away, offering
from core.ratelimit import Limit
from core.signed_in import View, signed_in
from submissions import limits


def portal(
    *methods: str, limit: Limit = limits.WRITE, fills: bool = False, right: str = "", why: str = ""
) -> Callable[[View], View]:
    """Let signed-in people pass, by these methods (HEAD comes with GET), and keep answers out of every cache.

    Others are led to the sign-in and back to this address; what they typed waits there. A view that `fills` puts it
    into its form itself (`typed`); for others it is shown with a button that sends it. With a `right`, an account that
    lacks it is refused with `why`.
    """

    def decorate(view: View) -> View:
        shown = signed_in(_having(view, right, why) if right else view, methods, limit=limit, away=away)
        return shown if fills else offering(shown, "submissions:portal")

    return decorate


def _having(view: View, right: str, why: str) -> View:
    @functools.wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.has_perm(right):
            raise PermissionDenied(why)
        return view(request, *args, **kwargs)

    return guarded
