"""Featured listings in a real browser: a place is looked for and booked; every page by axe at two widths."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connections
from playwright.sync_api import Browser, BrowserContext, Page, expect

from featured import cancelling, checkout, orders, waitlist
from featured.models import Order, Refund
from tests.e2e.conftest import violations
from tests.e2e.test_saved import signed_in
from tests.featured import rows
from tests.featured.rows import HOME, SEARCH, week

pytestmark = pytest.mark.django_db(transaction=True)
WIDTHS = (360, 1440)


@pytest.fixture(autouse=True)
def _payments(monkeypatch: pytest.MonkeyPatch, live_server: Any) -> None:
    """Let a page of this site stand for Stripe's: tests/e2e/test_featured.py pays at the stand-in."""
    monkeypatch.setitem(connections.settings["default"], "CONN_MAX_AGE", 0)
    monkeypatch.setattr("featured.gateway.is_on", lambda: True)
    monkeypatch.setattr(checkout, "open", lambda order: f"{live_server.url}/privacy/?order={order.key}")

    def closes(order: Order) -> Order:
        orders.expire(order)
        return order

    monkeypatch.setattr(checkout, "close", closes)


def signed(browser: Browser, live_server: Any, user: Any, width: int = 1440, **options: Any) -> BrowserContext:
    return signed_in(browser, live_server.url, user, viewport={"width": width, "height": 900}, **options)


def fits(page: Page) -> bool:
    """Say whether nothing makes the page wider than its window."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


@pytest.mark.parametrize("script", [True, False], ids=["script", "plain"])
def test_a_place_is_chosen_from_the_calendar_and_ordered(live_server: Any, browser: Browser, script: bool) -> None:
    user, tool = rows.buyer()
    page = signed(browser, live_server, user, java_script_enabled=script).new_page()
    page.goto(f"{live_server.url}/")
    page.get_by_role("contentinfo").get_by_role("link", name="Featured listings").click()
    page.get_by_role("link", name=f"Book Search results, week of {week(2):%-d %b %Y}, $79, 1 of 1 free").click()
    expect(page.get_by_label("Acme")).to_be_checked()
    page.get_by_label("3 weeks").check()
    page.get_by_label("Who pays").fill("Acme “AI” Ltd")
    page.get_by_label("I agree to the rules").check()
    page.get_by_role("button", name="Go on to pay").click()
    paid_at = f"{live_server.url}/privacy/?order={Order.objects.get().key}"
    expect(page).to_have_url(paid_at)
    page.go_back()
    page.get_by_label("3 weeks").check()
    page.get_by_label("Who pays").fill("Acme “AI” Ltd")
    page.get_by_label("I agree to the rules").check()
    page.get_by_role("button", name="Go on to pay").click()  # the same again
    expect(page).to_have_url(paid_at)
    page.goto(f"{live_server.url}/portal/featured/")
    page.get_by_role("link", name="Order of").first.click()
    page.get_by_role("button", name="Give it up").click()
    expect(page.get_by_text("Nothing was paid, and the slot is free again.")).to_be_visible()
    order = Order.objects.get()
    assert (order.payer, order.weeks, order.state, order.bookings.get().tool) == ("Acme “AI” Ltd", 3, "expired", tool)


def test_a_taken_place_is_waited_for_and_a_booking_is_cancelled(live_server: Any, browser: Browser) -> None:
    user, _ = rows.buyer()
    has = rows.buyer("beta")
    row = rows.paid(rows.ordered(has, SEARCH))
    page = signed(browser, live_server, user).new_page()
    page.goto(f"{live_server.url}/featured/")
    page.get_by_role("link", name=f"Taken: Search results, week of {week():%-d %b %Y}. Wait for it").click()
    page.get_by_role("button", name="Wait for it with Acme").click()
    expect(page.get_by_text("In line since")).to_be_visible()
    other = signed(browser, live_server, has[0]).new_page()
    other.goto(f"{live_server.url}/featured/")
    other.get_by_role("link", name="Yours: Search results").click()
    expect(other.get_by_text("It has not begun: $79 goes back")).to_be_visible()
    other.get_by_label("Yes, cancel it").check()
    other.get_by_role("button", name="Cancel this booking").click()
    expect(other.get_by_text("It is cancelled.")).to_be_visible()
    page.reload()
    expect(page.get_by_text("It is free, and kept for you until")).to_be_visible()
    page.get_by_role("link", name="Book it", exact=True).click()
    expect(page.get_by_role("button", name="Go on to pay")).to_be_visible()
    assert Refund.objects.get().booking == row


@pytest.mark.parametrize("width", WIDTHS)
def test_no_page_breaks_a_rule_of_axe_or_is_wider_than_its_window(
    live_server: Any, browser: Browser, width: int
) -> None:
    user, tool = rows.buyer()
    rows.owned(user, "docs", "docs.acme.com").claims.all().delete()
    mine, gone = rows.paid(rows.ordered((user, tool))), rows.paid(rows.ordered((user, tool), first=week(2)))
    cancelling.cancel(gone, by=user)
    order = rows.ordered((user, tool), first=week(3))
    rows.paid(rows.ordered(rows.buyer("beta"), SEARCH, first=week(4)))
    waitlist.join(user=user, tool=tool, place=SEARCH, first=week(4))
    rows.ordered(rows.buyer("gamma"), HOME)
    book = "/featured/book/{}/{:%Y-%m-%d}/".format
    addresses = [
        "/featured/", "/featured/?place=category/coding", book("home", week(5)), book("search", week(4)),
        book("home", week()), "/portal/featured/", "/portal/featured/?show=orders", mine.get_absolute_url(),
        gone.get_absolute_url(), order.get_absolute_url(),
    ]  # fmt: skip
    wrong: dict[str, Any] = {}
    for dark in (False, True):
        page = signed(browser, live_server, user, width, color_scheme="dark" if dark else "light").new_page()
        for address in addresses:
            answer = page.goto(f"{live_server.url}{address}")
            assert answer
            found = (answer.status, violations(page), fits(page))
            if found != (200, [], True):
                wrong[f"{address} {'dark' if dark else 'light'}"] = found
    assert wrong == {}
