"""What is known of a person by the apps they registered and let in (accounts.privacy)."""

from __future__ import annotations

import datetime as dt
from typing import Any

from allauth.idp.oidc.models import Client, Token

from accounts.models import User
from accounts.privacy.registry import personal
from api.oauth import tokens
from api.rendering import moment
from core.retention import Kept, delete, keep

ENDED = dt.timedelta(days=7)


def register() -> None:
    """Say it."""
    personal(
        "apps", export=_exported, erase=_erase, covers=["allauth_idp_oidc.client.owner", "allauth_idp_oidc.token.user"],
        told="apps that you registered or let in, which stop working at once",
    )  # fmt: skip
    keep(
        Kept(
            "oauth-tokens", "Tokens of apps that ended", "7 days after their end",
            "to find out what a lost token did", _forget,
        )
    )  # fmt: skip


def _exported(user: User) -> Any:
    return {
        "registered": [
            {
                "name": one.name,
                "client": one.pk,
                "scopes": one.get_scopes(),
                "redirects": one.get_redirect_uris(),
                "created": moment(one.created_at),
            }
            for one in Client.objects.filter(owner=user).order_by("created_at", "pk")
        ],
        "let in": [
            {
                "app": one.client.name if one.client else None,
                "scopes": one.get_scopes(),
                "created": moment(one.created_at),
                "expires": moment(one.expires_at),
            }
            for one in tokens.let_in(user).select_related("client").order_by("created_at", "pk")
        ],
    }


def _erase(user: User) -> None:
    Token.objects.filter(user=user).delete()
    Client.objects.filter(owner=user).delete()


def _forget(now: dt.datetime) -> int:
    return delete(Token.objects.filter(expires_at__lt=now - ENDED))
