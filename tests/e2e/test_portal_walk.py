"""The whole way of a tool in a real browser, against a site on loopback and by the real checks: from a stranger who
signs up to a rejection that is taken back."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connections
from playwright.sync_api import Browser, Page, expect

from accounts import roles
from accounts.models import User
from catalog.models import Tool
from submissions.flow import reading
from submissions.models import Appeal, State, Submission
from tests import make
from tests.e2e.test_owners import copied
from tests.e2e.test_saved import signed_in
from tests.e2e.test_submit import fill_what
from tests.people import WORD, link, with_app
from tests.submissions import rows
from tests.submissions.conftest import role
from tests.verification.conftest import hints  # noqa: F401 - a fixture
from tests.verification.ownership.conftest import World, opened, world  # noqa: F401 - fixtures
from tests.zoo.animal import Reply
from verification.models import OwnershipChallenge

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]
SITE = b"""<!doctype html><html lang="en"><head><title>Lantern</title>
<meta property="og:site_name" content="Lantern">
<meta name="description" content="Turns meeting notes into task lists for small teams"></head>
<body><h1>Lantern</h1><p>Turns meeting notes into task lists for small teams, in the browser.</p>
<p><a href="/pricing">Pricing</a> <a href="/privacy">Privacy</a> <a href="/terms">Terms</a></p></body></html>"""


@pytest.fixture
def base(
    live_server: Any,
    monkeypatch: pytest.MonkeyPatch,
    world: World,  # noqa: F811
    hints: list[int],  # noqa: F811
) -> str:
    """The address of the site; a thread is the worker that reads sites."""
    monkeypatch.setitem(connections.settings["default"], "CONN_MAX_AGE", 0)
    roles.ensure()
    make.categories()
    for path in ("/", "/pricing", "/privacy", "/terms"):
        world.pages["www.acme.example", path] = Reply(200, SITE, "text/html; charset=utf-8")

    def work(pk: int) -> None:
        try:
            reading.work(pk)
        finally:
            connections.close_all()

    monkeypatch.setattr(reading, "hint", lambda pk: threading.Thread(target=work, args=[pk]).start())
    return str(live_server.url)


@pytest.fixture
def page(browser: Browser, base: str) -> Iterator[Page]:
    """The browser of who submits."""
    context = browser.new_context(base_url=base, viewport={"width": 1440, "height": 900})
    context.set_default_timeout(20_000)
    yield context.new_page()
    context.close()


def reviewing(browser: Browser, base: str, who: User) -> Page:
    """Return a page in the browser of a reviewer."""
    return signed_in(browser, base, who, viewport={"width": 1440, "height": 900}).new_page()


def sign_up(page: Page) -> None:
    page.goto("/submit/")
    page.get_by_role("main").get_by_role("link", name="Sign in").click()
    page.get_by_role("link", name="Sign up").click()
    page.get_by_label("E-mail address").fill("ana@example.com")
    page.get_by_label("Password", exact=True).fill(WORD)
    page.get_by_role("button", name="Sign up").click()
    expect(page.get_by_role("heading", name="Open the mail that we sent")).to_be_visible()
    page.goto(link())
    page.get_by_role("button", name="Yes, confirm ana@example.com").click()
    expect(page.get_by_label("Paste the address of the tool")).to_be_visible()  # back where it began


def submit(page: Page) -> None:
    page.get_by_label("Paste the address of the tool").fill("www.acme.example")
    page.get_by_role("button", name="Read its site").click()
    expect(page.get_by_label("Name")).to_have_value("Lantern", timeout=60_000)  # a dozen requests, one a second
    fill_what(page)
    page.get_by_role("button", name="Save and go on").click()
    page.get_by_label("Category", exact=True).select_option("coding/ide-assistants")
    page.get_by_label("Tags").fill("notes, meetings, task lists")
    page.get_by_role("button", name="Save and go on").click()
    page.get_by_label("Free tier: a part").check()
    page.get_by_label("Proprietary").check()
    page.get_by_role("button", name="Save and go on").click()
    page.get_by_role("button", name=re.compile("go on$")).click()  # no interface
    page.get_by_role("button", name="Check it now").click()
    expect(page.get_by_text("The checks are under way.")).to_be_visible()
    rows.checked()
    expect(page.get_by_text("Nothing fails.")).to_be_visible()
    page.get_by_role("link", name="Go on", exact=True).click()


def prove(page: Page, world: World) -> None:  # noqa: F811
    page.get_by_role("link", name="Prove that it is yours").click()
    expect(page.get_by_label("Domain, host or package")).to_have_value(re.compile("acme.example"))
    page.get_by_label("A file on the site").check()
    page.get_by_role("button", name="Show me what to do").click()
    address, token = copied(page, "Address"), copied(page, "What the file holds")
    path = re.sub(r"^https://[^/]+", "", address)
    world.pages["www.acme.example", path] = Reply(200, token.encode(), "text/plain")
    OwnershipChallenge.objects.update(tried_at=None)
    page.get_by_role("button", name="Check now").click()
    expect(page.locator("#proof")).to_contain_text("You speak for www.acme.example now.")


def decide(page: Page, what: str, rule: str, sentence: str, name: str = "Lantern") -> None:
    page.get_by_role("main").get_by_role("link", name=name).first.click()
    page.get_by_label(what).check()
    page.get_by_label(rule).check()
    page.locator("#sentence").fill(sentence)
    page.get_by_role("button", name="Decide").click()


def test_from_sign_up_to_an_appeal_that_was_right(
    browser: Browser,
    base: str,
    page: Page,
    world: World,  # noqa: F811
) -> None:
    rita = reviewing(browser, base, with_app(role("reviewer", "rita@example.com")))
    sign_up(page)
    submit(page)
    prove(page, world)
    draft = Submission.objects.get()
    page.goto(f"/portal/submissions/{draft.key}/edit/send/")
    page.get_by_role("button", name="Send it to review").click()
    expect(page.get_by_text("Place in the queue")).to_be_visible()

    ask_for_a_change(rita, page, draft)
    approve(rita, page)
    reject_and_appeal(browser, base, rita, page)


def ask_for_a_change(rita: Page, page: Page, draft: Submission) -> None:
    rita.goto("/review/")
    decide(rita, "Ask for changes", "Its price is stated", "Say what the free tier holds.")
    expect(rita.get_by_text("Nothing else waits for you.")).to_be_visible()
    page.goto("/portal/")
    page.get_by_role("link", name="Lantern").click()
    expect(page.get_by_text("Say what the free tier holds.").first).to_be_visible()
    page.goto(f"/portal/submissions/{draft.key}/edit/price/")
    page.get_by_role("button", name="Add a plan").click()
    page.get_by_label("Plan", exact=True).fill("Free")
    page.get_by_label("Amount").fill("0")
    page.get_by_role("button", name="Save and go on").click()
    page.goto(f"/portal/submissions/{draft.key}/edit/send/")
    page.get_by_role("button", name="Send it to review").click()
    rows.checked()
    draft.refresh_from_db()
    assert (draft.state, draft.by_owner, draft.revisions.count()) == (State.IN_REVIEW, True, 2)


def approve(rita: Page, page: Page) -> None:
    rita.goto("/review/")
    decide(rita, "Approve", "All rules are kept", "")
    tool = Tool.objects.listed().get()
    rows.checked()  # the run of the listing itself
    page.goto("/tools/lantern/")
    expect(page.get_by_role("heading", name="Lantern", level=1)).to_be_visible()
    expect(page.get_by_text("Owner proved")).to_be_visible()
    page.goto("/tools/lantern/verification/")
    assert page.locator(".runs li").count() == tool.runs.count() >= 2
    page.locator(".runs a").first.click()
    expect(page.get_by_role("heading", name=re.compile("^Run "))).to_be_visible()


def reject_and_appeal(browser: Browser, base: str, rita: Page, page: Page) -> None:
    change = propose(page, "Beacon")
    rita.goto("/review/")
    decide(rita, "Reject", "It is true", "The site says Lantern.", name="Beacon")
    change.refresh_from_db()
    assert change.state == State.REJECTED
    page.goto(change.get_absolute_url())
    page.get_by_text("Appeal against this decision").first.click()
    page.get_by_label("What speaks against the decision").first.fill("We were renamed today.")
    page.get_by_role("button", name="Appeal", exact=True).first.click()
    expect(page.get_by_text("We were renamed today.").first).to_be_visible()

    rolf = reviewing(browser, base, with_app(role("reviewer", "rolf@example.com")))
    rolf.goto("/review/?show=appeals")
    rolf.get_by_role("main").get_by_role("link", name=re.compile("Lantern|Beacon")).first.click()
    rolf.get_by_label("Take the decision back").check()
    rolf.locator("#sentence").fill("The site says Beacon by now.")
    rolf.get_by_role("button", name="Answer the appeal").click()
    change.refresh_from_db()
    assert (change.state, Appeal.objects.get().outcome) == (State.IN_REVIEW, "overturned")
    page.goto(change.get_absolute_url())
    expect(page.get_by_text("The site says Beacon by now.").first).to_be_visible()


def propose(page: Page, name: str) -> Submission:
    """Propose another name as the owner; return the change, checked and in review."""
    page.goto("/tools/lantern/")
    page.get_by_role("link", name="Edit this listing").click()
    page.get_by_role("button", name=re.compile("Begin|Edit|Go on")).first.click()
    page.goto(page.url.replace(page.url.rsplit("/edit/", 1)[-1], "what/"))
    page.get_by_label("Name").fill(name)
    page.get_by_role("button", name="Save and go on").click()
    change = Submission.objects.get(kind="change")
    page.goto(f"/portal/submissions/{change.key}/edit/send/")
    page.get_by_role("button", name=re.compile("^Send it")).click()
    rows.checked()
    change.refresh_from_db()
    assert change.state == State.IN_REVIEW
    return change
