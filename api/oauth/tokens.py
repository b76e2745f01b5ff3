"""Tokens: who calls the API by one, and what ends them.

Rows are django-allauth's; `data` holds what it does not keep: the `family` of tokens that came from one consent, a
`stamp` of the password at that time, and whether a code or a refresh token is `spent`.
"""

from __future__ import annotations

import hmac
import uuid
from dataclasses import dataclass
from typing import Any

from allauth.idp.oidc.models import Client, Token
from django.db import transaction
from django.db.models import QuerySet

from accounts.models import User
from api.oauth.adapter import IDENTITY
from api.scopes import SCOPES
from core import audit

# a key or a webhook would outlive the app that made it, and nobody would see it among the apps they let in
APP_SCOPES = {name: told for name, told in SCOPES.items() if name not in {"keys:write", "webhooks:write"}}
ALL_SCOPES = IDENTITY | APP_SCOPES


@dataclass(frozen=True)
class Recognised:
    """Whose objects a token sees, which client shows it, and what it may."""

    user: User
    client: str
    scopes: frozenset[str]


def stamp(user: User) -> str:
    """Return what a token carries of a password: nothing that leads to it, and another one once it has changed."""
    return str(user.get_session_auth_hash())[:32]


def of_consent(user: User, **more: Any) -> dict[str, Any]:
    """Return the data of the first row of a new family."""
    return {"family": uuid.uuid4().hex, "stamp": stamp(user), **more}


def stands(row: Token) -> bool:
    """Say whether those whom a token needs are there: who let the app in, as they were, and who registered it.

    A closed or banned account takes its apps with it; another password ends what was allowed under the old one, as it
    ends sessions. A token of client credentials has no user: its client can ask for another with its secret.
    """
    if row.client is None or row.client.owner is None or not row.client.owner.is_active:
        return False
    if row.user is None:
        return True
    kept = str((row.data or {}).get("stamp", ""))
    return bool(row.user.is_active) and hmac.compare_digest(kept, stamp(row.user))


def working(text: str) -> Token | None:
    """Return the row of an access token that works; None for any other. One statement."""
    row = Token.objects.select_related("user", "client__owner").lookup(Token.Type.ACCESS_TOKEN, text)
    return row if row is not None and stands(row) else None


def recognise(text: str) -> Recognised | None:
    """Return who shows an access token that works; None for any other. One statement.

    A token of client credentials acts as the owner of its client, with the client's scopes.
    """
    row = working(text)
    if row is None:
        return None
    allowed = APP_SCOPES.keys() & set(row.get_scopes()) & set(row.client.get_scopes())
    return Recognised(row.user or row.client.owner, row.client.pk, frozenset(allowed))


def take(kind: str, text: str, client: Client) -> Token | None:
    """Return the row of a code or refresh token that a client may use now, locked until the transaction ends.

    The lock is that of the person's row, so that all that gives or ends tokens of a person comes one after the other.
    One that was spent is a sign that two have it: everything of its family ends (RFC 9700, 4.14.2; RFC 6749, 4.1.2).
    """
    rows = Token.objects.valid().by_value(text).filter(type=kind, client=client, user__isnull=False)
    found = rows.first()
    if found is None:
        return None
    lock(found.user_id)
    row: Token | None = rows.select_related("user", "client__owner").first()
    if row is None:
        return None
    if row.data.get("spent"):
        end_family(row)
        return None
    return row if stands(row) else None


def lock(user: int) -> None:
    """Wait for whatever gives or ends tokens of a person. Needs a transaction."""
    User.objects.select_for_update(no_key=True).get(pk=user)


def end_family(row: Token) -> int:
    """End all tokens that came from the same consent; return how many. Call it with the person locked."""
    return int(Token.objects.filter(user=row.user_id, data__family=row.data["family"]).delete()[0])


def people_of(client: Client) -> int:
    """Return how many people an app acts for now."""
    rows = Token.objects.valid().filter(client=client, user__isnull=False).exclude(data__has_key="spent")
    return int(rows.values("user").distinct().count())


def let_in(user: User) -> QuerySet[Token]:
    """Return the tokens by which apps act for somebody now, as far as their time goes."""
    kinds = (Token.Type.ACCESS_TOKEN, Token.Type.REFRESH_TOKEN)
    rows: QuerySet[Token] = Token.objects.valid().filter(user=user, type__in=kinds).exclude(data__has_key="spent")
    return rows


@transaction.atomic
def shut_out(user: User, client: str) -> int:
    """End everything that an app has of somebody, codes too; return how many rows that were."""
    lock(user.pk)
    ended = int(Token.objects.filter(user=user, client=client).delete()[0])
    if ended:
        audit.record(actor=user, action="api.app_shut_out", detail={"client": client})
    return ended


def note_account(sender: object, instance: User, **_signal: object) -> None:
    """End the tokens of an account that is closed, and of the apps it registered (a receiver of post_save)."""
    if not instance.is_active:
        Token.objects.filter(user=instance.pk).delete()
        Token.objects.filter(client__owner=instance.pk).delete()
