"""Devices without a browser: a code is shown, a person types it and says yes, and the device gets tokens once."""

from __future__ import annotations

from typing import Any

import pytest
from allauth.idp.oidc.models import Client as App
from allauth.idp.oidc.models import Token
from django.test import Client as Browser

from accounts.models import User
from api.oauth import clients, device
from api.oauth.clients import Wanted
from tests.api.oauth_walk import app, browser_of, got, post, status
from tests.people import WORD, person

pytestmark = pytest.mark.django_db


@pytest.fixture
def tv(monkeypatch: pytest.MonkeyPatch) -> App:
    """An app for devices; tests do not wait between polls."""
    monkeypatch.setattr(device, "INTERVAL", 0)
    owner = person("owner@example.com")
    return clients.register(owner, Wanted("Television", False, ["device"], ["openid", "account:read"]))[0]


@pytest.fixture
def ana() -> User:
    """Who has the device."""
    return person()


def begun(client: App, **more: str) -> dict[str, Any]:
    """Ask for codes."""
    return got(post("/oauth/device/code", client_id=client.pk, **{"scope": "account:read", **more}))


def polled(client: App, told: dict[str, Any], **more: str) -> Any:
    """Ask for tokens."""
    values = {"grant_type": device.GRANT, "client_id": client.pk, "device_code": told["device_code"], **more}
    return post("/oauth/token", **values)


def error(response: Any) -> tuple[int, str]:
    """Return the status and the error of an answer."""
    return response.status_code, response.json()["error"]


def answers(user: User, code: str, answer: str = "allow") -> Any:
    """Type a code and press one of the buttons."""
    browser, path = browser_of(user), f"/oauth/device/?code={code}"
    page = browser.get(path)
    token = browser.cookies["csrftoken"].value if "csrftoken" in browser.cookies else ""
    return browser.post(path, {"answer": answer, "csrfmiddlewaretoken": token}) if page.status_code == 200 else page


def test_a_device_gets_tokens_once_a_person_said_yes(tv: App, ana: User) -> None:
    told = begun(tv)
    assert told["verification_uri"] == "http://127.0.0.1:8000/oauth/device/"
    assert told["verification_uri_complete"] == f"{told['verification_uri']}?code={told['user_code']}"
    assert error(polled(tv, told)) == (400, "authorization_pending")
    assert answers(ana, told["user_code"].lower().replace("-", " ")).status_code == 200
    tokens = got(polled(tv, told))
    assert (tokens["scope"], status(tokens["access_token"])) == ("account:read", 200)
    renewed = post("/oauth/token", grant_type="refresh_token", refresh_token=tokens["refresh_token"], client_id=tv.pk)
    assert renewed.status_code == 200


def test_a_code_that_is_used_twice_ends_what_it_gave(tv: App, ana: User) -> None:
    told = begun(tv)
    answers(ana, told["user_code"])
    token = got(polled(tv, told))["access_token"]
    assert (error(polled(tv, told)), status(token)) == ((400, "invalid_grant"), 401)


def test_who_says_no_gives_nothing(tv: App, ana: User) -> None:
    told = begun(tv)
    answers(ana, told["user_code"], "refuse")
    assert (error(polled(tv, told)), error(polled(tv, told))) == ((400, "access_denied"),) * 2
    assert Token.objects.filter(type__in=["at", "rt"]).count() == 0


def test_a_device_that_asks_too_often_is_told_so(tv: App, ana: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(device, "INTERVAL", 5)
    told = begun(tv)
    assert error(polled(tv, told)) == (400, "authorization_pending")
    assert error(polled(tv, told)) == (400, "slow_down")


def test_codes_last_ten_minutes(tv: App, ana: User) -> None:
    told = begun(tv)
    row = Token.objects.get()
    assert (told["expires_in"], round((row.expires_at - row.created_at).total_seconds())) == (600, 600)
    Token.objects.update(expires_at=row.created_at)
    assert error(polled(tv, told)) == (400, "expired_token")
    assert answers(ana, told["user_code"]).status_code == 422


def test_the_page_says_who_asks_for_what_and_needs_its_own_form(tv: App, ana: User) -> None:
    told = begun(tv)
    path, browser = f"/oauth/device/?code={told['user_code']}", browser_of(ana)
    text = browser.get(path).content.decode()
    assert all(one in text for one in ("Television", told["user_code"], "Read who you are", "ana@example.com"))
    assert browser.post(path, {"answer": "allow"}).status_code == 403
    assert error(polled(tv, told)) == (400, "authorization_pending")


def test_nobody_answers_before_they_said_who_they_are(tv: App, ana: User) -> None:
    signed = Browser()
    signed.force_login(ana)
    path = f"/oauth/device/?code={begun(tv)['user_code']}"
    places = [one.get(path)["Location"].split("?")[0] for one in (Browser(), signed)]
    assert places == ["/account/sign-in/", "/account/confirm/"]


def test_a_code_is_answered_by_one_person_once(tv: App, ana: User) -> None:
    told = begun(tv)
    answers(ana, told["user_code"], "refuse")
    assert answers(person("ben@example.com"), told["user_code"]).status_code == 422
    row = device.waiting(begun(tv)["user_code"])
    assert row is not None
    assert [device.answer(row, ana, allowed=True), device.answer(row, ana, allowed=False)] == [True, False]


def test_another_app_cannot_use_a_code(tv: App, ana: User) -> None:
    told = begun(tv)
    answers(ana, told["user_code"])
    other, _ = clients.register(ana, Wanted("Other", False, ["device"], ["account:read"]))
    assert error(polled(other, told)) == (400, "invalid_grant")


@pytest.mark.parametrize("when", ["before", "after"])
def test_another_password_and_a_closed_account_end_it(tv: App, ana: User, when: str) -> None:
    told = begun(tv)
    answers(ana, told["user_code"])
    token = got(polled(tv, told))["access_token"] if when == "after" else "none"
    ana.set_password(f"{WORD} more")
    ana.save()
    assert (status(token), polled(tv, told).status_code) == (401, 400)


def test_who_may_not_ask_for_codes(tv: App) -> None:
    other, _ = app(User.objects.get(email="owner@example.com"))
    assert error(post("/oauth/device/code", client_id="nobody")) == (401, "invalid_client")
    assert error(post("/oauth/device/code", scope="openid")) == (401, "invalid_client")
    assert error(post("/oauth/device/code", client_id=other.pk)) == (400, "unauthorized_client")
    assert error(post("/oauth/device/code", client_id=tv.pk, scope="lists:write")) == (400, "invalid_scope")
    assert error(post(f"/oauth/device/code?client_id={tv.pk}")) == (400, "invalid_request")
    assert Token.objects.count() == 0


def test_only_digests_are_kept(tv: App) -> None:
    told = begun(tv)
    kept = str(list(Token.objects.values()))
    assert [told["device_code"] in kept, told["user_code"].replace("-", "") in kept] == [False, False]
