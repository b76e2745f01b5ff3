"""The evidence page in a real browser: live while a run is under way, by keyboard, without script, on paper."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connections
from playwright.sync_api import Browser, BrowserContext, Page, expect

from catalog.models import Tool
from tests import make
from tests.e2e.conftest import violations
from tests.verification import make_runs
from verification.models import Run, RunStep

pytestmark = pytest.mark.django_db(transaction=True)

LONG = "https://made.example.com/" + "a-very-long-path-without-a-break" * 6
PLACES = "all => all.map(bar => [bar.getAttribute('x'), bar.getAttribute('width')])"
WATCH = """
window.blocked = [];
addEventListener("securitypolicyviolation", e => window.blocked.push(`${e.violatedDirective} ${e.blockedURI}`));
"""


@pytest.fixture(autouse=True)
def _no_kept_connections(monkeypatch: pytest.MonkeyPatch) -> None:
    """A connection that the server's thread kept would be in the way when the test database is removed."""
    monkeypatch.setitem(connections.settings["default"], "CONN_MAX_AGE", 0)


@pytest.fixture
def tool() -> Tool:
    return make.tool(name="Made Search")


@pytest.fixture
def run(tool: Tool) -> Run:
    """A run that has ended, with every verdict, long words and bodies."""
    page = make_runs.exchange(
        received=b"<!doctype html>\n<title>Made</title>\n" + b"x" * 9_000, headers={"x-long": "y" * 480}
    )
    hello = make_runs.exchange(
        LONG, method="POST", mime="application/json", sent=b'{"jsonrpc": "2.0", "method": "initialize"}',
        received=b'{"jsonrpc": "2.0", "result": {"serverInfo": {"name": "made"}}}',
    )  # fmt: skip
    silent = make_runs.exchange(status=None)
    return make_runs.run(
        tool,
        {"key": "listing_facts"},
        {"key": "dns"},
        {"key": "home", "exchanges": [page], "subject": "https://made.example.com/"},
        {"key": "security_txt", "verdict": "warn", "sentence": "No security.txt at the usual address."},
        {"key": "tls", "code": "no_such_name"},
        {"key": "privacy", "code": "robots_disallow", "sentence": "Its robots.txt asks us not to fetch this page."},
        {"key": "mcp_handshake", "exchanges": [hello, silent], "subject": LONG},
        {"key": "graphql", "code": "placeholder", "sentence": "Each customer fills in a part of it."},
    )  # fmt: skip


@pytest.fixture
def strict(browser: Browser) -> Iterator[Page]:
    """A page on which a blocked script or style fails the test."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.set_default_timeout(10_000)
    page.add_init_script(WATCH)
    yield page
    assert page.evaluate("window.blocked") == []
    context.close()


def opened(context: BrowserContext, address: str) -> Page:
    """Return a page with every row opened."""
    page = context.new_page()
    page.goto(address)
    page.evaluate("document.querySelectorAll('main details').forEach(row => row.open = true)")
    return page


@pytest.mark.parametrize(("theme", "width"), [("light", 1440), ("dark", 320)])
@pytest.mark.parametrize("name", ["run", "runs", "tool", "trust", "bot"])
def test_axe_finds_nothing_and_nothing_scrolls_sideways(
    live_server: Any, browser: Browser, run: Run, name: str, theme: Any, width: int
) -> None:
    of_tool = run.tool.get_absolute_url()
    paths = {"run": run.get_absolute_url(), "runs": f"{of_tool}verification/", "tool": of_tool}
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=theme)
    page = opened(context, live_server.url + paths.get(name, f"/{name}/"))
    picture(page, f"{name}-{width}-{theme}")
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") == 0
    if name == "trust":  # one table for each step, all alike: the first stands for all
        page.evaluate("[...document.querySelectorAll('.checks details')].slice(1).forEach(fold => fold.remove())")
    assert violations(page) == []
    context.close()


def picture(page: Page, name: str) -> None:
    """Keep a picture where somebody asked for pictures (SCREENSHOTS=folder)."""
    if folder := os.environ.get("SCREENSHOTS"):
        page.screenshot(path=str(Path(folder) / f"{name}.png"), full_page=True)


def test_rows_open_and_close_by_keyboard(live_server: Any, strict: Page, run: Run) -> None:
    strict.goto(live_server.url + run.get_absolute_url())
    row = strict.locator("details.step", has_text="mcp_handshake")
    expect(row.get_by_text('"method": "initialize"')).to_be_hidden()
    row.locator("summary").focus()
    strict.keyboard.press("Enter")
    expect(row.get_by_text('"method": "initialize"')).to_be_visible()
    strict.keyboard.press("Space")
    expect(row.get_by_text('"method": "initialize"')).to_be_hidden()


def test_paper_shows_all_rows_opened(live_server: Any, strict: Page, run: Run) -> None:
    strict.goto(live_server.url + run.get_absolute_url())
    strict.emulate_media(media="print")
    expect(strict.get_by_text('"method": "initialize"')).to_be_visible()
    expect(strict.get_by_role("link", name="Our robot")).to_be_hidden()


def test_everything_is_there_without_script(live_server: Any, browser: Browser, run: Run, tool: Tool) -> None:
    context = browser.new_context(java_script_enabled=False, viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.goto(live_server.url + run.get_absolute_url())
    page.locator("details.step", has_text="mcp_handshake").locator("summary").click()
    expect(page.get_by_text('"method": "initialize"')).to_be_visible()
    under_way = make_runs.run(tool, {"key": "home", "state": "running"}, finished=False)
    page.goto(live_server.url + under_way.get_absolute_url())
    expect(page.get_by_text("A worker is at it.")).to_be_visible()
    make_runs.say(under_way.steps.get())
    make_runs.finish(under_way)
    page.get_by_role("link", name="Load this page again").click()
    expect(page.get_by_text("It answered as it should.")).to_be_visible()
    context.close()


def test_a_run_under_way_fills_itself_in_and_leaves_the_reader_alone(
    live_server: Any, strict: Page, tool: Tool
) -> None:
    page = strict
    run = make_runs.run(
        tool,
        {"key": "home", "exchanges": [make_runs.exchange(received=b"the page of Made")]},
        {"key": "dns", "state": "running"},
        {"key": "tls", "state": "queued", "note": "Waiting for its turn at example.com."},
        {"key": "parked", "state": "waiting"},
        finished=False,
    )
    polls: list[int] = []
    page.on("response", lambda response: polls.append(response.status) if "part=live" in response.url else None)
    page.goto(live_server.url + run.get_absolute_url())
    expect(page.get_by_text("Waiting for its turn at example.com.")).to_be_visible()
    summary = page.locator("details.step", has_text="home").locator("summary")
    summary.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("the page of Made")).to_be_visible()

    RunStep.objects.filter(run=run, key="tls").update(note="To be confirmed: example.com did not answer.")
    expect(page.get_by_text("To be confirmed: example.com did not answer.")).to_be_visible()
    make_runs.say(run.steps.get(key="dns"), sentence="Two addresses, all public.")
    expect(page.get_by_text("Two addresses, all public.")).to_be_visible()
    expect(page.get_by_text("the page of Made")).to_be_visible()  # what was opened stays open
    assert page.evaluate("document.activeElement.id") == summary.get_attribute("id")

    for step in run.steps.exclude(state=RunStep.State.DONE):
        make_runs.say(step, sentence=f"{step.key} is in order.")
    make_runs.finish(run)
    expect(page.get_by_text("parked is in order.")).to_be_visible()
    expect(page.locator("#live")).to_have_text(
        "The run has ended. 4 of 4 steps could tell. None failed, none needs attention."
    )
    expect(page.locator("#in-words")).to_have_text("4 of 4 steps could tell. None failed, none needs attention.")
    bars = page.locator(".bar .f").evaluate_all(PLACES)
    fresh = page.context.new_page()
    fresh.goto(page.url)
    assert bars == fresh.locator(".bar .f").evaluate_all(PLACES)  # bars move as the run grows longer
    expect(page.locator("[hx-trigger]")).to_have_count(0)
    expect(page.get_by_text("the page of Made")).to_be_visible()
    asked = len(polls)
    page.wait_for_timeout(2_200)
    assert len(polls) == asked  # it stops
    assert set(polls) <= {200, 204}
