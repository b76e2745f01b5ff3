"""Who calls the API: nobody in particular, a key, or a token of OAuth. Cookies are never read, so no form can lie."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest

from accounts.models import User
from api import keys, problems
from api.models import ApiKey
from api.oauth import tokens
from core import clients

LONGEST = 4_096  # characters of an Authorization header


@dataclass(frozen=True)
class Caller:
    """Who sent a request. `user` is whose objects it sees; `client` names it for limits and counts."""

    kind: Literal["anonymous", "key", "token"]
    user: User | AnonymousUser
    client: str
    scopes: frozenset[str] = frozenset()
    key: ApiKey | None = None


def caller_of(request: HttpRequest) -> Caller:
    """Return who sent a request. Raises problems.Problem (401) when it shows something that is not valid."""
    header = request.META.get("HTTP_AUTHORIZATION")
    if header is None:
        return Caller("anonymous", AnonymousUser(), clients.network(request))
    scheme, _, shown = header.partition(" ")
    shown = shown.strip()
    if scheme.lower() != "bearer" or not shown or len(header) > LONGEST:
        raise problems.unauthorized("The Authorization header has to be “Bearer” and a key.", "invalid_request")
    read: Callable[[str], Caller | None] = _by_key if shown.startswith(keys.START) else _by_token
    found = read(shown)
    if found is None:
        raise problems.unauthorized(
            "This key or token is not valid: mistyped, expired, revoked, or of a closed account. Make a new one in"
            " the portal, or leave the header out to read what is public.",
            "invalid_token",
        )
    return found


def _by_key(text: str) -> Caller | None:
    key = keys.recognise(text)
    if key is None:
        return None
    return Caller("key", key.owner, f"key {key.pk}", frozenset(key.scopes), key)


def _by_token(text: str) -> Caller | None:
    token = tokens.recognise(text)
    if token is None:
        return None
    return Caller("token", token.user, f"app {token.client}", token.scopes)
