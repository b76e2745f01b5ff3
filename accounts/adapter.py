"""Where django-allauth asks how this site does things: mails, links, words, and what counts as saying who one is."""

from __future__ import annotations

import datetime as dt
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.stagekit import clear_login
from allauth.account.models import EmailAddress
from allauth.core import context as current
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser
from django.core.mail import EmailMessage, EmailMultiAlternatives
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from accounts import limits, roles
from accounts.models import User
from accounts.privacy.models import Erasure
from core import clients, outbox
from core.outbox.rendering import html_of
from core.ratelimit import Ask, take_all
from core.site import absolute

# How long a mail is worth sending: what it holds is of no use afterwards.
LIFETIMES = {
    "account/email/login_code": dt.timedelta(seconds=settings.ACCOUNT_LOGIN_BY_CODE_TIMEOUT),
    "account/email/password_reset_key": dt.timedelta(hours=24),
}
NOT_ITS_ADDRESS = "Sign in with the present address of the account. A new one counts once it is confirmed."
NO_ADDRESS = "0.0.0.0"  # noqa: S104  # of a peer without one: a unix socket


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth has no types
    """Accounts: links by SITE_URL, mails as text and HTML, our words."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "account_inactive": "This account is closed. Write to us if that is a mistake.",
        "duplicate_email": "This is your address already. Type the new one.",
        "email_password_mismatch": (
            "Address and password do not belong together. Check both, or have a sign-in code sent to your address."
        ),
        "enter_current_password": "This is not your present password. Try again, or reset it.",
        "incorrect_code": "This code is not right or no longer valid. Check it, or ask for a new one.",
        "incorrect_password": "This password is not right. Try again, or reset it.",
        "invalid_password_reset": "This link is not valid any more. Ask for a new one.",
        "too_many_login_attempts": "This code was tried too often. Ask for a new one.",
        "same_as_current": "This is the present one. Type another.",
    }

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Put a mail into the outbox. Its links are made from SITE_URL, never from the Host header of the request."""
        if "ip" in context:  # of the address a note tells, and keeps, the network only
            context = {**context, "ip": clients.coarse(context["ip"])}
        links = {"signup_url": "account_signup", "reset_url": "account_reset_password", "account_url": "mfa_index"}
        ours = {name: absolute(reverse(view)) for name, view in links.items()}
        known = {**context, **ours, "email": email, "SITE_NAME": settings.SITE_NAME, "SITE_URL": settings.SITE_URL}
        user = context.get("user")
        outbox.post_message(
            self.render_mail(template_prefix, email, known),
            to=email,
            kind=f"account.{template_prefix.rpartition('/')[2]}",
            user=user if isinstance(user, User) and user.pk else None,
            lifetime=LIFETIMES.get(template_prefix, outbox.LIFETIME),
        )

    def send_notification_mail(
        self,
        template_prefix: str,
        user: AbstractBaseUser,
        context: dict[str, Any] | None = None,
        email: str | None = None,
    ) -> None:
        """Tell somebody what was done to their account."""
        super().send_notification_mail(template_prefix, user, {**(context or {}), "user": user}, email)

    def render_mail(
        self,
        template_prefix: str,
        email: str | list[str],
        context: dict[str, Any],
        headers: dict[str, str] | None = None,
    ) -> EmailMessage:
        """Return a mail as text and as HTML; the words are in one template, the HTML is made of them."""
        mail = super().render_mail(template_prefix, email, context, headers)
        assert isinstance(mail, EmailMultiAlternatives)
        mail.attach_alternative(html_of(str(mail.subject), str(mail.body)), "text/html")
        return mail

    def pre_login(self, request: HttpRequest, user: AbstractBaseUser, **kwargs: Any) -> HttpResponse | None:
        """Let nobody in by an address that is not, or no longer, the account's: allauth would have it confirmed anew.

        It knows accounts by an address that they have only asked for, too, and a code that was sent to the old one.
        """
        email = kwargs.get("email")
        if email and email.lower() != getattr(user, "email", ""):
            clear_login(request)
            messages.error(request, NOT_ITS_ADDRESS)
            return redirect("account_login")
        response: HttpResponse | None = super().pre_login(request, user, **kwargs)
        return response

    def post_login(self, request: HttpRequest, user: AbstractBaseUser, **kwargs: Any) -> HttpResponse:
        """Lead who has just signed in on; to the page that can stop it, where an erasure waits."""
        response: HttpResponse = super().post_login(request, user, **kwargs)
        waits = Erasure.objects.open().filter(user_id=user.pk).exists()
        return redirect("account_erase") if waits else response

    def get_email_confirmation_url(self, request: HttpRequest, emailconfirmation: Any) -> str:
        """Return the link that confirms an address."""
        return absolute(reverse("account_confirm_email", args=[emailconfirmation.key]))

    def get_reset_password_from_key_url(self, key: str) -> str:
        """Return the link that leads to a new password; `key` is the user's part and the token, joined by a dash."""
        user, _, token = key.partition("-")
        return absolute(reverse("account_reset_password_from_key", kwargs={"uidb36": user, "key": token}))

    def is_safe_url(self, url: str | None) -> bool:
        """Say whether we may lead somebody there after a sign-in: paths of this site, and nothing else."""
        request = current.request
        hosts = {request.get_host()}
        return url_has_allowed_host_and_scheme(url, allowed_hosts=hosts, require_https=request.is_secure())

    def get_reauthentication_methods(self, user: AbstractBaseUser | AnonymousUser) -> list[dict[str, Any]]:
        """Return the ways to say who one is: the second step where there is one, as a password alone is half of it.

        The first is asked for. Without an app that is the passkey: recovery codes are too good for it.
        """
        ways: list[dict[str, Any]] = super().get_reauthentication_methods(user)
        names = {
            "reauthenticate": "Use the password",
            "mfa_reauthenticate": "Use a code of the authenticator app, or a recovery code",
            "mfa_reauthenticate:webauthn": "Use a passkey",
        }
        ways = [{**way, "description": names[way["id"]]} for way in ways]
        second = [way for way in ways if way["id"] != "reauthenticate"]
        if len(second) > 1 and not Authenticator.objects.filter(user_id=user.pk, type=Authenticator.Type.TOTP).exists():
            second.reverse()
        return second or ways

    def get_client_ip(self, request: HttpRequest) -> str:
        """Return the address that a session shows, found as everywhere (core/clients.py)."""
        return str(clients.address(request) or NO_ADDRESS)

    def should_send_confirmation_mail(self, request: HttpRequest, email_address: EmailAddress, signup: bool) -> bool:
        """Let a sign-in with an unconfirmed address send the mail again, with pauses; a sign-up was counted before."""
        address = email_address.email
        asks = [Ask(limits.PAUSE, limits.typed(address))]
        asks += [] if signup else limits.mails_a_day(request, address)
        return all(one.allowed for one in take_all(asks))

    def confirm_email(self, request: HttpRequest, email_address: EmailAddress) -> bool:
        """Confirm an address. Who has the mailbox gets it, also when somebody signed up with it and never confirmed.

        Such an account could never be used; without a role it makes way. Any other keeps the address.
        """
        with transaction.atomic():
            other = User.objects.filter(email__iexact=email_address.email).exclude(pk=email_address.user_id).first()
            if other and _never_used(other):
                other.delete()
            elif other:
                self.add_message(
                    request,
                    messages.ERROR,
                    "account/messages/email_confirmation_failed.txt",
                    {"email": email_address.email},
                )
                return False
            return bool(super().confirm_email(request, email_address))


def _never_used(user: User) -> bool:
    confirmed = EmailAddress.objects.filter(user=user, verified=True).exists()
    return not confirmed and user.last_login is None and not roles.works_here(user)


class MFAAdapter(DefaultMFAAdapter):  # type: ignore[misc]  # allauth has no types
    """The second step: our name in authenticator apps and passkeys, our words."""

    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": "This code is not right. Codes change every 30 seconds: take the one shown now.",
        "used_code": "This code was used already. Wait for the next one, which comes within 30 seconds.",
        "cannot_generate_recovery_codes": "Set up an authenticator app or a passkey first: the codes stand in for it.",
        "cannot_delete_authenticator": "This cannot be removed.",
    }

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """Return the name that passkeys are bound to: the host of this request, one of ALLOWED_HOSTS."""
        return {"id": current.request.get_host().partition(":")[0], "name": settings.SITE_NAME}

    def generate_authenticator_name(self, user: AbstractBaseUser, type: Authenticator.Type) -> str:
        """Return a name for a new passkey: "Passkey 2"."""
        return f"Passkey {Authenticator.objects.filter(user_id=user.pk, type=type).count() + 1}"
