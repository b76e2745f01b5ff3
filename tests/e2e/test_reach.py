"""A click on “Visit” in a real browser: the real address, a count, no cookie; and without script no count."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connections
from django.http import HttpRequest
from playwright.sync_api import Browser, BrowserContext, Page

from catalog.models import Tool
from catalog.reach import visitors
from catalog.reach.counting import reach
from tests import make
from tests.catalog.reach import rows

pytestmark = pytest.mark.django_db(transaction=True)
# the headless one says that it is, and is not counted
CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"


@pytest.fixture
def base(live_server: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of the site, where nothing was counted yet."""
    monkeypatch.setitem(connections.settings["default"], "CONN_MAX_AGE", 0)
    reach.forget()
    yield str(live_server.url)
    reach.forget()


@pytest.fixture
def tool() -> Tool:
    return make.tool(homepage="https://tool.example.com/start")


def opened(browser: Browser, base: str, tool: Tool, **options: Any) -> tuple[BrowserContext, Page]:
    """Open the page of a tool from a search; the site of the tool answers from here."""
    context = browser.new_context(user_agent=CHROME, **options)
    context.route("https://tool.example.com/**", lambda route: route.fulfill(status=200, body="The tool"))
    page = context.new_page()
    page.goto(f"{base}/tools/?q=made&kind=app")
    page.get_by_role("link", name=tool.name, exact=True).click()
    page.wait_for_url(f"**{tool.get_absolute_url()}")
    return context, page


def until_visited() -> None:
    """Wait for the message; a browser that leaves the page tells nobody of its answer."""
    deadline = time.monotonic() + 20
    while "visit" not in [getattr(event, "kind", "") for _, event in list(reach.counts)]:
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.mark.parametrize("way", ["mouse", "keyboard", "middle button"])
def test_a_click_leads_to_the_real_address_and_is_counted_without_a_cookie(
    browser: Browser, base: str, tool: Tool, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    context, page = opened(browser, base, tool)
    came: list[tuple[str, list[str]]] = []
    counts = visitors.counts

    def noted(request: HttpRequest) -> bool:
        came.append((request.path, list(request.COOKIES)))
        return counts(request)

    monkeypatch.setattr(visitors, "counts", noted)
    context.add_cookies([{"name": "sessionid", "value": "made-up", "url": base}])
    page.reload()
    link = page.get_by_role("link", name="Visit tool.example.com")
    assert link.get_attribute("href") == tool.homepage
    if way == "keyboard":
        link.press("Enter")
    else:
        link.click(button="left" if way == "mouse" else "middle")
    until_visited()
    path = tool.get_absolute_url()
    assert came == [(path, ["sessionid"]), (f"{path}visit/", [])]
    if way != "middle button":
        page.wait_for_url(tool.homepage)
    context.close()
    assert rows.of(tool) == (1, 2, 1)
    assert rows.searches() == {(tool.slug, "made"): 2}
    assert rows.filters() == {"kind": (1, 0)}


def test_without_script_the_link_works_and_is_not_counted(browser: Browser, base: str, tool: Tool) -> None:
    context, page = opened(browser, base, tool, java_script_enabled=False)
    page.get_by_role("link", name="Visit tool.example.com").click()
    page.wait_for_url(tool.homepage)
    context.close()
    assert rows.of(tool) == (1, 1, 0)
