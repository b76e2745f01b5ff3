"""What every page of billing passes: the role, how often it may send forms, who is there before money moves."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase

from accounts.confirming import confirmed
from core.signed_in import View, signed_in
from featured.billing.limits import BILLING

MAY_LOOK = "featured.view_order"


def billing(*methods: str, right: str = MAY_LOOK, asked: bool = False) -> Callable[[View], View]:
    """Let people with the right pass, by these methods (HEAD comes with GET); visitors are led to the sign-in.

    `asked`: only who said who they are a short while ago; others are asked and led back. It is asked after the right.
    """

    def decorate(view: View) -> View:
        inner = confirmed(view) if asked else view

        @functools.wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not (request.user.is_active and request.user.has_perm(right)):
                raise PermissionDenied("These pages are for people who look after money here.")
            return inner(request, *args, **kwargs)

        return signed_in(guarded, methods, limit=BILLING, away=lambda request: redirect_to_login(request.path))

    return decorate
