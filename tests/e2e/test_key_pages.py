"""The portal's pages of keys and what they used, in a real browser: axe at two widths, light and dark; by hand."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connections
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from accounts.models import User
from api import keys
from api.models import ApiKey, Usage
from api.scopes import SCOPES
from tests.api.oauth_walk import app, code_for, exchange, got
from tests.e2e.conftest import violations
from tests.e2e.test_oauth import fits, signed
from tests.people import person

pytestmark = pytest.mark.django_db(transaction=True)
DAY = dt.timedelta(days=1)
LONG = "the import of every night, which reads what changed and writes it into our search"[:80]
SECRET = re.compile(r"aicat_live_[0-9A-Za-z]{36}")


@pytest.fixture(autouse=True)
def _connections_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the threads of the live server leave no connection behind."""
    monkeypatch.setitem(connections.settings["default"], "CONN_MAX_AGE", 0)


@pytest.fixture
def ana() -> User:
    """Who has a key in every state, an app that acts for her, and one of her own."""
    ana, now = person(), timezone.now()
    used = keys.create(owner=ana, name=LONG, scopes=list(SCOPES))[0]
    ApiKey.objects.filter(pk=used.pk).update(last_used_at=now, last_network="2001:db8:1234::/48")
    keys.create(owner=ana, name="laptop", scopes=["catalog:read"], expires_at=now + 30 * DAY)
    keys.rotate(keys.create(owner=ana, name="build", scopes=["lists:read"])[0], ends_in=7 * DAY)
    keys.revoke(keys.create(owner=ana, name="lost", scopes=["lists:read"])[0], by=ana)
    keys.create(owner=ana, name="old", scopes=["lists:read"], expires_at=now - DAY)
    for back in range(30):
        day = now.date() - back * DAY
        Usage.objects.create(user=ana, key=used, day=day, requests=900 + back, units=1_200 * (back % 7), unchanged=300)
        Usage.objects.create(user=ana, key=None, day=day, requests=40, units=40, refused=back % 5, errors=2)
    client, _ = app(ana, "openid", "lists:read", "account:read")
    got(exchange(client, code_for(client, ana)))
    return ana


def key_of(name: str) -> ApiKey:
    return ApiKey.objects.filter(name=name).latest("id")


def make_one(page: Page, address: str, name: str) -> str:
    """Make a key by the form and return it as the page shows it."""
    page.goto(f"{address}/portal/keys/new/")
    page.get_by_label("Name").fill(name)
    page.get_by_role("button", name="Make the key").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Your new key")
    shown: str = page.locator("#made-key").inner_text()
    assert SECRET.fullmatch(shown)
    return shown


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1440])
def test_axe_finds_nothing_and_every_page_fits(
    live_server: Any, browser: Browser, ana: User, width: int, scheme: Any
) -> None:
    page = signed(browser, live_server.url, ana, viewport={"width": width, "height": 900}, color_scheme=scheme)
    for name, go in pages(page, live_server.url).items():
        go()
        assert (name, violations(page), fits(page)) == (name, [], True)


def pages(page: Page, address: str) -> dict[str, Callable[[], Any]]:
    """Return how every page is reached, in an order that works."""

    def wrong() -> None:
        page.goto(f"{address}/portal/keys/new/")
        page.get_by_label("Name").fill("\u202ename")
        page.get_by_role("button", name="Make the key").click()

    return {
        "keys": lambda: page.goto(f"{address}/portal/keys/"),
        "new": lambda: page.goto(f"{address}/portal/keys/new/"),
        "wrong": wrong,
        "rotate": lambda: page.goto(f"{address}/portal/keys/{key_of('laptop').prefix}/rotate/"),
        "made": lambda: make_one(page, address, LONG),
        "again": page.reload,
        "revoke": lambda: page.goto(f"{address}/portal/keys/{key_of('laptop').prefix}/revoke/"),
        "revoke-used": lambda: page.goto(
            f"{address}/portal/keys/{ApiKey.objects.get(last_used_at__isnull=False).prefix}/revoke/"
        ),
        "usage": lambda: page.goto(f"{address}/portal/usage/"),
        "apps": lambda: page.goto(f"{address}/portal/apps/"),
        "app-new": lambda: page.goto(f"{address}/portal/apps/new/"),
    }


def test_who_has_nothing_is_told_so(live_server: Any, browser: Browser) -> None:
    page = signed(browser, live_server.url, person(), viewport={"width": 360, "height": 900})
    for path in ("/portal/keys/", "/portal/usage/", "/portal/apps/"):
        page.goto(f"{live_server.url}{path}")
        assert (path, violations(page), fits(page)) == (path, [], True)


@pytest.mark.parametrize("script", [True, False])
def test_reloading_the_new_key_makes_no_second_one(live_server: Any, browser: Browser, script: bool) -> None:
    page = signed(browser, live_server.url, person(), java_script_enabled=script)
    key = make_one(page, live_server.url, "nightly")
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_have_text("That key was made already")
    assert (ApiKey.objects.count(), key in page.content()) == (1, False)
    page.get_by_role("link", name="Make another").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Make a key")
    make_one(page, live_server.url, "weekly")
    assert ApiKey.objects.count() == 2


def test_going_back_to_the_form_and_sending_it_makes_another(live_server: Any, browser: Browser) -> None:
    page = signed(browser, live_server.url, person())
    make_one(page, live_server.url, "nightly")
    page.go_back()
    page.get_by_label("Name").fill("weekly")
    page.get_by_role("button", name="Make the key").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Your new key")
    assert ApiKey.objects.count() == 2


@pytest.mark.parametrize("script", [True, False])
def test_a_key_is_revoked_after_a_question(live_server: Any, browser: Browser, script: bool) -> None:
    ana = person()
    row, _ = keys.create(owner=ana, name="nightly", scopes=["lists:write"])
    page = signed(browser, live_server.url, ana, java_script_enabled=script)
    page.goto(f"{live_server.url}/portal/keys/")
    page.get_by_role("link", name=f"Revoke nightly, {row.prefix}").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Revoke “nightly”?")
    expect(page.get_by_text("Make, change and delete lists of yours, and save tools.")).to_be_visible()
    page.get_by_role("link", name="Keep it").click()
    row.refresh_from_db()
    assert row.revoked_at is None
    page.get_by_role("link", name=f"Revoke nightly, {row.prefix}").click()
    page.get_by_role("button", name="Revoke it").click()
    expect(page.get_by_text("“nightly” is revoked and works no more.")).to_be_visible()
    row.refresh_from_db()
    assert row.revoked_at is not None


def test_a_key_is_copied_by_a_button(live_server: Any, browser: Browser) -> None:
    page = signed(browser, live_server.url, person(), permissions=["clipboard-read", "clipboard-write"])
    key = make_one(page, live_server.url, "nightly")
    page.get_by_role("button", name="Copy").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == key
