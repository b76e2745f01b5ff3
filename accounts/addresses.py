"""Whose an address is; and addresses that are right without a mail: those that an operator gave on the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.contrib.auth.hashers import make_password
from django.db.models import Exists, OuterRef
from django.http import HttpRequest

if TYPE_CHECKING:
    from accounts.models import User

BY_CODE = "account_confirm_login_code"
SIGNED_UP = "signed_up"  # in the session of the browser that made an account: which
FRESH = (
    "Your address is confirmed. The password of the sign-up counts no more, as somebody else may have set it: set one"
    " of your own under “Password”, or go on signing in by code."
)


def trust(user: User) -> None:
    """Mark the user's address as confirmed, so that the account can sign in where no mail can be sent yet."""
    from allauth.account.models import EmailAddress  # noqa: PLC0415  # needs the user model, which calls this

    EmailAddress.objects.update_or_create(user=user, email=user.email, defaults={"verified": True, "primary": True})


def owner(email: str) -> User | None:
    """Return the open account that has this address, as its own: not one that has asked to change to it.

    allauth also finds the latter. Whoever typed somebody else's address there would get that person's mails of
    sign-in and reset made out for an account of theirs.
    """
    from accounts.models import User  # noqa: PLC0415  # the user model calls this module

    return User.objects.filter(email=email.lower(), is_active=True).first()


def claimed_again(email: str, password: str) -> None:
    """Take the password of an account that was only signed up for, when a sign-up with its address has another one.

    Two people claim the address then. Whose it is gets in by a code or a link for a new password; the mail of the first
    sign-up, which they may take for that of their own, must not let the other one in. Costs one hash in every case.
    """
    from allauth.account.models import EmailAddress  # noqa: PLC0415  # needs the user model, which calls this module

    from accounts.models import User  # noqa: PLC0415

    asked = EmailAddress.objects.filter(user=OuterRef("pk"))
    begun = User.objects.filter(Exists(asked), ~Exists(asked.filter(verified=True)), email=email.lower())
    user = begun.filter(last_login=None, is_staff=False, is_superuser=False).first()
    if user is None or not user.has_usable_password():
        make_password(password)
    elif not user.check_password(password):
        user.set_unusable_password()
        user.save(update_fields=["password"])


def confirmed(request: HttpRequest, email_address: Any, **_signal: object) -> None:
    """Take from an account what was set at its sign-up when a sign-in code is what first confirms its address.

    The link in the sign-up's own mail is pressed by who knows of it; a code is asked for by whoever has the mailbox,
    for an account that somebody else may have begun. Who signed up in this very browser keeps what they set.
    (A receiver of allauth's email_confirmed.)
    """
    user: User = email_address.user
    if getattr(request.resolver_match, "url_name", "") != BY_CODE or user.last_login is not None:
        return
    if request.session.get(SIGNED_UP) == user.pk:
        return
    from allauth.mfa.models import Authenticator  # noqa: PLC0415  # needs the user model, which calls this module
    from allauth.usersessions.models import UserSession  # noqa: PLC0415

    if user.has_usable_password():
        user.set_unusable_password()
        user.save(update_fields=["password"])
        messages.info(request, FRESH)
    Authenticator.objects.filter(user=user).delete()
    for one in UserSession.objects.filter(user=user):
        one.end()


def reset(request: HttpRequest, user: User, **_signal: object) -> None:
    """Confirm the address of an account whose password was just set by a mailed link: that shows whose mailbox it is.

    Unconfirmed, a sign-in code would take the new password again. (A receiver of allauth's password_reset; a link is
    void once the address has changed.)
    """
    from allauth.account.adapter import get_adapter  # noqa: PLC0415  # needs the user model, which calls this module
    from allauth.account.models import EmailAddress  # noqa: PLC0415

    address = EmailAddress.objects.filter(user=user, email=user.email, verified=False).first()
    if address:
        get_adapter().confirm_email(request, address)
