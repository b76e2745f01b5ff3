"""What every request of a signed-in person passes: the end of the session, and the second step of who works here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.cache import add_never_cache_headers

from accounts import roles, sessions

GetResponse = Callable[[HttpRequest], HttpResponse]

# Where an account without its second step may go: to set it up, to say who it is, to confirm its address, and out.
ASKING = frozenset(
    (  # noqa: SIM905
        "account_reauthenticate mfa_reauthenticate mfa_reauthenticate_webauthn account_logout healthz readyz"
    ).split()
)
OPEN = frozenset(
    (  # noqa: SIM905
        "mfa_index mfa_activate_totp mfa_add_webauthn mfa_list_webauthn mfa_view_recovery_codes "
        "mfa_download_recovery_codes account_reauthenticate mfa_reauthenticate mfa_reauthenticate_webauthn "
        "account_email account_confirm_email account_email_verification_sent account_logout healthz readyz"
    ).split()
)


def sessions_end(get_response: GetResponse) -> GetResponse:
    """Sign out who was away too long or is signed in too long; the request goes on as a visitor's.

    A visitor's session in which nothing is left, once what it had to say is read, ends with its cookie.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        has_session = settings.SESSION_COOKIE_NAME in request.COOKIES
        if has_session and request.user.is_authenticated and sessions.is_over(request):
            logout(request)
        response = get_response(request)
        if has_session and request.session.modified and not request.session.keys():
            request.session.flush()
        return response

    return middleware


def second_step_required(get_response: GetResponse) -> GetResponse:
    """Lead who works here to the page where the second step is set up, or asked for, from every other page.

    It is asked for in a session that began without it: before it was set up elsewhere, or before the role was given.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        return get_response(request)

    def process_view(request: HttpRequest, view: object, args: object, kwargs: dict[str, Any]) -> HttpResponse | None:
        if settings.SESSION_COOKIE_NAME not in request.COOKIES or not request.resolver_match:
            return None
        here = request.resolver_match.url_name
        if here in ASKING or not roles.needs_second_step(request.user):
            return None
        if not roles.has_second_step(request.user):
            return None if here in OPEN else redirect("mfa_index")
        if sessions.has_shown_second_step(request):
            return None
        way = get_adapter().get_reauthentication_methods(request.user)[0]["url"]
        return redirect(f"{way}?{urlencode({'next': request.get_full_path() if request.method == 'GET' else '/'})}")

    middleware.process_view = process_view  # type: ignore[attr-defined]
    return middleware


def account_pages_are_private(get_response: GetResponse) -> GetResponse:
    """Keep pages under /account/ out of every cache: they hold the token of somebody's form, if nothing else."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if request.path.startswith("/account/"):
            add_never_cache_headers(response)
        return response

    return middleware
