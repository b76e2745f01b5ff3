"""Clients: apps that somebody registered."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from allauth.idp.oidc.models import Client
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from api.oauth import redirects
from api.oauth.adapter import Adapter
from api.oauth.tokens import ALL_SCOPES
from core import audit

MOST = 20  # clients of one account
GRANTS = {
    "code": (Client.GrantType.AUTHORIZATION_CODE, Client.GrantType.REFRESH_TOKEN),
    "device": (Client.GrantType.DEVICE_CODE, Client.GrantType.REFRESH_TOKEN),
    "credentials": (Client.GrantType.CLIENT_CREDENTIALS,),
}


class TooMany(ValueError):
    """An account has as many clients as it may; the message says what to do."""


@dataclass(frozen=True)
class Wanted:
    """What an app is to be. `ways` are names of GRANTS."""

    name: str
    confidential: bool
    ways: Iterable[str]
    scopes: Iterable[str]
    redirect_uris: Iterable[str] = ()


@transaction.atomic
def register(owner: User, wanted: Wanted) -> tuple[Client, str]:
    """Make a client and return its row and its secret, which nobody can be shown again ("" for a public one).

    Raises TooMany; ValueError for a scope or a way that there is not, or that such a client cannot have: a secret is
    needed for client credentials (RFC 6749, 4.4), and the library's device flow is for clients without one.
    """
    User.objects.select_for_update().get(pk=owner.pk)  # two windows at once count alike
    ways, scopes = set(wanted.ways), set(wanted.scopes) | {"catalog:read"}
    if not ways or ways - GRANTS.keys() or scopes - ALL_SCOPES.keys():
        raise ValueError("A client has ways and scopes that there are, one at least.")
    if ways & ({"device"} if wanted.confidential else {"credentials"}):
        raise ValueError("Client credentials need a secret, and devices are for clients without one.")
    addresses = list(wanted.redirect_uris)
    wrong = len(addresses) > redirects.MOST or any(redirects.wrong_with(one) for one in addresses)
    if wrong or ("code" in ways) != bool(addresses):
        raise ValueError("People who say yes are led to an address, which nobody else needs.")
    if Client.objects.filter(owner=owner).count() >= MOST:
        raise TooMany(f"You have registered {MOST} apps. Remove one that you do not need first.")
    secret = Adapter().generate_client_secret()
    kind = Client.Type.CONFIDENTIAL if wanted.confidential else Client.Type.PUBLIC
    row = Client(name=wanted.name, owner=owner, type=kind, created_at=timezone.now())
    row.set_secret(secret)
    row.set_scopes(sorted(scopes))
    row.set_default_scopes(["catalog:read"])
    row.set_grant_types(sorted({str(grant.value) for way in ways for grant in GRANTS[way]}))
    row.set_redirect_uris(addresses)
    row.save(force_insert=True)
    audit.record(actor=owner, action="api.app_made", detail={"client": row.pk, "scopes": sorted(scopes)})
    return row, secret if wanted.confidential else ""


@transaction.atomic
def remove(owner: User, client: str) -> bool:
    """Remove an app of somebody's, and with it every token that it has of anybody; say whether there was one."""
    if not Client.objects.filter(owner=owner, pk=client).delete()[0]:
        return False
    audit.record(actor=owner, action="api.app_removed", detail={"client": client})
    return True
