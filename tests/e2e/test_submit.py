"""Submitting in a real browser, against a site on loopback: the whole walk, and every page by axe at two widths."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from django.conf import settings
from django.db import connections
from playwright.sync_api import Browser, BrowserContext, Page, expect

from accounts.models import User
from submissions import prefill, services
from submissions.flow import reading
from submissions.models import State, Submission
from tests import make
from tests.e2e.conftest import violations
from tests.e2e.test_saved import signed_in
from tests.people import person
from tests.submissions import rows
from tests.submissions.conftest import Read, World, look, opened, world  # noqa: F401 - fixtures
from tests.verification.conftest import Known, hints, known, made  # noqa: F401 - fixtures
from tests.zoo.animal import Reply

pytestmark = pytest.mark.django_db(transaction=True)
PAGE = b"""<!doctype html><html lang="en"><head><title>Lantern</title>
<meta property="og:site_name" content="Lantern">
<meta name="description" content="Turns meeting notes into task lists for small teams"></head>
<body><h1>Lantern</h1><p>Turns meeting notes into task lists.</p></body></html>"""


@pytest.fixture(autouse=True)
def _workers(
    monkeypatch: pytest.MonkeyPatch,
    world: World,  # noqa: F811
    look: Read,  # noqa: F811
    known: Known,  # noqa: F811
    hints: list[int],  # noqa: F811
) -> None:
    """Let a thread be the worker that reads sites; checks have one step, which passes."""
    monkeypatch.setitem(connections.settings["default"], "CONN_MAX_AGE", 0)
    for name, value in world.zoo.environment.items():  # names of this world are none outside of it
        monkeypatch.setattr(settings, name, value)
    world.pages["www.lantern.example", "/"] = Reply(200, PAGE, "text/html; charset=utf-8")
    monkeypatch.setattr(prefill, "read", look)
    known(made("home"))

    def work(pk: int) -> None:
        try:
            reading.work(pk)
        finally:
            connections.close_all()

    monkeypatch.setattr(reading, "hint", lambda pk: threading.Thread(target=work, args=[pk]).start())


@pytest.fixture
def ana() -> User:
    make.categories()
    return person("ana@example.com")


def signed(browser: Browser, live_server: Any, user: User, **options: Any) -> BrowserContext:
    """Return a wide browser in which somebody is signed in."""
    return signed_in(browser, live_server.url, user, **{"viewport": {"width": 1440, "height": 900}, **options})


def fill_what(page: Page) -> None:
    page.get_by_label("Tagline").fill("Turns meeting notes into task lists for small teams")
    page.get_by_label("Description").fill(make.DESCRIPTION)
    page.get_by_label("Kind", exact=True).select_option("app")


def fill_rest(page: Page) -> None:
    """Walk from “Where it stands” to “Checks”."""
    page.get_by_label("Category", exact=True).select_option("coding/ide-assistants")
    page.get_by_label("Tags").fill("notes, meetings, task lists")
    page.get_by_role("button", name="Save and go on").click()
    page.get_by_label("Free tier: a part").check()
    page.get_by_label("Proprietary").check()
    page.get_by_role("button", name="Add a plan").click()
    page.get_by_label("Plan", exact=True).fill("Team")
    page.get_by_label("Amount").fill("9")
    page.get_by_role("button", name="Save and go on").click()
    page.get_by_label("Kind of interface").select_option("mcp-remote")
    page.get_by_role("button", name="Add an interface").click()
    page.get_by_label("Address", exact=True).fill("https://www.lantern.example/mcp")
    page.get_by_role("button", name="Save and go on").click()


@pytest.mark.parametrize("script", [True, False], ids=["script", "plain"])
def test_a_tool_is_submitted_by_its_address(live_server: Any, browser: Browser, ana: User, script: bool) -> None:
    context = signed(browser, live_server, ana, java_script_enabled=script)
    page = context.new_page()
    page.goto(f"{live_server.url}/")
    page.get_by_role("link", name="Submit a tool").first.click()
    page.get_by_label("Paste the address of the tool").fill("www.lantern.example")
    page.get_by_role("button", name="Read its site").click()
    if not script:
        expect(page.get_by_role("heading", name="Reading")).to_be_visible()
        while page.get_by_role("link", name="Load this page again").count():
            page.get_by_role("link", name="Load this page again").click()
    expect(page.get_by_role("heading", name="What is it?")).to_be_visible()
    expect(page.get_by_label("Name")).to_have_value("Lantern")
    expect(page.get_by_text("Found at").first).to_be_visible()
    page.get_by_role("button", name="Save and go on").click()
    expect(page.get_by_text("Description is missing.").first).to_be_visible()
    fill_what(page)
    page.get_by_role("button", name="Save and go on").click()
    fill_rest(page)
    page.get_by_role("button", name="Check it now").click()
    expect(page.get_by_text("The checks are under way.")).to_be_visible()
    rows.checked()
    if not script:
        page.get_by_role("link", name="Load this page again").click()
    expect(page.get_by_text("Nothing fails.")).to_be_visible()
    page.get_by_role("link", name="Go on").click()
    page.get_by_role("button", name="Go on without").click()
    expect(page.get_by_text("How long that takes is not measured yet")).to_be_visible()
    page.get_by_role("button", name="Send it to review").click()
    expect(page.get_by_role("heading", name="What happened")).to_be_visible()
    draft = Submission.objects.get()
    assert (draft.state, draft.revisions.count()) == (State.IN_REVIEW, 1)  # the self-check counts
    expect(page.get_by_text("Place in the queue")).to_be_visible()
    page.go_back()
    expect(page.get_by_text("Place in the queue")).to_be_visible()  # what was sent is shown, not its form
    context.close()


def test_a_draft_is_saved_while_it_is_typed_and_two_windows_lose_nothing(
    live_server: Any, browser: Browser, ana: User
) -> None:
    draft = services.begin(by=ana, record={"homepage": "https://www.lantern.example/"})
    context = signed(browser, live_server, ana)
    first, second = context.new_page(), context.new_page()
    for page in (first, second):
        page.goto(live_server.url + draft.step_url("what"))
    first.get_by_label("Name").fill("In the first")
    first.get_by_label("Who makes it").focus()
    expect(first.locator("#saved")).to_contain_text("Saved")
    first.get_by_label("Who makes it").fill("Acme")
    first.get_by_label("Tagline").focus()
    expect(first.get_by_text("0 of 20 to 90 characters")).to_be_visible()
    second.get_by_label("Name").fill("In the second")
    second.get_by_label("Who makes it").focus()
    expect(second.locator("#saved")).to_contain_text("Not saved")
    second.get_by_role("button", name="Save", exact=True).click()
    expect(second.get_by_role("alert")).to_contain_text("Another window saved this step")
    expect(second.get_by_label("Name")).to_have_value("In the second")
    context.close()
    draft.refresh_from_db()
    assert (draft.record["name"], draft.record["vendor"]) == ("In the first", "Acme")
    again = signed(browser, live_server, ana)  # the browser was closed
    page = again.new_page()
    page.goto(f"{live_server.url}/portal/")
    page.get_by_role("link", name="In the first").click()
    page.get_by_role("link", name="Go on writing").click()
    expect(page.get_by_label("Name")).to_have_value("In the first")
    again.close()


def test_what_was_typed_survives_the_end_of_the_session(live_server: Any, browser: Browser, ana: User) -> None:
    draft = services.begin(by=ana, record={"homepage": "https://www.lantern.example/"})
    context = signed(browser, live_server, ana)
    page = context.new_page()
    page.goto(live_server.url + draft.step_url("what"))
    context.clear_cookies(name=settings.SESSION_COOKIE_NAME)
    page.get_by_label("Name").fill("Typed while away")
    page.get_by_role("button", name="Save and go on").click()
    page.get_by_label("E-mail").fill("ana@example.com")
    page.get_by_role("textbox", name="Password").fill("violet harbour sings twice")
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_label("Name")).to_have_value("Typed while away")
    expect(page.get_by_text("it is not saved yet")).to_be_visible()
    context.close()


@pytest.mark.parametrize("width", [360, 1440])
def test_axe_finds_nothing_on_any_page(live_server: Any, browser: Browser, ana: User, width: int) -> None:
    draft = rows.draft(ana, name="Whole")
    listed = make.tool(homepage="https://acme.com", name="Acme")
    change = rows.change(ana, listed, tagline="Another tagline that says what it does")
    lacking = services.begin(by=ana, record={"homepage": "https://www.lantern.example/"})
    sent = services.send(rows.draft(ana, name="Sent"), by=ana)
    rows.checked()
    steps = ["address", "what", "place", "price", "interfaces", "checks", "ownership", "send"]
    paths = [
        "/submit/", "/submit/rules/", "/submit/upload/", "/portal/", draft.get_absolute_url(), sent.get_absolute_url(),
        change.get_absolute_url(), change.step_url("send"), f"/tools/{listed.slug}/suggest/",
        *(draft.step_url(step) for step in steps), *(f"{lacking.step_url(step)}?look=1&add=plans" for step in steps),
    ]  # fmt: skip
    context = signed(browser, live_server, ana, viewport={"width": width, "height": 900})
    page, found = context.new_page(), {}
    for path in paths:
        page.goto(live_server.url + path)
        sideways = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        if wrong := violations(page) or sideways:
            found[path] = wrong
    context.close()
    assert found == {}
