"""Pages for keys: shown once, made once by a form, replaced and revoked by buttons, nobody else's."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from api import keys
from api.models import ApiKey, Usage
from core import sent_forms
from tests.api.client import Api, key_of
from tests.people import has_confirmed, person

pytestmark = pytest.mark.django_db


def signed(user: User) -> Client:
    """A browser in which somebody said who they are a moment ago."""
    client = Client()
    client.force_login(user)
    has_confirmed(client, user)
    return client


def row_of(key: str) -> ApiKey:
    return ApiKey.objects.get(digest=keys.digest_of(key))


def status(key: str) -> int:
    return int(Api(key).get("/categories").status_code)


def made_by_page(client: Client, **more: Any) -> str:
    form = {"name": "nightly", "scopes": ["catalog:read", "lists:read"], "lasts": "30", "once": sent_forms.fresh()}
    form |= more
    text = client.post("/portal/keys/new/", form).content.decode()
    found = re.search(r"aicat_live_[0-9A-Za-z]{36}", text)
    assert found is not None, text
    return found[0]


def test_a_key_is_shown_once_and_then_only_its_beginning(ana: User) -> None:
    client = signed(ana)
    key = made_by_page(client)
    row = row_of(key)
    assert (row.name, row.scopes) == ("nightly", ["catalog:read", "lists:read"])
    assert row.expires_at is not None
    assert abs(row.expires_at - timezone.now() - dt.timedelta(days=30)) < dt.timedelta(minutes=1)
    text = client.get("/portal/keys/").content.decode()
    assert (key in text, row.prefix in text) == (False, True)


def test_making_one_asks_who_is_there(ana: User) -> None:
    client = Client()
    client.force_login(ana)
    answer = client.post("/portal/keys/new/", {"name": "x", "scopes": ["catalog:read"]})
    assert (answer.status_code, answer["Location"].split("?")[0]) == (302, "/account/confirm/")
    assert ApiKey.objects.count() == 0


def test_a_form_without_a_scope_says_so_and_keeps_what_was_typed(ana: User) -> None:
    answer = signed(ana).post("/portal/keys/new/", {"name": "nightly", "lasts": "30", "once": sent_forms.fresh()})
    text = answer.content.decode()
    assert (answer.status_code, "Choose at least one." in text, 'value="nightly"' in text) == (422, True, True)


def test_keys_are_replaced_and_revoked_by_buttons(ana: User) -> None:
    client = signed(ana)
    key = made_by_page(client)
    form = {"overlap": "0", "once": sent_forms.fresh()}
    text = client.post(f"/portal/keys/{row_of(key).prefix}/rotate/", form).content.decode()
    found = re.search(r"aicat_live_[0-9A-Za-z]{36}", text)
    assert found is not None
    assert (status(key), status(found[0])) == (401, 200)
    path = f"/portal/keys/{row_of(found[0]).prefix}/revoke/"
    asked = client.get(path).content.decode()
    assert ("Revoke “nightly”?" in asked, "Never: no program needs it yet" in asked) == (True, False)
    assert "Read the public catalog, within the higher limits of a key." in asked
    assert status(found[0]) == 200
    answer = client.post(path)
    assert (answer.status_code, answer["Location"], status(found[0])) == (302, "/portal/keys/", 401)
    for again in (client.get(path), client.post(path)):
        assert (again.status_code, again["Location"]) == (302, "/portal/keys/")


def mark_of(client: Client, path: str) -> str:
    found = re.search(r'name="once" value="([^"]+)"', client.get(path).content.decode())
    assert found is not None
    return found[1]


def test_a_form_that_is_sent_again_makes_no_second_key(ana: User) -> None:
    client = signed(ana)
    mark = mark_of(client, "/portal/keys/new/")
    key = made_by_page(client, once=mark)
    form = {"name": "nightly", "scopes": ["catalog:read"], "lasts": "30", "once": mark}
    again = client.post("/portal/keys/new/", form)
    text = again.content.decode()
    assert (again.status_code, ApiKey.objects.count(), key in text) == (409, 1, False)
    assert f"aicat_live_{row_of(key).prefix}…" in text
    assert f'href="/portal/keys/{row_of(key).prefix}/revoke/"' in text
    made_by_page(client, once=mark_of(client, "/portal/keys/new/"))
    assert ApiKey.objects.count() == 2


def test_replacing_one_twice_by_the_same_form_says_so(ana: User) -> None:
    client = signed(ana)
    path = f"/portal/keys/{row_of(made_by_page(client)).prefix}/rotate/"
    form = {"overlap": "1", "once": mark_of(client, path)}
    assert client.post(path, form).status_code == 200
    again = client.post(path, form)
    assert (again.status_code, "That key was made already" in again.content.decode()) == (409, True)
    assert ApiKey.objects.count() == 2


def test_what_somebody_else_made_by_the_same_mark_is_not_told(ana: User) -> None:
    mark = sent_forms.fresh()
    made_by_page(signed(ana), once=mark)
    made_by_page(signed(person("ben@example.com")), once=mark)
    assert ApiKey.objects.count() == 2


@pytest.mark.parametrize("mark", ["", "made-up", "made:up:0", "x\x00"])
def test_a_form_without_a_good_mark_makes_nothing_and_can_be_sent_again(ana: User, mark: str) -> None:
    client = signed(ana)
    answer = client.post("/portal/keys/new/", {"name": "x", "scopes": ["lists:read"], "lasts": "30", "once": mark})
    text = answer.content.decode()
    assert (answer.status_code, ApiKey.objects.count(), sent_forms.NOT_OPEN in text) == (422, 0, True)
    found = re.search(r'name="once" value="([^"]+)"', text)
    assert found is not None
    made_by_page(client, once=found[1])


def test_a_form_that_made_nothing_can_be_sent_again(ana: User) -> None:
    client, mark = signed(ana), sent_forms.fresh()
    for _ in range(keys.MOST):
        key = key_of(ana)
    form = {"name": "x", "scopes": ["lists:read"], "lasts": "30", "once": mark}
    assert client.post("/portal/keys/new/", form).status_code == 422
    keys.revoke(row_of(key), by=ana)
    assert client.post("/portal/keys/new/", form).status_code == 200


@pytest.mark.parametrize(
    ("path", "name", "how"),
    [
        ("/portal/keys/", "API keys", "page"),
        ("/portal/keys/new/", "API keys", "true"),
        ("/portal/usage/", "API keys", "true"),
        ("/portal/apps/", "Apps", "page"),
        ("/portal/apps/new/", "Apps", "true"),
    ],
)
def test_pages_say_which_part_of_the_portal_they_are(ana: User, path: str, name: str, how: str) -> None:
    tabs = signed(ana).get(path).content.decode().split('aria-label="Portal"')[1].split("</nav>")[0]
    assert re.findall(r'aria-current="(\w+)">([^<]+)<', tabs) == [(how, name)]


@pytest.mark.parametrize("path", ["rotate", "revoke"])
def test_keys_of_others_have_no_page(ana: User, path: str) -> None:
    theirs = row_of(key_of(person("ben@example.com")))
    client, address = signed(ana), f"/portal/keys/{theirs.prefix}/{path}/"
    form = {"overlap": "0", "once": sent_forms.fresh()}
    assert (client.get(address).status_code, client.post(address, form).status_code) == (404, 404)
    theirs.refresh_from_db()
    assert theirs.revoked_at is None


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize(("path", "statements"), [("/portal/keys/", 5), ("/portal/usage/", 5)])
def test_pages_take_as_many_statements_whatever_stands_in_them(
    ana: User, path: str, statements: int, count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(count):
        key = row_of(key_of(ana))
        Usage.objects.create(user=ana, key=key, day=timezone.now().date(), requests=5, units=5)
    client = signed(ana)
    client.get(path)
    with django_assert_num_queries(statements):
        client.get(path)
