"""Addresses that are known to be right without a mail: those that an operator gave on the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from accounts.models import User


def trust(user: User) -> None:
    """Mark the user's address as confirmed, so that the account can sign in where no mail can be sent yet."""
    from allauth.account.models import EmailAddress  # noqa: PLC0415  # needs the user model, which calls this

    EmailAddress.objects.update_or_create(user=user, email=user.email, defaults={"verified": True, "primary": True})
