"""The portal's pages of webhooks in a real browser: axe at two widths, light and dark; made, tested and ended."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connections
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from accounts.models import User
from api.hooks import delivery, services
from api.hooks.services import Wanted
from api.models import WebhookEndpoint
from tests import make
from tests.api.hooks.conftest import inbox  # noqa: F401 - a fixture
from tests.api.hooks.receiver import URL, Receiver
from tests.e2e.conftest import violations
from tests.e2e.test_oauth import fits, signed
from tests.people import person

pytestmark = pytest.mark.django_db(transaction=True)
LONG = "the import of every night, which reads what changed and writes it into our own search"
LONG_URL = f"{URL}/{'a-part-of-a-very-long-path' * 8}"


@pytest.fixture(autouse=True)
def _connections_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the threads of the live server leave no connection behind."""
    monkeypatch.setitem(connections.settings["default"], "CONN_MAX_AGE", 0)


@pytest.fixture
def ana(inbox: Receiver) -> User:  # noqa: F811
    """Who has a webhook in every state: one that fails, one that was disabled, one whose secret cannot be read."""
    ana = person()
    failing, _ = services.create(account=ana, wanted=Wanted(LONG_URL, description=LONG))
    slug = make.tool().slug
    inbox.answers = [500]
    delivery.deliver()
    gone, _ = services.create(account=ana, wanted=Wanted(URL, only="tools", slugs=[slug], description="gone"))
    services.send_test(gone, by=ana)
    inbox.answers = [410]
    delivery.deliver()
    gone.refresh_from_db()
    now = timezone.now()
    WebhookEndpoint.objects.filter(pk=gone.pk).update(left_out_from=1_234, left_out_to=5_678, left_out_at=now)
    lost, _ = services.create(account=ana, wanted=Wanted(URL, description="lost"))
    WebhookEndpoint.objects.filter(pk=lost.pk).update(secret=b"sealed by another key")
    paused, _ = services.create(account=ana, wanted=Wanted(URL, only="kept"))
    services.pause(paused, by=ana)
    WebhookEndpoint.objects.filter(pk=failing.pk).update(failing_since=now - dt.timedelta(days=2))
    return ana


def page_of(address: str, name: str) -> str:
    return f"{address}/portal/webhooks/{WebhookEndpoint.objects.get(description=name).key}/"


def press(page: Page, name: str, heading: str) -> None:
    """Press a button and wait for the page it leads to: axe needs a whole one."""
    page.get_by_role("button", name=name, exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(heading)


def make_one(page: Page, address: str) -> str:
    """Make a webhook by the form and return its secret as the page shows it."""
    page.goto(f"{address}/portal/webhooks/new/")
    page.get_by_label("Address").fill(URL)
    page.get_by_label("What it is for").fill("Build")
    press(page, "Make the webhook", "Your new webhook")
    secret: str = page.locator("#made-secret").inner_text()
    assert secret.startswith("whsec_")
    return secret


def pages(page: Page, address: str) -> dict[str, Callable[[], Any]]:
    """Return how every page is reached, in an order that works."""

    def wrong() -> None:
        page.goto(f"{address}/portal/webhooks/new/")
        page.get_by_label("Address").fill("https://localhost/")
        page.get_by_role("button", name="Make the webhook").click()
        expect(page.get_by_text("is a name for private or special use").first).to_be_visible()

    def again() -> None:
        page.reload()
        expect(page.get_by_role("heading", level=1)).to_have_text("That secret was made already")

    def failing() -> None:
        page.goto(page_of(address, LONG))
        page.get_by_text("1 try").click()

    def rotated() -> None:
        page.goto(f"{page_of(address, 'Build')}rotate/")
        press(page, "Make another secret", "The new secret")

    return {
        "webhooks": lambda: page.goto(f"{address}/portal/webhooks/"),
        "new": lambda: page.goto(f"{address}/portal/webhooks/new/"),
        "wrong": wrong,
        "made": lambda: make_one(page, address),
        "again": again,
        "failing": failing,
        "disabled": lambda: page.goto(page_of(address, "gone")),
        "unreadable": lambda: page.goto(page_of(address, "lost")),
        "paused": lambda: page.goto(page_of(address, "")),
        "edit": lambda: page.goto(f"{page_of(address, LONG)}edit/"),
        "rotate": lambda: page.goto(f"{page_of(address, 'Build')}rotate/"),
        "rotated": rotated,
        "remove": lambda: page.goto(f"{page_of(address, LONG)}remove/"),
    }


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1440])
def test_axe_finds_nothing_and_every_page_fits(
    live_server: Any, browser: Browser, ana: User, width: int, scheme: Any
) -> None:
    page = signed(browser, live_server.url, ana, viewport={"width": width, "height": 900}, color_scheme=scheme)
    for name, go in pages(page, live_server.url).items():
        go()
        assert (name, violations(page), fits(page)) == (name, [], True)


@pytest.mark.parametrize("script", [True, False])
def test_a_webhook_is_made_tested_sent_again_paused_and_removed(
    live_server: Any, browser: Browser, inbox: Receiver, script: bool  # noqa: F811
) -> None:  # fmt: skip
    page = signed(browser, live_server.url, person(), java_script_enabled=script)
    secret = make_one(page, live_server.url)
    page.get_by_role("link", name="To the webhook").click()
    press(page, "Send a test", "Build")
    inbox.answers = [500]
    delivery.deliver()
    assert inbox.verified(secret)["type"] == "catalog.test"
    page.reload()
    expect(page.get_by_text("The receiver answered with 500; it has to be from 200 to 299.").first).to_be_visible()
    page.get_by_role("button", name="Send again").click()
    expect(page.get_by_text("is on its way again")).to_be_visible()
    delivery.deliver()
    page.reload()
    expect(page.get_by_text("Delivered", exact=True)).to_be_visible()
    page.get_by_text("2 tries").click()
    expect(page.get_by_text("204 in")).to_be_visible()
    press(page, "Pause", "Build")
    expect(page.get_by_text("Paused", exact=True)).to_be_visible()
    page.get_by_role("link", name="Remove").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Remove “Build”?")
    page.get_by_role("button", name="Remove it").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Your webhooks")
    assert WebhookEndpoint.objects.count() == 0
