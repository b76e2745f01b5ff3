"""Accounts in a real browser: a passkey of a virtual authenticator, every page by axe, and the way without script."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.core import mail
from django.db import connections
from playwright.sync_api import Browser, Page, expect

from accounts import roles
from tests.people import WORD, app_code, link, person

pytestmark = pytest.mark.django_db(transaction=True)
WATCH = """
window.blocked = [];
addEventListener("securitypolicyviolation", e => window.blocked.push(`${e.violatedDirective} ${e.blockedURI}`));
"""


@pytest.fixture
def base(live_server: Any, monkeypatch: pytest.MonkeyPatch) -> str:
    """The address of the site, at a name: browsers make no passkeys for numbers."""
    monkeypatch.setitem(connections.settings["default"], "CONN_MAX_AGE", 0)
    roles.ensure()  # earlier tests of this kind empty the tables
    return str(live_server.url).replace("127.0.0.1", "localhost")


@pytest.fixture
def page(browser: Browser, base: str) -> Iterator[Page]:
    """A page whose browser has an authenticator, and on which nothing may be blocked or fail."""
    context = browser.new_context(base_url=base, viewport={"width": 1280, "height": 900})
    fresh = context.new_page()
    fresh.set_default_timeout(10_000)
    fresh.add_init_script(WATCH)
    said: list[str] = []
    fresh.on("pageerror", lambda error: said.append(str(error)))
    fresh.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    device = context.new_cdp_session(fresh)
    device.send("WebAuthn.enable")
    device.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "internal",
                "hasResidentKey": True,
                "hasUserVerification": True,
                "isUserVerified": True,
                "automaticPresenceSimulation": True,
            }
        },
    )
    yield fresh
    assert said == []
    assert fresh.evaluate("window.blocked") == []
    context.close()


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def sign_out(page: Page) -> None:
    page.goto("/account/")
    page.locator("main").get_by_role("button", name="Sign out").click()
    page.wait_for_url(re.compile(r":\d+/$"))


def test_from_sign_up_to_passkey_to_recovery_code(page: Page) -> None:
    page.goto("/")
    page.get_by_role("banner").get_by_role("link", name="Sign in").click()
    page.get_by_role("link", name="Sign up").click()
    page.get_by_label("E-mail address").fill("ana@example.com")
    page.get_by_label("Password", exact=True).fill(WORD)
    press(page, "Sign up")
    expect(page.get_by_role("heading", name="Open the mail that we sent")).to_be_visible()
    page.goto(link())
    press(page, "Yes, confirm ana@example.com")
    page.wait_for_url(re.compile(r":\d+/$"))  # back where it began
    page.get_by_role("banner").locator("summary").click()
    page.get_by_role("link", name="Your account").click()

    page.get_by_role("link", name="Set up").click()
    page.get_by_role("link", name="Add a passkey").click()
    page.get_by_label("Password", exact=True).fill(WORD)  # who is there?
    press(page, "Go on")
    page.get_by_label("Name").fill("laptop")
    press(page, "Add the passkey")
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    codes = page.locator("#codes").inner_text().split()
    assert len(codes) == 10
    assert mail.outbox[-1].subject == "A passkey was added"
    page.goto("/account/second-step/passkeys/")
    expect(page.get_by_role("listitem").filter(has_text="laptop")).to_contain_text("signs in alone")

    sign_out(page)
    page.goto("/account/sign-in/?next=/trust/")
    press(page, "Sign in with a passkey")
    page.wait_for_url(re.compile(r":\d+/trust/$"))

    sign_out(page)
    sign_in(page, "ana@example.com")
    press(page, "Use a passkey")  # as the second step behind the password
    expect(page.get_by_role("heading", name="Your account")).to_be_visible()

    sign_out(page)
    sign_in(page, "ana@example.com")
    page.get_by_label("Code").fill(codes[3])
    press(page, "Sign in")
    expect(page.get_by_role("heading", name="Your account")).to_be_visible()

    page.goto("/account/second-step/passkeys/")
    page.get_by_role("link", name="Remove laptop").click()
    press(page, "Use a passkey")  # who is there?
    press(page, "Remove it")
    expect(page.get_by_text("You have none.")).to_be_visible()


def sign_in(page: Page, email: str) -> None:
    page.goto("/account/sign-in/")
    page.get_by_label("E-mail address").fill(email)
    page.get_by_label("Password", exact=True).fill(WORD)
    press(page, "Sign in")


def test_a_browser_without_passkeys_says_so_and_offers_another_way(browser: Browser, base: str) -> None:
    number = base.replace("localhost", "127.0.0.1")
    context = browser.new_context()
    fresh = context.new_page()
    fresh.goto(f"{number}/account/sign-in/?next=/saved/")
    told = fresh.locator("[data-passkey-no]")
    name = base.removeprefix("http://")
    expect(told).to_have_text(
        f"Passkeys need a host that is a name. On this machine, open this page at {name} instead, and sign in there."
    )
    expect(fresh.get_by_role("button", name="Sign in with a passkey")).to_be_disabled()
    told.get_by_role("link").click()  # and what the sign-in was for is not lost on the way
    expect(fresh).to_have_url(f"{base}/account/sign-in/?next=/saved/")
    fresh.add_init_script("delete window.PublicKeyCredential")
    fresh.goto(f"{base}/account/sign-in/")
    expect(told).to_have_text("This browser has no passkeys. Choose another way, or another browser.")
    context.close()


def test_who_works_here_sets_up_an_app_and_signs_in_without_script(browser: Browser, base: str, settings: Any) -> None:
    settings.SECOND_STEP_REQUIRED = True
    person("ed@example.com", is_staff=True)
    context = browser.new_context(base_url=base, java_script_enabled=False, viewport={"width": 360, "height": 740})
    page = context.new_page()
    page.set_default_timeout(10_000)
    sign_in(page, "ed@example.com")
    page.goto("/admin/")
    expect(page.get_by_text("so it needs a second step")).to_be_visible()
    page.get_by_role("link", name="Set up an app").click()
    page.get_by_label("Password", exact=True).fill(WORD)
    press(page, "Go on")
    secret = page.locator(".key-text").inner_text().replace(" ", "")
    page.get_by_label("Code").fill(app_code(secret))
    press(page, "Turn on")
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    code = page.locator("#codes").inner_text().split()[0]
    sign_out(page)
    page.goto("/admin/")
    page.get_by_label("E-mail address").fill("ed@example.com")
    page.get_by_label("Password", exact=True).fill(WORD)
    press(page, "Sign in")
    assert (
        "Passkeys need JavaScript, which is off in this browser. Use a code instead.</p></noscript>" in page.content()
    )
    page.get_by_label("Code").fill(code)
    press(page, "Sign in")
    page.wait_for_url("**/admin/")
    context.close()


def test_the_menu_of_the_account_works_by_keyboard(page: Page) -> None:
    person()
    sign_in(page, "ana@example.com")
    page.goto("/trust/")
    menu = page.get_by_role("banner").locator("summary")
    menu.focus()
    page.keyboard.press("Enter")
    way_out = page.get_by_role("banner").get_by_role("button", name="Sign out")
    for _ in range(page.get_by_role("banner").locator("details[open] a").count() + 1):
        page.keyboard.press("Tab")
    expect(way_out).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("banner").get_by_role("link", name="Sign in")).to_be_visible()
    assert page.url.endswith("/trust/")


OPEN = [
    *("sign-in/", "sign-up/", "sign-in/code/", "password/reset/", "password/reset/sent/", "password/reset/done/"),
    *("confirm-email/", "confirm-email/none/", "closed/", "password/reset/key/1-none/"),
]
SIGNED_IN = [
    *("", "email/", "password/change/", "sessions/", "sign-out/", "confirm/code/", "second-step/"),
    *("second-step/passkeys/", "second-step/passkeys/add/", "second-step/app/remove/"),
    *("second-step/recovery-codes/", "second-step/recovery-codes/new/"),
]


def examine(page: Page, what: str) -> None:
    """Fail when axe finds something, the page scrolls sideways, or something is blocked."""
    found = [
        (one["id"], [node["target"] for node in one["nodes"]][:3]) for one in Axe().run(page).response["violations"]
    ]
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert (found, wide, page.evaluate("window.blocked")) == ([], 0, []), what


@pytest.mark.parametrize(("theme", "width"), [("light", 1440), ("dark", 360), ("light", 320), ("dark", 1440)])
def test_axe_finds_nothing_and_nothing_scrolls_sideways(browser: Browser, base: str, theme: Any, width: int) -> None:
    person()
    context = browser.new_context(
        base_url=base,
        viewport={"width": width, "height": 900},
        color_scheme=theme,
        reduced_motion="reduce",  # a button that fades from "not yet" to "go" has any contrast in between
    )
    page = context.new_page()
    page.add_init_script(WATCH)
    for path in OPEN:
        page.goto(f"/account/{path}")
        examine(page, path)
    for path, button in (("sign-in/", "Sign in"), ("sign-up/", "Sign up")):  # with errors
        page.goto(f"/account/{path}")
        press(page, button)
        expect(page.locator(".err").first).to_be_visible()
        examine(page, f"{path} with errors")
    sign_in(page, "ana@example.com")
    page.goto("/account/second-step/app/add/")
    page.get_by_label("Password", exact=True).fill(WORD)
    press(page, "Go on")
    expect(page.locator(".qr")).to_be_visible()
    page.goto("/account/email/")
    page.get_by_label("New address").fill("another-rather-long-address-of-ana@mail.example.com")
    press(page, "Change the address")
    expect(page.get_by_role("button", name="Keep the old address")).to_be_visible()  # axe needs a whole page
    examine(page, "a new address")
    press(page, "Keep the old address")
    page.goto("/account/second-step/app/add/")
    page.get_by_label("Code").fill(app_code(page.locator(".key-text").inner_text().replace(" ", "")))
    press(page, "Turn on")
    for path in SIGNED_IN:
        page.goto(f"/account/{path}")
        examine(page, path)
    if width > 1000:
        page.locator("summary", has_text="Account").click()
        examine(page, "menu")
    page.context.clear_cookies()
    sign_in(page, "ana@example.com")
    expect(page.get_by_role("heading", name="Second step")).to_be_visible()
    examine(page, "second step")
    context.close()
