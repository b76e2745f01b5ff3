"""A copy of one's data and the end of an account in a real browser: by keyboard, without script, axe on every page."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.contenttypes.models import ContentType
from django.core import mail
from django.db import connections
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from accounts import roles
from accounts.privacy import erasing, exporting
from accounts.privacy.models import Erasure
from tests.e2e.test_account import WATCH, examine, press, sign_in
from tests.people import WORD, person

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def base(live_server: Any, monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Any) -> str:
    """The address of the site."""
    monkeypatch.setitem(connections.settings["default"], "CONN_MAX_AGE", 0)
    settings.ERASURE_LEDGER = tmp_path / "erasures.jsonl"
    ContentType.objects.clear_cache()
    roles.ensure()  # earlier tests of this kind empty the tables
    return str(live_server.url).replace("127.0.0.1", "localhost")


@pytest.fixture
def page(browser: Browser, base: str) -> Iterator[Page]:
    """A page without script, as wide as a phone."""
    context = browser.new_context(base_url=base, java_script_enabled=False, viewport={"width": 360, "height": 740})
    fresh = context.new_page()
    fresh.set_default_timeout(10_000)
    yield fresh
    context.close()


def test_from_the_copy_to_the_last_mail_without_script(page: Page, tmp_path: Any) -> None:
    user = person()
    sign_in(page, "ana@example.com")
    page.goto("/account/")
    page.get_by_role("link", name="Get a copy").click()
    page.get_by_label("Password", exact=True).fill(WORD)  # who is there?
    press(page, "Go on")
    press(page, "Make a copy")
    expect(page.get_by_text("Your copy is being made")).to_be_visible()
    exporting.make_waiting()
    found = re.findall(r"http://127\.0\.0\.1:8000(/account/data/\S+)", str(mail.outbox[-1].body))
    assert len(found) == 1
    page.get_by_role("link", name="Look again").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download the copy").click()
    download.value.save_as(tmp_path / "copy.json")
    assert json.loads((tmp_path / "copy.json").read_text())["account"]["email"] == "ana@example.com"

    page.get_by_role("link", name="What is deleted, what stays, and how to begin").click()
    press(page, page.locator("form.mt6 button").inner_text())
    expect(page.get_by_role("heading", name="Your account will be erased")).to_be_visible()
    page.goto("/account/sign-out/")
    page.locator("main").get_by_role("button", name="Sign out").click()
    sign_in(page, "ana@example.com")
    expect(page.get_by_role("heading", name="Your account will be erased")).to_be_visible()
    press(page, "Keep my account")
    expect(page.get_by_text("Your account stays. Nothing was erased.")).to_be_visible()

    wish = erasing.ask(user=user)
    erasing.erase_due(at=wish.due_at)
    page.goto("/account/")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    assert mail.outbox[-1].subject == "Your account is erased"


def test_the_button_that_stops_it_is_reached_by_keyboard(browser: Browser, base: str) -> None:
    erasing.ask(user=person())
    context = browser.new_context(base_url=base)
    page = context.new_page()
    page.goto("/account/sign-in/")
    page.get_by_label("E-mail address").fill("ana@example.com")
    page.get_by_label("Password", exact=True).fill(WORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Your account will be erased")).to_be_visible()
    page.locator("#main").focus()
    for _ in range(12):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent.trim()") == "Keep my account":
            break
    page.keyboard.press("Enter")
    expect(page.get_by_text("Your account stays. Nothing was erased.")).to_be_visible()
    assert Erasure.objects.open().count() == 0
    context.close()


@pytest.mark.parametrize(("theme", "width"), [("light", 1440), ("dark", 360), ("light", 320), ("dark", 1440)])
def test_axe_finds_nothing_and_nothing_scrolls_sideways(browser: Browser, base: str, theme: Any, width: int) -> None:
    user = person(is_superuser=True, is_staff=True)
    context = browser.new_context(base_url=base, viewport={"width": width, "height": 900}, color_scheme=theme)
    page = context.new_page()
    page.add_init_script(WATCH)
    page.goto("/privacy/")
    examine(page, "/privacy/")
    assert context.cookies() == []
    sign_in(page, "ana@example.com")
    page.goto("/account/erase/")
    page.get_by_label("Password", exact=True).fill(WORD)
    press(page, "Go on")
    expect(page.get_by_text("You are the last administrator here")).to_be_visible()
    examine(page, "the last administrator")
    person("ben@example.com", is_superuser=True, is_staff=True)
    page.goto("/account/erase/")
    examine(page, "before")
    page.goto("/account/data/")
    examine(page, "no copy")
    press(page, "Make a copy")
    expect(page.get_by_role("link", name="Look again")).to_be_visible()  # axe needs a whole page
    examine(page, "being made")
    exporting.make_waiting()
    page.goto("/account/data/")
    examine(page, "a copy")
    wish = erasing.ask(user=user)
    page.goto("/account/erase/")
    examine(page, "waiting")
    page.goto("/account/")
    examine(page, "overview")
    Erasure.objects.filter(pk=wish.pk).update(held_at=timezone.now())
    page.goto("/account/erase/")
    examine(page, "held")
    context.close()
