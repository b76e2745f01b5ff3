"""OAuth in a real browser: an app sends a person here, who looks, says yes, and is led back with a code."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.conf import settings
from django.db import connections
from django.test import Client
from playwright.sync_api import Browser, Page, expect

from accounts.models import User
from api.oauth import clients, device
from tests.api.oauth_walk import exchange, got, question, status
from tests.e2e.conftest import violations
from tests.people import has_confirmed, person

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _connections_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the threads of the live server leave no connection behind."""
    monkeypatch.setitem(connections.settings["default"], "CONN_MAX_AGE", 0)


@pytest.fixture
def app_server() -> Iterator[str]:
    """The address of an app on this machine, which says “Back”."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(b"<!doctype html><title>App</title><h1>Back</h1>")

        def log_message(self, *_args: Any) -> None:
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def signed(browser: Browser, address: str, user: User, **options: Any) -> Page:
    """Return a page of somebody who said who they are just now."""
    client = Client()
    client.force_login(user)
    has_confirmed(client, user)
    context = browser.new_context(reduced_motion="reduce", **options)
    cookie = client.cookies[settings.SESSION_COOKIE_NAME]
    context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": address}])
    return context.new_page()


def fits(page: Page) -> bool:
    """Say whether nothing makes the page wider than its window."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


def test_a_person_lets_an_app_in_and_shuts_it_out(live_server: Any, browser: Browser, app_server: str) -> None:
    back = f"{app_server}/back"
    wanted = clients.Wanted("Notebook", False, ["code"], ["openid", "account:read"], [back])
    client, _ = clients.register(person("owner@example.com"), wanted)
    page = signed(browser, live_server.url, person())
    page.goto(live_server.url + question(client, redirect_uri=back))
    expect(page.get_by_role("heading", level=1)).to_have_text("Let “Notebook” in?")
    page.get_by_role("button", name="Let it in").click()
    expect(page.get_by_role("heading", name="Back")).to_be_visible()
    told = {name: values[0] for name, values in parse_qs(urlsplit(page.url).query).items()}
    assert told["state"] == "s-1"
    token = got(exchange(client, told["code"], redirect_uri=back))["access_token"]
    assert status(token) == 200
    page.goto(f"{live_server.url}/portal/apps/")
    page.get_by_role("button", name="Shut out Notebook").click()
    expect(page.get_by_text("The app is shut out.")).to_be_visible()
    assert status(token) == 401


def test_who_says_no_is_led_back_without_a_code(live_server: Any, browser: Browser, app_server: str) -> None:
    back = f"{app_server}/back"
    client, _ = clients.register(
        person("owner@example.com"), clients.Wanted("Notebook", False, ["code"], ["openid"], [back])
    )
    page = signed(browser, live_server.url, person(), java_script_enabled=False)
    page.goto(live_server.url + question(client, redirect_uri=back, scope="openid"))
    page.get_by_role("button", name="Do not").click()
    expect(page.get_by_role("heading", name="Back")).to_be_visible()
    assert ("error=access_denied" in page.url, "code=" in page.url) == (True, False)


def test_an_app_is_registered_by_the_form(live_server: Any, browser: Browser) -> None:
    page = signed(browser, live_server.url, person())
    page.goto(f"{live_server.url}/portal/apps/new/")
    page.get_by_role("textbox", name="Name").fill("Notebook")
    page.get_by_role("radio", name="Confidential").check()
    page.get_by_label("Addresses to lead people back to").fill("https://app.example/back")
    page.get_by_role("button", name="Register the app").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Notebook is registered")
    expect(page.locator("#made-secret")).to_contain_text("aicat_secret_")
    assert violations(page) == []
    page.get_by_role("link", name="To your apps").click()
    page.get_by_role("link", name="Remove Notebook").click()
    expect(page.get_by_text("nobody lets it in now")).to_be_visible()
    page.get_by_role("button", name="Remove it").click()
    expect(page.get_by_text("Notebook is removed, and no token of it works any more.")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1440])
def test_axe_finds_nothing_and_every_page_fits(live_server: Any, browser: Browser, width: int, scheme: Any) -> None:
    ana = person()
    wanted = clients.Wanted("Notebook", False, ["code", "device"], ["openid"], ["https://app.example/back"])
    client, _ = clients.register(ana, wanted)
    devices = [f"/oauth/device/{query}" for query in ("", "?code=no", f"?code={device.begin(client, ['openid'])[1]}")]
    page = signed(browser, live_server.url, ana, viewport={"width": width, "height": 900}, color_scheme=scheme)
    asked = question(client, redirect_uri="https://app.example/back", scope="openid")
    apps = [f"/portal/apps/{more}" for more in ("", "new/", f"{client.pk}/remove/")]
    for path in (asked, *apps, "/oauth/authorize/?client_id=nobody", *devices):
        page.goto(f"{live_server.url}{path}")
        assert (path, violations(page), fits(page)) == (path, [], True)
