"""Sponsored cards in a real browser: their label, what is counted of them, their end, and without script."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connections
from django.utils import timezone
from playwright.sync_api import Browser, BrowserContext, Locator, Page

from catalog.reach import visitors
from catalog.reach.counting import reach
from catalog.reach.events import Beside
from featured import counting
from featured.models import Booking
from tests.e2e.conftest import violations
from tests.e2e.test_reach import CHROME
from tests.featured.running import days, runs, tools

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def base(live_server: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of the site, where nothing was counted yet."""
    monkeypatch.setitem(connections.settings["default"], "CONN_MAX_AGE", 0)
    reach.forget()
    yield str(live_server.url)
    reach.forget()


@pytest.fixture
def made() -> Booking:
    """A card on the list of tools, which has twenty-eight others."""
    tools(28)
    return runs("acme", "search", payer="Acme Inc.")


def opened(browser: Browser, address: str, **options: Any) -> tuple[BrowserContext, Page]:
    context = browser.new_context(user_agent=CHROME, viewport={"width": 1280, "height": 800}, **options)
    context.add_cookies([{"name": "sessionid", "value": "made-up", "url": address}])
    page = context.new_page()
    page.goto(address)
    return context, page


def strip(page: Page) -> Locator:
    return page.get_by_role("region", name="Sponsored", exact=True)


def counted(made: Booking, column: str) -> int:
    """Return how often this process counted something of a booking."""
    found = dict(reach.counts)
    return sum(
        number
        for (_, event), number in found.items()
        if isinstance(event, Beside) and event.key[:2] == (column, made.pk)
    )


def until(made: Booking, column: str, number: int) -> None:
    """Wait until so many are counted."""
    deadline = time.monotonic() + 20
    while counted(made, column) < number:
        assert time.monotonic() < deadline, dict(reach.counts)
        time.sleep(0.02)


def test_the_word_sponsored_comes_first_then_who_pays_then_the_card(browser: Browser, base: str, made: Booking) -> None:
    context, page = opened(browser, f"{base}/tools/")
    lines = [line.strip("- ") for line in strip(page).aria_snapshot().splitlines()]
    assert lines[:2] == ['region "Sponsored":', 'heading "Sponsored" [level=2]']
    assert lines[2:4] == ["paragraph:", f"text: Paid by Acme Inc., {days()}."]
    assert [line for line in lines if line.startswith(("link", "heading"))][:4] == [
        'heading "Sponsored" [level=2]', 'link "Why am I seeing this?":', 'heading "Acme" [level=3]:', 'link "Acme":',
    ]  # fmt: skip
    told = page.locator("#browse").aria_snapshot()
    assert told.index('region "Sponsored"') < told.index("Made ")
    strip(page).get_by_role("link", name="Why am I seeing this?").click()
    page.wait_for_url(f"{base}/featured/why/")
    context.close()


def test_half_a_card_in_view_for_a_second_is_counted_once(browser: Browser, base: str, made: Booking) -> None:
    context, page = opened(browser, f"{base}/tools/")
    strip(page).scroll_into_view_if_needed()
    until(made, "viewable", 1)
    page.evaluate("scrollTo(0, document.body.scrollHeight)")
    page.wait_for_timeout(300)
    strip(page).scroll_into_view_if_needed()
    page.wait_for_timeout(1_500)
    assert (counted(made, "viewable"), counted(made, "rendered"), counted(made, "filtered")) == (1, 1, 0)
    page.get_by_label("Sort").select_option("name")  # the list is swapped: it is another page to a reader
    page.wait_for_url("**sort=name*")
    until(made, "viewable", 2)
    assert counted(made, "rendered") == 2
    context.close()


def test_a_glance_is_not_counted(browser: Browser, base: str, made: Booking) -> None:
    context, page = opened(browser, f"{base}/featured/why/")
    page.add_init_script("addEventListener('DOMContentLoaded', () => { document.body.style.paddingTop = '3000px' })")
    page.goto(f"{base}/tools/")
    page.wait_for_timeout(1_500)  # below what is seen
    strip(page).scroll_into_view_if_needed()
    page.wait_for_timeout(300)
    page.evaluate("scrollTo(0, 0)")
    page.wait_for_timeout(1_500)
    assert (counted(made, "viewable"), counted(made, "rendered")) == (0, 1)
    context.close()


@pytest.mark.parametrize("way", ["mouse", "keyboard"])
def test_a_click_leads_straight_to_the_tool_and_is_counted_without_a_cookie(
    browser: Browser, base: str, made: Booking, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    context, page = opened(browser, f"{base}/tools/")
    cookies: list[list[str]] = []
    tell = counting.tell

    def noted(request: Any, column: str, cards: Any) -> None:
        cookies.append(list(request.COOKIES))
        tell(request, column, cards)

    monkeypatch.setattr(counting, "tell", noted)
    link = strip(page).get_by_role("link", name="Acme", exact=True)
    assert (link.get_attribute("href"), link.get_attribute("rel")) == ("/tools/acme/", "sponsored")
    if way == "keyboard":
        link.press("Enter")
    else:
        link.click()
    page.wait_for_url(f"{base}/tools/acme/")
    until(made, "clicks", 1)
    assert counted(made, "clicks") == 1
    assert [names for names in cookies if names] == []
    context.close()


def test_what_calls_itself_a_program_is_filtered(browser: Browser, base: str, made: Booking) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 800})  # says that it is headless
    page = context.new_page()
    page.goto(f"{base}/tools/")
    strip(page).scroll_into_view_if_needed()
    until(made, "filtered", 2)  # the page, and the card in view
    assert (counted(made, "rendered"), counted(made, "viewable")) == (0, 0)
    assert visitors.BOTS.search("headlesschrome")
    context.close()


def test_at_its_end_the_card_is_gone(
    browser: Browser, base: str, made: Booking, monkeypatch: pytest.MonkeyPatch
) -> None:
    context, page = opened(browser, f"{base}/tools/")
    assert strip(page).count() == 1
    monkeypatch.setattr(timezone, "now", lambda: made.during.upper)
    page.reload()
    assert (strip(page).count(), page.locator(".spon").count()) == (0, 0)
    context.close()


def test_without_script_it_is_shown_and_leads_to_the_tool(browser: Browser, base: str, made: Booking) -> None:
    context, page = opened(browser, f"{base}/tools/", java_script_enabled=False)
    strip(page).get_by_role("link", name="Acme", exact=True).click()
    page.wait_for_url(f"{base}/tools/acme/")
    context.close()
    assert [counted(made, name) for name in ("rendered", "viewable", "clicks", "filtered")] == [1, 0, 0, 0]


@pytest.mark.parametrize("width", [360, 1440])
@pytest.mark.parametrize("path", ["/", "/tools/", "/categories/coding/", "/new/?period=added", "/featured/why/",
                                  "/featured/ledger/"])  # fmt: skip
def test_pages_with_sponsored_cards_are_accessible(browser: Browser, base: str, path: str, width: int) -> None:
    tools(28)
    for place in ("home", "search", "category/coding", "new"):
        runs(place.replace("category/", "a-"), place)
    runs("drawn", "category/coding", kind="community", payer="")
    context = browser.new_context(user_agent=CHROME, viewport={"width": width, "height": 900})
    page = context.new_page()
    page.goto(f"{base}{path}")
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    if not path.startswith("/featured/"):
        assert page.locator(".spon").count() == (2 if path == "/categories/coding/" else 1)
    context.close()
