"""What people keep, in a real browser: by mouse, by keyboard, without script, in frames of others, by axe."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from django.db import connections
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Page, expect

from accounts import roles
from accounts.models import User
from catalog import services
from catalog.models import Follow, ListItem, Newsletter, Saved, Tool, ToolList
from catalog.personal import digest, follows, keeping
from tests import make
from tests.e2e.conftest import violations
from tests.people import has_confirmed, person

pytestmark = pytest.mark.django_db(transaction=True)
WATCH = """
window.blocked = []; window.loaded = true;
addEventListener("securitypolicyviolation", e => window.blocked.push(`${e.violatedDirective} ${e.blockedURI}`));
"""


@pytest.fixture
def base(live_server: Any, monkeypatch: pytest.MonkeyPatch) -> str:
    """The address of the site."""
    monkeypatch.setitem(connections.settings["default"], "CONN_MAX_AGE", 0)
    roles.ensure()
    return str(live_server.url)


@pytest.fixture
def ana(base: str) -> User:
    """A person; there are three tools."""
    for name in ("Alpha", "Beta", "Gamma"):
        make.tool(slug=name.lower(), name=name)
    return person()


def signed_in(browser: Browser, base: str, user: User, *, confirmed: bool = False, **options: Any) -> BrowserContext:
    """Return a browser in which somebody is signed in; `confirmed`: who just said who they are."""
    client = Client()
    client.force_login(user)
    if confirmed:
        has_confirmed(client, user)
    context = browser.new_context(base_url=base, **{"viewport": {"width": 1280, "height": 900}, **options})
    context.set_default_timeout(10_000)
    context.add_init_script(WATCH)
    context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": base}])
    return context


@pytest.fixture
def page(browser: Browser, base: str, ana: User) -> Iterator[Page]:
    """Her page, on which nothing may be blocked or fail."""
    context = signed_in(browser, base, ana)
    fresh = context.new_page()
    said: list[str] = []
    fresh.on("pageerror", lambda error: said.append(str(error)))
    fresh.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    yield fresh
    assert [text for text in said if not text.startswith("Failed to load resource")] == []  # refused, as asked
    assert fresh.evaluate("window.blocked") == []
    context.close()


def filled(user: User) -> ToolList:
    """Fill everything there is; return a shared list. A tool of it is no longer listed."""
    gone = make.tool(slug="gone", name="Gone")
    found = keeping.create_list(user=user, title="For podcasts", description="Sound.\n\nAnd voice.", shared=True)
    for slug in ("alpha", "gone", "beta"):
        tool = Tool.objects.get(slug=slug)
        keeping.save(user=user, tool=tool)
        keeping.add(to=found, tool=tool)
        follows.follow_tool(user=user, tool=tool)
    services.delist_tools([gone])
    keeping.annotate(row=Saved.objects.get(slug="alpha"), note="The one that Ben uses")
    keeping.annotate(row=ListItem.objects.get(slug="beta"), note="Cheaper")
    follows.follow_category(user=user, category=make.categories()["coding"])
    follows.follow_search(user=user, query="q=speech&pricing=free")
    digest.choose(user=user, period="weekly")
    return found


# -- with script -----------------------------------------------------------------------------------------------------


def test_a_card_is_saved_without_leaving_the_page_and_said_aloud(page: Page) -> None:
    page.goto("/tools/")
    page.evaluate("window.stayed = true")
    button = page.get_by_role("button", name="Save Beta", exact=True)
    expect(button).to_have_attribute("aria-pressed", "false")
    button.focus()
    page.keyboard.press("Space")
    expect(button).to_have_attribute("aria-pressed", "true")
    expect(page.locator("#live")).to_have_text("Saved. Your saved tools are under Account.")
    assert page.evaluate("[window.stayed, document.activeElement.value]") == [True, "beta"]
    assert list(Saved.objects.values_list("slug", flat=True)) == ["beta"]
    page.keyboard.press("Enter")
    expect(button).to_have_attribute("aria-pressed", "false")
    assert not Saved.objects.exists()


def test_the_button_with_words_says_what_is_and_what_pressing_does(page: Page) -> None:
    page.goto("/tools/alpha/")
    button = page.locator(".thead [data-save]")
    for words, name in (("Save", "Save"), ("Saved", "Saved: take Alpha out of your saved tools"), ("Save", "Save")):
        expect(button).to_have_text(words)
        expect(button).to_have_accessible_name(name)
        button.click()


def test_the_menu_of_the_account_closes_by_escape_and_by_a_press_outside(page: Page) -> None:
    page.goto("/tools/")
    menu, summary = page.locator("details.me"), page.locator("details.me > summary")
    link = menu.get_by_role("link", name="Saved tools")
    summary.click()
    expect(link).to_be_visible()
    link.focus()
    page.keyboard.press("Escape")
    expect(link).to_be_hidden()
    expect(summary).to_be_focused()
    summary.click()
    expect(link).to_be_visible()
    page.locator("#said").click()
    expect(link).to_be_hidden()


@pytest.mark.parametrize(("width", "least"), [(1280, 500), (360, 318)])
def test_the_field_of_a_note_has_room_for_a_sentence(page: Page, ana: User, width: int, least: int) -> None:
    filled(ana)
    page.set_viewport_size({"width": width, "height": 800})
    page.goto("/saved/")
    page.get_by_text("Add a note on Beta").click()
    field, move = page.get_by_label("Note on Beta"), page.get_by_role("button", name="Remove Beta")
    box, below = field.bounding_box(), move.bounding_box()
    assert box
    assert below
    assert box["width"] >= least
    assert below["y"] > box["y"] + box["height"]  # the other buttons stand under it


def test_a_button_that_a_filter_brought_saves_too(page: Page) -> None:
    page.goto("/tools/")
    page.locator("#f-pricing-free-open-source").check()
    expect(page).to_have_url(re.compile("pricing=free-open-source"))
    page.get_by_role("button", name="Save Alpha", exact=True).click()
    expect(page.get_by_role("button", name="Save Alpha", exact=True)).to_have_attribute("aria-pressed", "true")
    page.get_by_role("button", name="Follow this search").click()
    expect(page.get_by_role("button", name="Following this search: stop")).to_have_text("Following")
    expect(page.locator("main .told")).to_contain_text("You follow this search now.")
    expect(page).to_have_url(re.compile("pricing=free-open-source"))


def test_when_the_session_has_ended_the_sign_in_comes_and_nothing_is_lost(page: Page, ana: User) -> None:
    page.goto("/tools/alpha/")
    page.context.clear_cookies()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("Not accepted|Sign in"))
    assert not Saved.objects.exists()


def test_full_is_said_where_one_is(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "MOST_SAVED", 0)
    page.goto("/tools/alpha/")
    with page.expect_response(re.compile("/saved/")) as answer:
        page.get_by_role("button", name="Save", exact=True).click()
    assert answer.value.status == 409
    expect(page.locator("#live")).to_contain_text("which is the most there can be")


# -- without script --------------------------------------------------------------------------------------------------


def test_everything_is_done_without_script(browser: Browser, base: str, ana: User) -> None:
    context = signed_in(browser, base, ana, java_script_enabled=False)
    page = context.new_page()
    page.goto("/tools/")
    page.get_by_role("button", name="Save Alpha", exact=True).click()
    expect(page).to_have_url(f"{base}/tools/")
    expect(page.get_by_role("button", name="Save Alpha", exact=True)).to_have_attribute("aria-pressed", "true")
    page.goto("/tools/beta/")
    page.get_by_label("Title of the list").fill("Mine")
    page.get_by_role("button", name="Make list").click()
    page.get_by_role("link", name="Mine").click()
    page.goto("/tools/gamma/")
    page.get_by_role("button", name="Add", exact=True).click()
    page.get_by_role("button", name="Follow", exact=True).click()
    expect(page.get_by_role("button", name="Following: stop", exact=True)).to_have_text("Following")
    found = ToolList.objects.get()
    page.goto(found.get_absolute_url())
    page.get_by_role("button", name="Up Gamma").click()
    assert page.locator(".card-nm").all_text_contents() == ["Gamma", "Beta"]
    page.get_by_text("Add a note on Gamma").click()
    page.get_by_label("Note on Gamma").fill("first choice")
    page.get_by_role("button", name="Keep the note").first.click()
    expect(page.locator(".mine")).to_have_text("first choice")
    page.get_by_role("link", name="Change, share or delete").click()
    page.get_by_label("Share by link").check()
    page.get_by_role("button", name="Save the list").click()
    expect(page.get_by_text("Shared: who has the link can read it.")).to_be_visible()
    page.goto("/following/")
    page.get_by_label("Every week, on Monday").check()
    page.get_by_role("button", name="Set the digest").click()
    page.get_by_role("button", name="Stop following Gamma").click()
    expect(page.get_by_text("You follow nothing yet.")).to_be_visible()
    page.goto("/saved/")
    page.get_by_label("Put Alpha into").select_option("Mine")
    page.get_by_role("button", name="Put Alpha into that list").click()
    expect(page.locator(".told")).to_have_text("Alpha was put into “Mine”.")
    page.get_by_role("button", name="Remove Alpha").click()
    expect(page.get_by_text("Nothing is saved yet.")).to_be_visible()
    assert (Saved.objects.count(), Follow.objects.count(), Newsletter.objects.get().period) == (0, 0, "weekly")
    context.close()


# -- in frames of others ---------------------------------------------------------------------------------------------


@contextmanager
def other_site(body: str) -> Iterator[str]:
    """Serve one page from another origin; yields its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        thread.join()


def test_a_shared_list_shows_in_a_frame_of_another_site_and_its_page_does_not(
    browser: Browser, base: str, ana: User
) -> None:
    found = filled(ana)
    frames = f'<iframe id="a" src="{base}{found.get_absolute_url()}embed/"></iframe>'
    frames += f'<iframe id="b" src="{base}{found.get_absolute_url()}"></iframe>'
    context = browser.new_context()
    page = context.new_page()
    with other_site(f"<!doctype html><title>Other</title>{frames}") as address:
        page.goto(address)
        expect(page.frame_locator("#a").get_by_role("link", name="Alpha")).to_be_visible()
        expect(page.frame_locator("#a").get_by_text("Gone is no longer listed.")).to_be_visible()
        assert page.frame_locator("#b").get_by_role("link", name="Alpha").count() == 0
        assert context.cookies() == []
    context.close()


# -- every page, every theme, every width ----------------------------------------------------------------------------


def pages(found: ToolList) -> dict[str, str]:
    path = found.get_absolute_url()
    return {
        "saved": "/saved/",
        "lists": "/lists/",
        "own list": path,
        "edit": f"{path}edit/",
        "embed": f"{path}embed/",
        "following": "/following/",
        "tool": "/tools/alpha/",
        "narrowed list": "/tools/?pricing=free-open-source",
    }


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("state", ["filled", "empty"])
def test_axe_finds_nothing_and_nothing_scrolls_sideways(
    browser: Browser, base: str, ana: User, theme: str, state: str
) -> None:
    if state == "filled":
        found = filled(ana)
    else:
        found = keeping.create_list(user=ana, title="Empty, with a long title that has to break somewhere on a phone")
        follows.newsletter_of(ana)
    for width in (1440, 360, 320):
        context = signed_in(browser, base, ana, color_scheme=theme, viewport={"width": width, "height": 900})
        page = context.new_page()
        for name, path in pages(found).items():
            page.goto(path)
            wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            assert (wide, page.evaluate("window.blocked")) == (0, []), (name, width)
            if width != 320:
                assert violations(page) == [], (name, theme, width)
        context.close()


def test_a_shared_list_as_visitors_see_it(browser: Browser, base: str, ana: User) -> None:
    found = filled(ana)
    for width in (1440, 360):
        context = browser.new_context(base_url=base, viewport={"width": width, "height": 900})
        page = context.new_page()
        page.goto(found.get_absolute_url())
        assert violations(page) == [], width
        assert page.get_by_role("button", name=re.compile("Up|Down|Remove")).count() == 0
        context.close()
