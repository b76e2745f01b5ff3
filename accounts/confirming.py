"""Asks who is there before something dangerous: the password, or the second step where there is one."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec
from urllib.parse import urlencode

from allauth.account.adapter import get_adapter
from allauth.account.decorators import reauthentication_required
from allauth.account.models import EmailAddress
from allauth.core.exceptions import ReauthenticationRequired
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import redirect

UNCONFIRMED = "Confirm your e-mail address first: open the link in the mail that we sent, or have it sent again."
P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponseBase]


def with_an_address(view: View[P]) -> View[P]:
    """Let a request through when the account has a confirmed address; others are led to what says so.

    Else whoever signs up with somebody else's address could keep them out of it by a second step.
    """

    @wraps(view)
    def wrapper(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        user = request.user
        if user.is_authenticated and not EmailAddress.objects.filter(user=user, verified=True).exists():
            messages.error(request, UNCONFIRMED)
            return redirect("mfa_index")
        return view(request, *args, **kwargs)

    return wrapper  # type: ignore[return-value]  # it takes the request by place


def confirmed(view: View[P]) -> View[P]:
    """Let a request through when the person said who they are in the last ACCOUNT_REAUTHENTICATION_TIMEOUT seconds.

    Others are asked and led back to the page. allauth's own decorator keeps a POST in the session meanwhile; here that
    could be a password in the clear, so the form is shown anew instead.
    """

    @wraps(view)
    def wrapper(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        if not has_confirmed(request):
            methods = get_adapter().get_reauthentication_methods(request.user)
            return HttpResponseRedirect(f"{methods[0]['url']}?{urlencode({'next': request.get_full_path()})}")
        return view(request, *args, **kwargs)

    return wrapper  # type: ignore[return-value]  # it takes the request by place


def has_confirmed(request: HttpRequest) -> bool:
    """Say whether somebody is signed in who said who they are a short while ago."""
    try:
        _ask(request)
    except ReauthenticationRequired:
        return False
    return True


@reauthentication_required  # type: ignore[untyped-decorator]  # allauth has no types
def _ask(request: HttpRequest) -> HttpResponse:
    return HttpResponse()
