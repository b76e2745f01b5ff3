"""Authorization code and PKCE: an app is let in by a person, once for each code, and exactly as was asked."""

from __future__ import annotations

import threading
from typing import Any

import jwt
import pytest
from allauth.idp.oidc.models import Client as App
from allauth.idp.oidc.models import Token
from django.db import connection
from django.test import Client as Browser

from accounts.models import User
from api.oauth import clients
from api.oauth.clients import Wanted
from tests.api.client import Api
from tests.api.oauth_walk import (
    BACK,
    CHALLENGE,
    VERIFIER,
    answered,
    app,
    browser_of,
    code_for,
    exchange,
    got,
    led_to,
    post,
    question,
    status,
)  # fmt: skip
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


@pytest.mark.parametrize("confidential", [True, False])
def test_an_app_that_was_let_in_acts_for_the_person(owner: User, ana: User, confidential: bool) -> None:
    client, secret = app(owner, confidential=confidential)
    told = got(exchange(client, code_for(client, ana), client_secret=secret))
    assert (told["token_type"], told["expires_in"], told["scope"]) == ("Bearer", 3600, "openid account:read")
    me = Api(told["access_token"]).json("/me")
    assert (me["email"], me["by"], me["scopes"]) == ("ana@example.com", "token", ["account:read"])
    assert status(told["access_token"], "/api/v1/keys") == 200
    assert status(told["access_token"], "/api/v1/submissions") == 403


def test_the_id_token_is_signed_and_names_nobody_who_did_not_allow_it(owner: User, ana: User) -> None:
    client, _ = app(owner)
    told = got(exchange(client, code_for(client, ana, nonce="n-1")))
    key = jwt.PyJWK(Browser().get("/.well-known/jwks.json").json()["keys"][0])
    issuer = Browser().get("/.well-known/openid-configuration").json()["issuer"]
    claims = jwt.decode(told["id_token"], key, algorithms=["RS256"], audience=client.pk, issuer=issuer)
    assert (claims["sub"], claims["nonce"], "email" in claims) == (str(ana.public_id), "n-1", False)
    answer = Browser().get("/oauth/userinfo", headers={"Authorization": f"Bearer {told['access_token']}"})
    assert answer.json() == {"sub": str(ana.public_id)}


def test_userinfo_tells_what_was_allowed_and_needs_openid(owner: User, ana: User) -> None:
    client, _ = app(owner, "openid", "email", "account:read")
    with_email = got(exchange(client, code_for(client, ana, scope="openid email")))["access_token"]
    without = got(exchange(client, code_for(client, ana, scope="account:read")))["access_token"]
    heads = [{"Authorization": f"Bearer {one}"} for one in (with_email, without, "none")]
    answers = [Browser().get("/oauth/userinfo", headers=one) for one in heads]
    assert [one.status_code for one in answers] == [200, 403, 401]
    assert answers[0].json() == {"sub": str(ana.public_id), "email": "ana@example.com", "email_verified": True}


def test_the_answer_names_who_gives_it_and_keeps_the_state(owner: User, ana: User) -> None:
    client, _ = app(owner)
    told = led_to(answered(browser_of(ana), question(client)))
    assert {**told, "code": ""} == {"from": "catalog", "state": "s-1", "iss": "http://127.0.0.1:8000", "code": ""}


def test_who_says_no_is_led_back_and_nothing_is_given(owner: User, ana: User) -> None:
    client, _ = app(owner)
    told = led_to(answered(browser_of(ana), question(client), "refuse"))
    assert (told["error"], told["state"], "code" in told) == ("access_denied", "s-1", False)
    assert Token.objects.count() == 0


def test_the_page_says_who_asks_for_what_and_lets_the_form_lead_to_the_app(owner: User, ana: User) -> None:
    client, _ = app(owner)
    answer = browser_of(ana).get(question(client))
    text = answer.content.decode()
    assert all(one in text for one in ("Notebook", "app.example", "ana@example.com", "Know which account"))
    assert "form-action 'self' https://app.example;" in answer["Content-Security-Policy"]
    assert answer["Cache-Control"] == "max-age=0, no-cache, no-store, must-revalidate, private"


def test_another_site_cannot_say_yes(owner: User, ana: User) -> None:
    client, _ = app(owner)
    assert browser_of(ana).post(question(client), {"answer": "allow"}).status_code == 403
    assert Token.objects.count() == 0


def test_nobody_is_asked_before_they_said_who_they_are(owner: User, ana: User) -> None:
    client, _ = app(owner)
    signed = Browser()
    signed.force_login(ana)
    places = [one.get(question(client))["Location"].split("?")[0] for one in (Browser(), signed)]
    assert places == ["/account/sign-in/", "/account/confirm/"]


@pytest.mark.parametrize(
    ("other", "error"),
    [
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge_method": None}, "invalid_request"),
        ({"code_challenge": None}, "invalid_request"),
        ({"code_challenge": None, "code_challenge_method": None}, "invalid_request"),
        ({"code_challenge": "short"}, "invalid_request"),
        ({"response_type": "token"}, "unauthorized_client"),
        ({"response_type": "code id_token"}, "unauthorized_client"),
        ({"response_type": None}, "invalid_request"),
        ({"scope": "openid lists:write"}, "invalid_scope"),
        ({"scope": "keys:write"}, "invalid_scope"),
        ({"prompt": "none"}, "consent_required"),
        ({"prompt": "none", "scope": "account:read"}, "interaction_required"),
        ({"request": "x"}, "invalid_request"),
        ({"max_age": "1"}, "invalid_request"),
        ({"response_mode": "fragment"}, "invalid_request"),
    ],
)
@pytest.mark.parametrize("confidential", [True, False])
def test_what_cannot_be_is_told_to_the_app(
    owner: User, ana: User, confidential: bool, other: dict[str, str | None], error: str
) -> None:
    client, _ = app(owner, confidential=confidential)
    answer = browser_of(ana).get(question(client, **other))
    assert answer["Location"].startswith(f"{BACK}&error=")
    assert led_to(answer)["error"] == error
    assert Token.objects.count() == 0


@pytest.mark.parametrize(
    "other",
    [
        {"redirect_uri": "https://app.example/back"},
        {"redirect_uri": f"{BACK}&more=1"},
        {"redirect_uri": "https://app.example/back/?from=catalog"},
        {"redirect_uri": "https://app.example:443/back?from=catalog"},
        {"redirect_uri": "https://evil.example/back?from=catalog"},
        {"redirect_uri": None},
        {"client_id": "nobody"},
        {"client_id": None},
        {"state": "x" * 4_097},
    ],
)
def test_nobody_is_led_to_an_address_that_the_app_did_not_register(
    owner: User, ana: User, other: dict[str, str | None]
) -> None:
    client, _ = app(owner)
    answer = browser_of(ana).get(question(client, **other))
    assert (answer.status_code, "Location" in answer.headers) == (400, False)


def test_a_value_that_is_there_twice_is_refused(owner: User, ana: User) -> None:
    client, _ = app(owner)
    assert browser_of(ana).get(f"{question(client)}&code_challenge={CHALLENGE}").status_code == 400


def test_an_app_without_this_way_gets_no_code(owner: User, ana: User) -> None:
    client, _ = app(owner, confidential=True, ways=("credentials",))
    assert browser_of(ana).get(question(client)).status_code == 400
    App.objects.update(redirect_uris=BACK)
    assert led_to(browser_of(ana).get(question(client)))["error"] == "unauthorized_client"


@pytest.mark.parametrize(
    "other",
    [
        {"code_verifier": VERIFIER.upper()},
        {"code_verifier": CHALLENGE},
        {"code_verifier": ""},
        {"redirect_uri": "https://app.example/back"},
        {"redirect_uri": ""},
    ],
)
def test_a_code_alone_gives_nothing(owner: User, ana: User, other: dict[str, str]) -> None:
    client, _ = app(owner)
    answer = exchange(client, code_for(client, ana), **other)
    assert (answer.status_code, "access_token" in answer.json()) == (400, False)
    assert Token.objects.exclude(type="ac").count() == 0


def test_another_app_cannot_use_a_code(owner: User, ana: User) -> None:
    client, _ = app(owner)
    other, _ = app(owner)
    answer = exchange(other, code_for(client, ana))
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")


def test_an_app_with_a_secret_has_to_show_it(owner: User, ana: User) -> None:
    client, _ = app(owner, confidential=True)
    code = code_for(client, ana)
    answers = [exchange(client, code), exchange(client, code, client_secret="wrong")]
    assert [(one.status_code, one.json()["error"]) for one in answers] == [(401, "invalid_client")] * 2


def test_a_code_works_once_and_the_second_use_ends_what_the_first_gave(owner: User, ana: User) -> None:
    client, _ = app(owner)
    code = code_for(client, ana)
    token = got(exchange(client, code))["access_token"]
    assert status(token) == 200
    answer = exchange(client, code)
    assert (answer.status_code, answer.json()["error"], status(token)) == (400, "invalid_grant", 401)


@pytest.mark.django_db(transaction=True)
def test_two_at_once_cannot_both_use_a_code(owner: User, ana: User) -> None:
    client, _ = app(owner)
    code = code_for(client, ana)
    found: list[int] = []

    def use() -> None:
        found.append(exchange(client, code).status_code)
        connection.close()

    threads = [threading.Thread(target=use) for _ in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert sorted(found) == [200, 400, 400, 400]
    assert Token.objects.filter(type="at").count() == 0  # somebody else had it


def test_a_code_lasts_a_minute(owner: User, ana: User) -> None:
    client, _ = app(owner)
    code = code_for(client, ana)
    row = Token.objects.get()
    assert round((row.expires_at - row.created_at).total_seconds()) == 60
    Token.objects.update(expires_at=row.created_at)
    assert exchange(client, code).status_code == 400


def test_only_digests_are_kept(owner: User, ana: User) -> None:
    client, _ = app(owner)
    code = code_for(client, ana)
    told = got(exchange(client, code))
    kept = str(list(Token.objects.values()))
    assert [one in kept for one in (code, told["access_token"], told["refresh_token"])] == [False] * 3


def _closed(user: User) -> None:
    user.is_active = False
    user.save()


def _another_password(user: User) -> None:
    user.set_password(f"{WORD} more")
    user.save()


@pytest.mark.parametrize("change", [_closed, _another_password, User.delete])
@pytest.mark.parametrize("when", ["code", "tokens"])
def test_a_closed_account_and_another_password_end_everything(owner: User, ana: User, change: Any, when: str) -> None:
    client, _ = app(owner)
    code = code_for(client, ana)
    told = got(exchange(client, code)) if when == "tokens" else {"access_token": "none"}
    change(ana)
    if when == "code":
        assert exchange(client, code).status_code == 400
    assert status(told["access_token"]) == 401


def test_an_account_that_is_opened_again_let_nobody_in(owner: User, ana: User) -> None:
    client, _ = app(owner)
    told = got(exchange(client, code_for(client, ana)))
    _closed(ana)
    User.objects.filter(pk=ana.pk).update(is_active=True)
    assert status(told["access_token"]) == 401


@pytest.mark.parametrize("change", [_closed, User.delete])
def test_the_account_that_registered_an_app_takes_it_with_it(owner: User, ana: User, change: Any) -> None:
    client, _ = app(owner)
    told, code = got(exchange(client, code_for(client, ana))), code_for(client, ana)
    change(owner)
    assert status(told["access_token"]) == 401
    assert exchange(client, code).status_code == 401
    assert browser_of(ana).get(question(client)).status_code == 400


def test_values_that_the_library_would_take_for_its_own_change_nothing(owner: User, ana: User) -> None:
    client, secret = clients.register(owner, Wanted("x", True, ["credentials"], ["account:read"]))
    values = {"client_id": client.pk, "client_secret": secret, "scope": "account:read", "user": str(ana.pk)}
    token = got(post("/oauth/token", grant_type="client_credentials", **values))["access_token"]
    assert Api(token).json("/me")["email"] == "owner@example.com"
