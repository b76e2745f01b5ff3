"""Pages of apps: registering and removing one's own, shutting out others'."""

from __future__ import annotations

import re
from typing import Any

import pytest
from allauth.idp.oidc.models import Client as App
from allauth.idp.oidc.models import Token
from django.test import Client as Browser
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from api.oauth import privacy, redirects, tokens
from api.rendering import moment
from core import sent_forms
from tests.api.oauth_walk import app, code_for, exchange, got, post, status
from tests.people import has_confirmed, person

pytestmark = pytest.mark.django_db
FORM = {
    "name": "Notebook", "kind": "confidential", "ways": ["code", "credentials"], "scopes": ["openid", "account:read"],
    "redirect_uris": "https://app.example/back\r\ncom.example.app:/back",
}  # fmt: skip


@pytest.fixture
def ana() -> User:
    """Who registers apps, and lets them in."""
    return person()


def signed(user: User) -> Browser:
    """Return the browser of somebody who said who they are just now."""
    browser = Browser()
    browser.force_login(user)
    has_confirmed(browser, user)
    return browser


def once(**other: Any) -> dict[str, Any]:
    """Return the form as a page shows it: with a mark of its own."""
    return FORM | {"once": sent_forms.fresh()} | other


def test_a_form_that_is_sent_again_registers_no_second_app(ana: User) -> None:
    browser, form = signed(ana), once()
    assert browser.post("/portal/apps/new/", form).status_code == 200
    again = browser.post("/portal/apps/new/", form)
    text = again.content.decode()
    assert (again.status_code, App.objects.count(), App.objects.get().pk in text) == (409, 1, True)
    assert "aicat_secret_" not in text


def test_a_secret_is_shown_once_and_works(ana: User) -> None:
    browser = signed(ana)
    text = browser.post("/portal/apps/new/", once()).content.decode()
    found = re.search(r"aicat_secret_[\w-]{43}", text)
    assert found is not None, text
    row = App.objects.get()
    assert (row.name, row.type, row.owner_id) == ("Notebook", "confidential", ana.pk)
    assert row.get_redirect_uris() == ["https://app.example/back", "com.example.app:/back"]
    assert (row.pk in text, found[0] in row.secret) == (True, False)
    page = browser.get("/portal/apps/").content.decode()
    assert (row.pk in page, found[0] in page) == (True, False)
    answer = post("/oauth/token", grant_type="client_credentials", client_id=row.pk, client_secret=found[0])
    assert answer.status_code == 200


def test_a_public_app_has_no_secret(ana: User) -> None:
    text = signed(ana).post("/portal/apps/new/", once(kind="public", ways=["code"])).content.decode()
    assert (App.objects.get().type, "aicat_secret" in text) == ("public", False)


def test_registering_asks_who_is_there(ana: User) -> None:
    browser = Browser()
    browser.force_login(ana)
    answer = browser.post("/portal/apps/new/", once())
    assert (answer.status_code, answer["Location"].split("?")[0], App.objects.count()) == (302, "/account/confirm/", 0)


@pytest.mark.parametrize(
    ("other", "told"),
    [
        ({"kind": "public"}, "Client credentials need a secret"),
        ({"ways": ["code", "device"]}, "Devices cannot keep a secret"),
        ({"redirect_uris": ""}, "Write where people are led back to"),
        ({"ways": ["credentials"]}, "Leave it empty."),
        ({"redirect_uris": "http://app.example/back"}, "can be read on its way"),
        ({"redirect_uris": "\n".join(f"https://app.example/{one}" for one in range(11))}, "These are more than 10."),
        ({"scopes": []}, "Choose at least one."),
        ({"scopes": ["keys:write"]}, "Choose at least one."),
        ({"ways": ["password"]}, "Select a valid choice."),
        ({"name": ""}, "Fill this in."),
    ],
)
def test_what_cannot_be_is_said(ana: User, other: dict[str, Any], told: str) -> None:
    answer = signed(ana).post("/portal/apps/new/", once(**other))
    assert (answer.status_code, told in answer.content.decode(), App.objects.count()) == (422, True, 0)


@pytest.mark.parametrize(
    ("address", "right"),
    [
        ("https://app.example/back", True),
        ("https://app.example:8443/back?a=1", True),
        ("http://127.0.0.1:8123/back", True),
        ("http://[::1]:8123/", True),
        ("http://localhost/back", True),
        ("com.example.app:/back", True),
        ("http://app.example/back", False),
        ("http://127.0.0.1.evil.example/", False),
        ("http://127.0.0.1@evil.example/", False),
        ("https://*.app.example/back", False),
        ("https://app.example/back#x", False),
        ("https://app.example/back#", False),
        ("https://me@app.example/", False),
        ("https:///back", False),
        ("https://app.example:99999/", False),
        ("https://app.example\\@evil.example/", False),
        ("javascript:alert(1)", False),
        ("data:text/html,x", False),
        ("myapp:/back", False),
        ("com.example.app:alert(1)", False),
        ("/back", False),
        ("https://äpp.example/", False),
        ("https://app.example/" + "a" * 500, False),
    ],
)
def test_addresses_that_can_be_registered(address: str, right: bool) -> None:
    assert (redirects.wrong_with(address) == "") is right


def test_removing_an_app_ends_what_it_has_of_everybody(ana: User) -> None:
    ben = person("ben@example.com")
    client, _ = app(ana)
    token = got(exchange(client, code_for(client, ben)))["access_token"]
    for method in ("get", "post"):
        assert getattr(signed(ben), method)(f"/portal/apps/{client.pk}/remove/").status_code == 404
    assert status(token) == 200
    asked = signed(ana).get(f"/portal/apps/{client.pk}/remove/")
    assert "those of 1 person who let it in" in " ".join(asked.content.decode().split())
    assert status(token) == 200
    assert signed(ana).post(f"/portal/apps/{client.pk}/remove/").status_code == 302
    assert (status(token), App.objects.count(), Token.objects.count()) == (401, 0, 0)


def test_an_app_that_was_let_in_is_listed_and_shut_out(ana: User) -> None:
    client, _ = app(person("owner@example.com"))
    token, browser = got(exchange(client, code_for(client, ana)))["access_token"], signed(ana)
    assert f"/portal/apps/{client.pk}/shut-out/" in browser.get("/portal/apps/").content.decode()
    assert browser.post(f"/portal/apps/{client.pk}/shut-out/").status_code == 302
    assert status(token) == 401
    assert "None acts for you." in browser.get("/portal/apps/").content.decode()
    assert browser.post(f"/portal/apps/{client.pk}/shut-out/").status_code == 404


@pytest.mark.parametrize("count", [1, 3])
def test_the_page_takes_as_many_statements_whatever_stands_in_it(
    ana: User, count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(count):
        client, _ = app(ana)
        got(exchange(client, code_for(client, ana)))
    browser = signed(ana)
    browser.get("/portal/apps/")
    with django_assert_num_queries(5):
        assert browser.get("/portal/apps/").status_code == 200


def test_erasing_an_account_takes_its_apps_and_what_it_allowed(ana: User) -> None:
    ben = person("ben@example.com")
    (mine, _), (others, _) = app(ana), app(ben)
    of_ben = got(exchange(mine, code_for(mine, ben)))["access_token"]
    of_ana = got(exchange(others, code_for(others, ana)))["access_token"]
    assert privacy._exported(ana) == {  # what the copy of one's data says
        "registered": [
            {
                "name": "Notebook", "client": mine.pk, "scopes": ["account:read", "catalog:read", "openid"],
                "redirects": ["https://app.example/back?from=catalog"], "created": moment(mine.created_at),
            }
        ],
        "let in": [
            {
                "app": "Notebook", "scopes": ["openid", "account:read"], "created": moment(one.created_at),
                "expires": moment(one.expires_at),
            }
            for one in tokens.let_in(ana).order_by("created_at", "pk")
        ],
    }  # fmt: skip
    privacy._erase(ana)
    assert [status(of_ben), status(of_ana)] == [401, 401]
    assert list(App.objects.values_list("owner__email", flat=True)) == ["ben@example.com"]
    assert Token.objects.count() == 0
