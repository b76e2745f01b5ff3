"""A reviewer in a real browser: the queue and an item by keyboard, without script, by axe."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connections
from playwright.sync_api import Browser, expect

from accounts import roles
from accounts.models import User
from submissions import reports
from submissions.models import Decision, State, Submission
from tests import make
from tests.e2e.conftest import violations
from tests.e2e.test_saved import signed_in
from tests.people import person, with_app
from tests.submissions import rows
from tests.submissions.conftest import role
from tests.verification.conftest import Known, hints, known, made  # noqa: F401 - fixtures

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def base(live_server: Any, monkeypatch: pytest.MonkeyPatch, known: Known, hints: list[int]) -> str:  # noqa: F811
    """The address of the site, whose verification has one step."""
    monkeypatch.setitem(connections.settings["default"], "CONN_MAX_AGE", 0)
    roles.ensure()
    known(made("home"))
    return str(live_server.url)


@pytest.fixture
def rita(base: str) -> User:
    """A reviewer, with a second step."""
    return with_app(role("reviewer", "rita@example.com"))


def test_a_reviewer_decides_by_keyboard(browser: Browser, base: str, rita: User) -> None:
    ana = person("ana@example.com")
    first, second = rows.in_review(ana, name="First"), rows.in_review(ana, name="Second")
    context = signed_in(browser, base, rita)
    page = context.new_page()
    page.goto(f"{base}/review/")
    for key in ("j", "j", "k", "a"):
        page.keyboard.press(key)
    page.wait_for_load_state()
    expect(page.get_by_text("you took it")).to_have_count(1)
    first.refresh_from_db()
    assert first.assigned_to == rita
    expect(page.get_by_role("link", name="First")).to_be_focused()  # it goes on where it was
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_contain_text("Take it, or release it")
    page.keyboard.press("Escape")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="First", level=1)).to_be_visible()
    page.keyboard.press("1")
    page.keyboard.press("2")
    expect(page.locator("[data-rule='12']")).to_be_checked()
    page.wait_for_timeout(800)
    page.keyboard.press("4")
    expect(page.locator("[data-rule='4']")).to_be_checked()
    page.keyboard.press("c")  # the cursor is in the sentence now: letters are letters
    page.keyboard.type("are you sure? a price of 0 is free.")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("heading", name="Second", level=1)).to_be_visible()
    expect(page.get_by_text("First went back for changes. This is the next one.")).to_be_visible()
    decision = Decision.objects.get(submission=first)
    assert (decision.action, decision.ground, decision.sentence) == (
        "request_changes", "price", "are you sure? a price of 0 is free.",
    )  # fmt: skip
    page.keyboard.press("a")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("Nothing else waits for you.")).to_be_visible()
    second.refresh_from_db()
    assert second.state == State.PUBLISHED
    context.close()


def test_everything_works_without_script(browser: Browser, base: str, rita: User) -> None:
    found = rows.in_review(person("ana@example.com"), name="Plain")
    context = signed_in(browser, base, rita, java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{base}/review/")
    page.get_by_role("button", name="Take").click()
    page.get_by_role("link", name="Plain").click()
    page.get_by_label("Ask for changes").check()
    page.get_by_label("Its price is stated").check()
    page.get_by_label("A phrase to begin with").select_option("Say what can be had for free, and until which limit.")
    page.get_by_role("button", name="Decide").click()
    expect(page.get_by_text("Nothing else waits for you.")).to_be_visible()
    assert Decision.objects.get(submission=found).sentence == "Say what can be had for free, and until which limit."
    context.close()


@pytest.mark.parametrize("width", [360, 1440])
def test_axe_finds_nothing_on_the_pages_of_reviewers(browser: Browser, base: str, rita: User, width: int) -> None:
    ana = person("ana@example.com")
    found = rows.in_review(ana)
    Submission.objects.filter(pk=rows.in_review(ana).pk).update(risk=90, needs_second=True)
    tool = make.tool(slug="acme")
    report = reports.file(tool, reason="wrong", text="It is not so.")
    context = signed_in(browser, base, rita, viewport={"width": width, "height": 900}, bypass_csp=True)
    page = context.new_page()
    for path in ("/review/", f"/review/{found.key}/", "/review/tools/acme/", report.get_absolute_url(),
                 "/tools/acme/report/", "/transparency/"):  # fmt: skip
        page.goto(base + path)
        assert violations(page) == [], path
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
    context.close()
