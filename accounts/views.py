"""Pages of an account that allauth does not have: the overview, and sessions that end one by one."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from allauth.account.adapter import get_adapter
from allauth.account.decorators import reauthentication_required
from allauth.account.models import EmailConfirmationHMAC
from allauth.account.utils import get_next_redirect_url
from allauth.account.views import LogoutView
from allauth.account.views import confirm_email as press_link
from allauth.mfa.models import Authenticator
from allauth.usersessions.adapter import get_adapter as get_sessions_adapter
from allauth.usersessions.models import UserSession
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts import roles
from accounts.privacy.models import Erasure
from accounts.sessions import browser
from core.readonly import only_shows

OTHERS = (
    "That link gives a new address to another account. Sign out, sign in to the account that asked for it, and open the"
    " link again. If you asked for none, do nothing."
)


class SignOut(LogoutView):  # type: ignore[misc]  # allauth has no types
    """Leads back to a page for everybody, and from everywhere else to the front page."""

    def get_next_url(self) -> str | None:
        """Return where to go on; None for a page that would ask a visitor to sign in again."""
        url: str | None = super().get_next_url()
        return url if url and only_shows(urlsplit(url).path) else None


sign_out = SignOut.as_view()


def confirm_email(request: HttpRequest, key: str) -> HttpResponseBase:
    """Confirm an address by the link of a mail; one that takes another's place only for who is signed in there.

    Else whoever gets such a mail and takes it for that of their own sign-up gives their address to somebody's account,
    and a link that was asked for in a stolen session still works when that session has ended.
    """
    found = EmailConfirmationHMAC.from_key(key)
    address = found.email_address if found else None
    if address is None or address.email == address.user.email or address.user_id == request.user.pk:
        response: HttpResponseBase = press_link(request, key=key)
        return response
    if not request.user.is_authenticated:
        return redirect_to_login(request.path)
    messages.error(request, OTHERS)
    return redirect("account_overview")


@require_safe
@login_required
def overview(request: HttpRequest) -> HttpResponse:
    """Show who is signed in and how the account is protected."""
    user = request.user
    steps = list(Authenticator.objects.filter(user=user))
    kinds = [one.type for one in steps]
    codes = next((one for one in steps if one.type == Authenticator.Type.RECOVERY_CODES), None)
    context = {
        "passkeys": kinds.count(Authenticator.Type.WEBAUTHN),
        "app": Authenticator.Type.TOTP in kinds,
        "codes": len(codes.wrap().get_unused_codes()) if codes else None,
        "session_count": UserSession.objects.filter(user=user).count(),
        "role_names": list(user.groups.filter(name__in=roles.ROLES).order_by("name").values_list("name", flat=True)),
        "works_here": roles.works_here(user),
        "is_demo": roles.is_demo(user),
        "erasure": Erasure.objects.open().filter(user=user.pk).first(),
    }
    return render(request, "account/overview.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@reauthentication_required(allow_get=True)  # type: ignore[untyped-decorator]  # allauth has no types
def sessions(request: HttpRequest) -> HttpResponse:
    """List the sessions of the account; a POST ends the one it names, or all but this one."""
    rows = sorted(
        UserSession.objects.purge_and_list(request.user), key=lambda one: (-one.created_at.timestamp(), one.pk)
    )
    if request.method == "POST":
        others = [one for one in rows if not one.is_current()]
        ended = [one for one in others if request.POST.get("session") in {"others", str(one.pk)}]
        get_sessions_adapter().end_sessions(ended)
        words = "That session had ended already." if not ended else f"Ended: {browser(ended[0].user_agent)}."
        words = f"{len(ended)} sessions were ended." if len(ended) > 1 else words
        get_adapter().add_message(request, messages.SUCCESS, message=words)
        return redirect("usersessions_list")
    shown = [{"session": one, "browser": browser(one.user_agent), "here": one.is_current()} for one in rows]
    return render(request, "usersessions/usersession_list.html", {"sessions": shown, "session_count": len(shown)})


@never_cache
def desk_sign_in(request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
    """Lead to the sign-in, and from there to the desk; who is signed in and works here goes there at once.

    Django's own form is never reached, not even by who is signed in already: it knows neither limits nor second steps.
    """
    if not request.user.is_authenticated:
        return redirect_to_login(get_next_redirect_url(request) or reverse("admin:index"))
    if not (request.user.is_staff and request.user.is_active):
        raise PermissionDenied("This account does not work here.")
    return redirect("admin:index")
