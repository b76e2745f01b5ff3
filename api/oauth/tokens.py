"""Access tokens: who calls the API by one."""

from __future__ import annotations

from dataclasses import dataclass

from allauth.idp.oidc.models import Token

from accounts.models import User
from api.scopes import SCOPES


@dataclass(frozen=True)
class Recognised:
    """Whose objects a token sees, which client shows it, and what it may."""

    user: User
    client: str
    scopes: frozenset[str]


def recognise(text: str) -> Recognised | None:
    """Return who shows an access token that works; None for any other. One statement.

    A token of client credentials has no user: it acts as the owner of its client, with the client's scopes. Whoever
    owns the client has to be there as well: a closed or banned account takes its apps with it.
    """
    found = Token.objects.select_related("user", "client__owner").lookup(Token.Type.ACCESS_TOKEN, text)
    if found is None or found.client is None or found.client.owner is None or not found.client.owner.is_active:
        return None
    user = found.user or found.client.owner
    if not user.is_active:
        return None
    allowed = SCOPES.keys() & set(found.get_scopes()) & set(found.client.get_scopes())
    return Recognised(user, found.client.pk, frozenset(allowed))
