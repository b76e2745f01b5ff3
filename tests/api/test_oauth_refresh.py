"""Refresh tokens work once; one that comes twice ends its family. Apps end their own tokens, nobody else's."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from allauth.idp.oidc.models import Token
from django.db import connection

from accounts.models import User
from api.oauth import tokens
from tests.api.oauth_walk import app, code_for, exchange, got, post, status
from tests.people import WORD, person

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner() -> User:
    """Who registers apps."""
    return person("owner@example.com")


@pytest.fixture
def ana() -> User:
    """Who lets them in."""
    return person()


def refreshed(client: Any, told: dict[str, Any], **more: str) -> Any:
    """Send a refresh token."""
    values = {"grant_type": "refresh_token", "refresh_token": told["refresh_token"], "client_id": client.pk, **more}
    return post("/oauth/token", **values)


def revoked(client: Any, token: str, **more: str) -> int:
    """Ask to end a token; return the status."""
    return int(post("/oauth/revoke", token=token, client_id=client.pk, **more).status_code)


def test_a_refresh_token_gives_new_tokens_each_time(owner: User, ana: User) -> None:
    client, _ = app(owner)
    first = got(exchange(client, code_for(client, ana)))
    second = got(refreshed(client, first))
    third = got(refreshed(client, second))
    assert len({one["refresh_token"] for one in (first, second, third)}) == 3
    assert [status(one["access_token"]) for one in (first, second, third)] == [200, 200, 200]
    assert third["scope"] == "openid account:read"


def test_one_that_comes_twice_ends_all_that_came_from_the_same_consent(owner: User, ana: User) -> None:
    client, _ = app(owner)
    first, other = got(exchange(client, code_for(client, ana))), got(exchange(client, code_for(client, ana)))
    second = got(refreshed(client, first))
    answer = refreshed(client, first)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")
    assert [status(one["access_token"]) for one in (first, second, other)] == [401, 401, 200]
    assert [refreshed(client, one).status_code for one in (second, other)] == [400, 200]


@pytest.mark.django_db(transaction=True)
def test_two_at_once_cannot_both_use_one(owner: User, ana: User) -> None:
    client, _ = app(owner)
    first = got(exchange(client, code_for(client, ana)))
    found: list[int] = []

    def use() -> None:
        found.append(refreshed(client, first).status_code)
        connection.close()

    threads = [threading.Thread(target=use) for _ in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert sorted(found) == [200, 400, 400, 400]
    assert Token.objects.count() == 0


def test_scopes_can_be_narrowed_for_a_while_and_never_widened(owner: User, ana: User) -> None:
    client, _ = app(owner, "openid", "account:read", "lists:read")
    first = got(exchange(client, code_for(client, ana, scope="account:read lists:read")))
    narrow = got(refreshed(client, first, scope="lists:read"))
    assert (narrow["scope"], status(narrow["access_token"])) == ("lists:read", 403)
    assert refreshed(client, narrow, scope="openid account:read").json()["error"] == "invalid_scope"
    assert got(refreshed(client, narrow))["scope"] == "account:read lists:read"


def test_another_app_cannot_use_one_and_a_secret_has_to_be_shown(owner: User, ana: User) -> None:
    client, secret = app(owner, confidential=True)
    other, others = app(owner, confidential=True)
    told = got(exchange(client, code_for(client, ana), client_secret=secret))
    answers = [refreshed(client, told), refreshed(other, told, client_secret=others)]
    assert [(one.status_code, one.json()["error"]) for one in answers] == [
        (401, "invalid_client"),
        (400, "invalid_grant"),
    ]
    assert refreshed(client, told, client_secret=secret).status_code == 200


def test_it_lasts_30_days_from_its_last_use(owner: User, ana: User) -> None:
    client, _ = app(owner)
    told = got(exchange(client, code_for(client, ana)))
    row = Token.objects.get(type="rt")
    assert (row.expires_at - row.created_at).days in {29, 30}
    Token.objects.filter(pk=row.pk).update(expires_at=row.created_at)
    assert refreshed(client, told).status_code == 400


def test_another_password_and_a_closed_account_end_them(owner: User, ana: User) -> None:
    client, _ = app(owner)
    told = got(exchange(client, code_for(client, ana)))
    ana.set_password(f"{WORD} more")
    ana.save()
    assert refreshed(client, told).status_code == 400
    again = got(exchange(client, code_for(client, ana)))
    ana.is_active = False
    ana.save()
    assert refreshed(client, again).status_code == 400


def test_an_app_ends_its_tokens(owner: User, ana: User) -> None:
    client, _ = app(owner)
    told, other = got(exchange(client, code_for(client, ana))), got(exchange(client, code_for(client, ana)))
    assert revoked(client, told["access_token"]) == 200
    assert (status(told["access_token"]), refreshed(client, told).status_code) == (401, 200)
    assert revoked(client, other["refresh_token"], token_type_hint="access_token") == 200
    assert (status(other["access_token"]), refreshed(client, other).status_code) == (401, 400)


def test_an_app_ends_nothing_of_another(owner: User, ana: User) -> None:
    client, secret = app(owner, confidential=True)
    other, _ = app(owner)
    told = got(exchange(client, code_for(client, ana), client_secret=secret))
    assert [revoked(other, told[one]) for one in ("access_token", "refresh_token")] == [200, 200]
    assert revoked(other, "made-up") == 200
    assert revoked(client, told["refresh_token"]) == 401
    assert (status(told["access_token"]), Token.objects.count()) == (200, 3)


def test_a_person_shuts_an_app_out(owner: User, ana: User) -> None:
    client, _ = app(owner)
    other, _ = app(owner)
    told, kept, code = (
        got(exchange(client, code_for(client, ana))),
        got(exchange(other, code_for(other, ana))),
        code_for(client, ana),
    )
    assert tokens.shut_out(ana, client.pk) == 4
    assert (status(told["access_token"]), status(kept["access_token"])) == (401, 200)
    assert [refreshed(client, told).status_code, exchange(client, code).status_code] == [400, 400]
