"""The pages of the API in a real browser: axe at two widths, dark and light; forms of operations send and show."""

from __future__ import annotations

import json
import os
import subprocess
from typing import Any

import pytest
from django.conf import settings
from django.db import connections
from playwright.sync_api import Browser, Page, expect

from api import keys
from tests import make
from tests.e2e.conftest import violations
from tests.people import person

pytestmark = pytest.mark.django_db(transaction=True)
PAGES = (
    "/api/docs/", "/api/docs/errors/", "/api/docs/reference/", "/api/docs/reference/create_submission/",
    "/api/docs/reference/list_tool_runs/go/", "/api/docs/reference/list_categories/",
)  # fmt: skip


@pytest.fixture(autouse=True)
def _connections_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the threads of the live server leave no connection behind."""
    monkeypatch.setitem(connections.settings["default"], "CONN_MAX_AGE", 0)


def opened(browser: Browser, **options: Any) -> Page:
    return browser.new_context(**options).new_page()


def fits(page: Page) -> bool:
    """Say whether nothing makes the page wider than its window."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1440])
def test_axe_finds_nothing_and_every_page_fits(live_server: Any, browser: Browser, width: int, scheme: Any) -> None:
    page = opened(browser, viewport={"width": width, "height": 900}, color_scheme=scheme, reduced_motion="reduce")
    for path in PAGES:
        page.goto(f"{live_server.url}{path}")
        assert (path, violations(page), fits(page)) == (path, [], True)
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("heading", name="Answer", exact=True)).to_be_focused()
    assert (violations(page), fits(page)) == ([], True)


def test_the_form_of_an_operation_sends_and_shows_the_answer(live_server: Any, browser: Browser) -> None:
    make.categories()
    page = opened(browser)
    page.goto(f"{live_server.url}/api/docs/reference/list_categories/")
    page.get_by_role("button", name="Send").click()
    shown = page.get_by_role("region", name="Body of the answer")
    expect(shown).to_contain_text('"slug": "coding"')
    expect(page.locator("[data-got-status]")).to_contain_text("200 OK")
    page.get_by_text("Headers", exact=True).click()
    expect(page.locator("[data-got-headers]")).to_contain_text('"api";r=')


def test_a_key_stays_in_its_field_and_no_cookie_is_sent(live_server: Any, browser: Browser) -> None:
    _, key = keys.create(owner=person(), name="mine", scopes=["catalog:read"])
    page = opened(browser)
    page.context.add_cookies([{"name": "any", "value": "thing", "url": live_server.url}])
    page.goto(f"{live_server.url}/api/docs/reference/list_categories/")
    page.get_by_label("Key or token").fill(key)
    with page.expect_request("**/api/v1/categories") as sent:
        page.get_by_role("button", name="Send").click()
    headers = sent.value.all_headers()
    assert (headers["authorization"], headers.get("cookie")) == (f"Bearer {key}", None)
    expect(page.locator("[data-got-status]")).to_contain_text("200 OK")
    expect(page.get_by_role("region", name="Command")).to_contain_text("Bearer $AICATALOG_KEY")
    assert page.evaluate("JSON.stringify({...localStorage, ...sessionStorage})").find(key) == -1
    page.reload()
    expect(page.get_by_label("Key or token")).to_have_value("")


def test_without_script_the_form_leads_to_the_answer(live_server: Any, browser: Browser) -> None:
    page = opened(browser, java_script_enabled=False)
    page.goto(f"{live_server.url}/api/docs/reference/list_categories/")
    page.get_by_role("button", name="Send").click()
    expect(page).to_have_url(f"{live_server.url}/api/v1/categories")


def test_a_form_says_what_is_missing_and_sends_nothing(live_server: Any, browser: Browser) -> None:
    page = opened(browser)
    page.goto(f"{live_server.url}/api/docs/reference/get_tool/")
    field = page.get_by_role("textbox", name="slug")
    field.fill("  ")
    expect(page.get_by_role("region", name="Command")).to_contain_text("/api/v1/tools/PUT-SLUG-HERE'")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("alert")).to_have_text("Fill in slug: the address is not complete without it.")
    expect(field).to_be_focused()
    expect(page.get_by_role("heading", name="Answer", exact=True)).to_be_hidden()
    assert violations(page) == []
    field.fill("any'thing")
    expect(page.get_by_role("alert")).to_be_hidden()
    expect(page.get_by_role("region", name="Command")).to_contain_text("/api/v1/tools/any'\\''thing'")
    page.get_by_role("button", name="Send").click()
    expect(page.locator("[data-got-status]")).to_contain_text("404 Not Found")


def test_a_form_says_what_is_missing_without_script(live_server: Any, browser: Browser) -> None:
    page = opened(browser, java_script_enabled=False)
    page.goto(f"{live_server.url}/api/docs/reference/get_tool/")
    field = page.get_by_role("textbox", name="slug")
    field.fill("")
    page.get_by_role("button", name="Send").click()  # the browser's own words
    expect(page).to_have_url(f"{live_server.url}/api/docs/reference/get_tool/")
    field.fill(" ")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("alert")).to_have_text("Fill in slug: the address is not complete without it.")


@pytest.mark.parametrize("script", [True, False])
def test_the_command_of_what_writes_can_be_copied_and_run(live_server: Any, browser: Browser, script: bool) -> None:
    _, key = keys.create(owner=person(), name="mine", scopes=["submissions:write"])
    page = opened(browser, java_script_enabled=script)
    page.goto(f"{live_server.url}/api/docs/reference/validate_submission/")
    command = page.locator("#curl").inner_text().replace(settings.SITE_URL, live_server.url)
    if script:
        page.locator("#body").press("End")  # what script writes is the same
        page.locator("#body").press("Space")
        assert page.locator("#curl").inner_text().replace(" ", "") == command.replace(" ", "")
    else:
        expect(page.get_by_role("button", name="Send")).to_be_hidden()
        expect(page.get_by_text("A browser without script cannot call it: copy the command.")).to_be_visible()
    done = subprocess.run(
        ["sh", "-c", command], env={"PATH": os.environ["PATH"], "AICATALOG_KEY": key}, capture_output=True, check=True
    )
    assert json.loads(done.stdout)["valid"] is False


def test_every_cell_of_the_fields_is_in_sight_on_a_small_screen(live_server: Any, browser: Browser) -> None:
    page = opened(browser, viewport={"width": 360, "height": 800})
    page.goto(f"{live_server.url}/api/docs/reference/create_submission/")
    edges = (
        "cells => cells.map(one => one.getBoundingClientRect()).filter(one => one.left < 0 || one.right > 360).length"
    )
    cells = page.locator(".fields tbody :is(th, td)")
    assert (cells.count() > 50, cells.evaluate_all(edges)) == (True, 0)
    assert page.locator(".fields").first.get_by_role("rowheader").first.inner_text() == "record"


def test_the_docs_show_one_language_everywhere_and_remember_it(live_server: Any, browser: Browser) -> None:
    page = opened(browser)
    page.goto(f"{live_server.url}/api/docs/")
    page.get_by_role("tab", name="Python").first.click()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("tab", name="JavaScript").first).to_be_focused()
    page.reload()
    selected = page.get_by_role("tab", selected=True)
    assert set(selected.all_text_contents()) == {"JavaScript"}
    plain = opened(browser, java_script_enabled=False)
    plain.goto(f"{live_server.url}/api/docs/")
    for region in plain.locator("[data-language]").all():
        expect(region).to_be_visible()
