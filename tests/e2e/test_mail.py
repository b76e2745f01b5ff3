"""Pages about mail in a real browser: leaving a list without script, the account's page, axe in both themes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from accounts.models import User
from core import outbox
from core.outbox import bounces, delivery, lists
from tests.e2e.test_account import WATCH, base, examine, press, sign_in
from tests.people import person

__all__ = ["base"]
pytestmark = pytest.mark.django_db(transaction=True)
LONG = "a-rather-long-mailbox-of-somebody-called-ana@a-rather-long-name-of-a-mail-server.example.com"


def leave_path(user: User) -> str:
    return f"/mail/leave/{lists.token('digest', user.email, user.pk)}/"


def test_leaving_and_coming_back_without_script(browser: Browser, base: str) -> None:
    context = browser.new_context(base_url=base, java_script_enabled=False)
    page = context.new_page()
    page.goto(leave_path(person()))
    press(page, "Leave the list")
    expect(page.get_by_role("heading", name="You left the list “Digest”")).to_be_visible()
    press(page, "Get these mails again")
    expect(page.locator("main").get_by_role("status")).to_have_text("You get these mails again, at ana@example.com.")
    assert context.cookies() == []
    context.close()


def test_an_account_chooses_by_keyboard(browser: Browser, base: str, settings: Any) -> None:
    settings.MAIL_LISTS = settings.MAIL_LISTS | {"news": ("News", "What is new on the site.")}
    person()
    context = browser.new_context(base_url=base)
    page = context.new_page()
    sign_in(page, "ana@example.com")
    page.goto("/account/mail/")
    page.get_by_label("News").focus()
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Saved.")).to_be_visible()
    expect(page.get_by_label("News")).not_to_be_checked()
    context.close()


@pytest.mark.parametrize(("theme", "width"), [("light", 1440), ("dark", 320)])
def test_axe_finds_nothing_and_nothing_scrolls_sideways(
    browser: Browser, base: str, theme: Any, width: int, settings: Any, tmp_path: Path
) -> None:
    user = person(LONG)
    row = outbox.post(
        to=LONG, kind="test", template="ownership_reset", key="1", list_name="digest", user=user,
        context={"name": "example.com", "sentence": "Another account has proved that it controls it."},
    )  # fmt: skip
    settings.DEBUG, settings.EMAIL_FILE_PATH = True, tmp_path
    context = browser.new_context(base_url=base, viewport={"width": width, "height": 900}, color_scheme=theme)
    page = context.new_page()
    page.add_init_script(WATCH)
    show(page, "/mail/", "None yet.")
    delivery.deliver()
    show(page, "/mail/", row.subject)
    show(page, f"/mail/{row.token}/", "HTML, as source")
    show(page, leave_path(user), "Leave the list “Digest”?")
    press(page, "Leave the list")
    expect(page.get_by_role("heading", name="You left the list “Digest”")).to_be_visible()  # axe needs a whole page
    examine(page, "left")
    sign_in(page, LONG)
    show(page, "/account/mail/", "How often: Never")
    bounces.refuses(LONG, "It came back: 5.1.1 smtp; 550 5.1.1 " + "no-such-user-here" * 8)
    show(page, "/account/", "A mail to your address came back.")
    show(page, "/account/mail/", "The address works again")
    context.close()


def show(page: Page, path: str, words: str) -> None:
    page.goto(path)
    expect(page.get_by_text(words).first).to_be_visible()
    examine(page, path)
