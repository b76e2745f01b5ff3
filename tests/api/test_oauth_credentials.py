"""Client credentials: a program of one's own calls the API as its owner, with no more than its scopes."""

from __future__ import annotations

import base64
import datetime as dt
import json
from typing import Any

import pytest
from allauth.idp.oidc.models import Token
from django.test import Client as Browser
from django.utils import timezone

from accounts.models import User
from api.oauth import clients
from api.oauth.clients import Wanted
from tests.api.client import Api

pytestmark = pytest.mark.django_db
WANTED = Wanted("of a test", confidential=True, ways=["credentials"], scopes=["account:read"])
FORM = "application/x-www-form-urlencoded"


@pytest.fixture
def owner() -> User:
    """Somebody who registers apps."""
    return User.objects.create_user("owner@example.com")


def ask(**values: str) -> Any:
    """Send a form to the token endpoint."""
    return Browser(enforce_csrf_checks=True).post("/oauth/token", values)


def plain(body: str, path: str = "/oauth/token", **more: Any) -> Any:
    """Send a body as a form."""
    return Browser().post(path, body, content_type=FORM, **more)


def credentials(client: Any, secret: str, **more: str) -> str:
    """Return the body that asks for a token."""
    values = {"grant_type": "client_credentials", "client_id": client.pk, "client_secret": secret, **more}
    return "&".join(f"{name}={value}" for name, value in values.items())


def token_of(client: Any, secret: str, scope: str = "account:read") -> str:
    """Return a new access token."""
    answer = plain(credentials(client, secret, scope=scope))
    assert answer.status_code == 200, answer.content
    return str(answer.json()["access_token"])


def test_a_client_reads_the_catalog_and_who_it_acts_for(owner: User) -> None:
    client, secret = clients.register(owner, WANTED)
    api = Api(token_of(client, secret))
    answer = api.get("/categories")
    assert answer.status_code == 200
    assert {part.partition(";")[0] for part in answer.headers["RateLimit"].split(", ")} == {'"apikey"', '"apikeyday"'}
    me = api.json("/me")
    assert (me["email"], me["by"], me["scopes"], me["key"]) == ("owner@example.com", "token", ["account:read"], None)


def test_the_answer_is_that_of_the_standard(owner: User) -> None:
    client, secret = clients.register(owner, WANTED)
    basic = base64.b64encode(f"{client.pk}:{secret}".encode()).decode()
    answer = plain("grant_type=client_credentials&scope=account%3Aread", headers={"Authorization": f"Basic {basic}"})
    told = answer.json()
    assert told.pop("access_token")
    assert told == {"expires_in": 3600, "token_type": "Bearer", "scope": "account:read"}
    assert answer.headers["Cache-Control"] == "no-store"


def test_who_names_no_scope_gets_the_least(owner: User) -> None:
    client, secret = clients.register(owner, WANTED)
    assert plain(credentials(client, secret)).json()["scope"] == "catalog:read"


def test_a_scope_that_the_client_has_not_is_refused(owner: User) -> None:
    client, secret = clients.register(owner, WANTED)
    answer = plain(credentials(client, secret, scope="keys:write"))
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_scope")
    assert Token.objects.count() == 0


def test_only_the_digest_of_a_token_is_kept(owner: User) -> None:
    client, secret = clients.register(owner, WANTED)
    token = token_of(client, secret)
    kept = json.dumps([*Token.objects.values()], default=str) + json.dumps(str(vars(client)))
    assert token not in kept
    assert secret not in kept


@pytest.mark.parametrize("who", ["wrong secret", "unknown client", "public client"])
def test_who_cannot_say_who_it_is_gets_nothing(owner: User, who: str) -> None:
    client, secret = clients.register(owner, WANTED)
    if who == "public client":
        client, secret = clients.register(
            owner, Wanted("public", confidential=False, ways=["code"], scopes=[], redirect_uris=["https://a.example/"])
        )
    body = credentials(client, secret if who == "unknown client" else "wrong")
    answer = plain(body.replace(client.pk, "nobody") if who == "unknown client" else body)
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
    assert Token.objects.count() == 0


@pytest.mark.parametrize("grant", ["password", "implicit", "urn:ietf:params:oauth:grant-type:jwt-bearer", ""])
def test_no_other_grant_gives_a_token(owner: User, grant: str) -> None:
    client, secret = clients.register(owner, WANTED)
    answer = plain(credentials(client, secret, username="owner@example.com", password="x", grant_type=grant))
    assert (answer.status_code, answer.json()["error"]) == (400, "unsupported_grant_type")


def test_values_in_the_address_twice_or_not_as_a_form_are_refused(owner: User) -> None:
    client, secret = clients.register(owner, WANTED)
    body = credentials(client, secret)
    answers = [
        plain(body, f"/oauth/token?client_secret={secret}"),
        plain(f"{body}&client_id={client.pk}"),
        plain(f"{body}&scope=%00"),
        Browser().post("/oauth/token", body, content_type="application/json"),
        Browser().get("/oauth/token"),
    ]
    assert [one.status_code for one in answers] == [400, 400, 400, 400, 405]
    assert [one.json()["error"] for one in answers[:4]] == ["invalid_request"] * 4


def test_a_token_that_is_over_works_no_more(owner: User) -> None:
    client, secret = clients.register(owner, WANTED)
    token = token_of(client, secret)
    Token.objects.update(expires_at=timezone.now() - dt.timedelta(seconds=1))
    assert Api(token).get("/categories").status_code == 401


def test_a_closed_account_takes_its_clients_with_it(owner: User) -> None:
    client, secret = clients.register(owner, WANTED)
    token = token_of(client, secret)
    User.objects.filter(pk=owner.pk).update(is_active=False)
    assert Api(token).get("/categories").status_code == 401
    answer = plain(credentials(client, secret))
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


def test_a_scope_taken_from_a_client_is_taken_from_its_tokens(owner: User) -> None:
    client, secret = clients.register(owner, WANTED)
    token = {"Authorization": f"Bearer {token_of(client, secret)}"}
    client.set_scopes(["catalog:read"])
    client.save()
    paths = ("/api/v1/me", "/api/v1/categories")
    assert [Browser().get(path, headers=token).status_code for path in paths] == [403, 200]


def test_an_account_has_so_many_clients(owner: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clients, "MOST", 1)
    clients.register(owner, WANTED)
    with pytest.raises(clients.TooMany):
        clients.register(owner, WANTED)


def test_a_server_tells_what_it_can() -> None:
    answer = Browser().get("/.well-known/oauth-authorization-server")
    told = answer.json()
    device = "urn:ietf:params:oauth:grant-type:device_code"
    assert told["grant_types_supported"] == ["authorization_code", "refresh_token", "client_credentials", device]
    assert told["code_challenge_methods_supported"] == ["S256"]
    assert told["token_endpoint"] == "http://127.0.0.1:8000/oauth/token"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    (key,) = Browser().get("/.well-known/jwks.json").json()["keys"]
    assert (key["kty"], "d" in key) == ("RSA", False)
