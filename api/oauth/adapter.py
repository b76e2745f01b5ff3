"""What django-allauth's OpenID provider asks us."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from typing import Any, Literal

from allauth.idp.oidc.adapter import DefaultOIDCAdapter
from django.conf import settings

from api.scopes import SCOPES

IDENTITY = {
    "openid": "Know which account of this site you have.",
    "email": "See your e-mail address.",
    "profile": "See your name.",
}


class Adapter(DefaultOIDCAdapter):  # type: ignore[misc]  # the library has no types
    """Ours: scopes in words, secrets that scanners find, and claims that name nobody who did not allow it."""

    scope_display = IDENTITY | SCOPES

    def get_issuer(self) -> str:
        """Return the address of this site, whatever a request called it."""
        return settings.SITE_URL

    def generate_client_secret(self) -> str:
        """Return a new secret of a client: 256 random bits."""
        return f"aicat_secret_{secrets.token_urlsafe(32)}"

    def get_user_sub(self, client: Any, user: Any) -> str:
        """Return what an app calls an account: the same as `/me` of the API does."""
        return str(user.public_id)

    def get_claims(
        self, purpose: Literal["id_token", "userinfo"], user: Any, client: Any, scopes: Iterable[str], **kwargs: Any
    ) -> dict[str, Any]:
        """Return what is told of a person: nothing beyond the scopes that the person allowed."""
        told: dict[str, Any] = {"sub": self.get_user_sub(client, user)}
        if "email" in scopes:  # nobody signs in without having confirmed it
            told |= {"email": user.email, "email_verified": True}
        if "profile" in scopes and user.name:
            told["name"] = user.name
        return told
