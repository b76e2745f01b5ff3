"""A purchase in a browser, from the calendar over the page to pay and back, with the webhook beside it."""

from __future__ import annotations

import datetime as dt
import re
import time
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connections
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from accounts import roles
from featured import gateway, inbox, refunds
from featured.models import LedgerEntry, Order, WebhookEvent
from tests.e2e.conftest import violations
from tests.e2e.test_saved import signed_in
from tests.featured import rows
from tests.featured.conftest import Stripe, standin, stripe  # noqa: F401 - fixtures
from tests.featured.running import tools

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(180)]


@pytest.fixture
def base(live_server: Any, monkeypatch: pytest.MonkeyPatch, settings: Any, stripe: Stripe) -> Iterator[str]:  # noqa: F811
    """The address of a site that sells, and hears of payments by its webhook."""
    monkeypatch.setitem(connections.settings["default"], "CONN_MAX_AGE", 0)
    settings.SITE_URL = str(live_server.url)
    roles.ensure()
    gateway.forget_prices()
    call_command("featured_prices", verbosity=0)
    stripe.drop()
    stripe.send_to(settings.SITE_URL)
    yield settings.SITE_URL
    gateway.forget_prices()


@pytest.fixture
def page(browser: Browser, base: str) -> Iterator[Page]:
    """The browser of who owns a tool that may be booked."""
    context = signed_in(browser, base, rows.buyer("acme")[0])
    yield context.new_page()
    context.close()


def order(page: Page, term: str) -> Order:
    """Order the home page from next week on; end on the page to pay."""
    page.goto("/featured/")
    page.locator(f'a[href="/featured/book/home/{rows.week():%Y-%m-%d}/"]').first.click()
    page.get_by_role("radio", name=term).check()
    page.get_by_label("Who pays").fill("Acme Ltd")
    page.get_by_label("I agree to the rules").check()
    page.get_by_role("button", name="Go on to pay").click()
    page.wait_for_url("**/pay/cs_test_*")
    return Order.objects.get()


def pay(page: Page, how: str) -> None:
    page.get_by_label("Name on the card").fill("Ann Acme")
    if page.get_by_label("I agree to the terms").count():
        page.get_by_label("I agree to the terms").check()
    page.get_by_role("button", name=how).click()


def heard(*kinds: str) -> None:
    """Wait until the site has been told of these kinds of events; then let its worker work."""
    deadline = time.monotonic() + 20
    while set(kinds) - set(WebhookEvent.objects.values_list("type", flat=True)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert set(kinds) - set(WebhookEvent.objects.values_list("type", flat=True)) == set()
    inbox.work()


def test_a_declined_card_then_one_that_works(page: Page, base: str, stripe: Stripe) -> None:  # noqa: F811
    made = order(page, "2 weeks")
    expect(page.get_by_role("row").last).to_have_text("Total$298")
    expect(page.get_by_label("E-mail address")).to_have_value("acme@example.com")
    pay(page, "Pay with a card that is declined")
    expect(page.get_by_role("alert")).to_have_text("Your card was declined. Try another card.")
    pay(page, "Pay with a card that works")
    page.wait_for_url(f"{base}/featured/paid/{made.key}/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Paid")
    expect(page.get_by_text("Your payment of $298 arrived")).to_be_visible()
    assert violations(page) == []
    heard("checkout.session.completed")
    made.refresh_from_db()
    assert (made.state, made.paid, [one.state for one in made.bookings.all()]) == ("paid", 29_800, ["booked"])
    assert list(LedgerEntry.objects.values_list("kind", "amount")) == [("payment", 29_800)]
    page.get_by_role("link", name="The order, with its receipt").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("^Order of"))
    page.goto(made.receipt_url)
    expect(page.get_by_text("$298 paid.")).to_be_visible()


def test_who_turns_back_pays_nothing_and_may_give_it_up(page: Page, base: str, stripe: Stripe) -> None:  # noqa: F811
    made = order(page, "1 week")
    page.get_by_role("link", name="Cancel and go back").click()
    page.wait_for_url(f"{base}{made.get_absolute_url()}")
    page.get_by_role("button", name="Go on to pay").click()
    page.wait_for_url("**/pay/cs_test_*")  # the same page, as long as it is open
    assert made.session_id in page.url
    page.go_back()
    page.get_by_role("button", name="Give it up").click()
    expect(page.get_by_text("Nothing was paid, and the slot is free again.")).to_be_visible()
    assert stripe.object(made.session_id)["status"] == "expired"
    heard("checkout.session.expired")
    made.refresh_from_db()
    assert (made.state, LedgerEntry.objects.count()) == ("expired", 0)


def test_cancelled_before_it_begins_all_of_it_goes_back(page: Page, base: str, stripe: Stripe) -> None:  # noqa: F811
    made = order(page, "1 week")
    pay(page, "Pay with a card that works")
    page.wait_for_url(f"{base}/featured/paid/{made.key}/")
    page.goto(made.bookings.get().get_absolute_url())
    expect(page.get_by_text("It has not begun: $149 goes back")).to_be_visible()
    page.get_by_label("Yes, cancel it").check()
    page.get_by_role("button", name="Cancel this booking").click()
    expect(page.get_by_text("is on its way back to you")).to_be_visible()
    refunds.send_due()
    heard("charge.refunded")
    page.goto(made.get_absolute_url())
    expect(page.locator(".facts")).to_contain_text("Refunded")
    assert list(LedgerEntry.objects.order_by("id").values_list("kind", "amount")) == [
        ("payment", 14_900), ("refund", -14_900)
    ]  # fmt: skip
    made.refresh_from_db()
    assert stripe.object(stripe.object(made.payment_intent)["latest_charge"])["amount_refunded"] == 14_900


def test_a_bank_debit_is_booked_when_it_comes(page: Page, base: str, stripe: Stripe) -> None:  # noqa: F811
    made = order(page, "1 week")
    pay(page, "Pay by bank debit")
    page.wait_for_url(f"{base}/featured/paid/{made.key}/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Not confirmed yet")
    stripe.advance(seconds=61)
    heard("checkout.session.async_payment_succeeded")
    made.refresh_from_db()
    assert (made.state, made.bookings.get().state) == ("paid", "booked")


def test_what_was_bought_is_shown_with_its_label_and_gone_at_its_end(
    browser: Browser, page: Page, base: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    tools(28)  # the front page shows one sponsored card for each eight others
    made = order(page, "1 week")
    pay(page, "Pay with a card that works")
    page.wait_for_url(f"{base}/featured/paid/{made.key}/")
    heard("checkout.session.completed")
    booked = made.bookings.get()
    reader = browser.new_context(base_url=base).new_page()
    strip = reader.get_by_role("region", name="Sponsored", exact=True)
    reader.goto("/")
    assert strip.count() == 0  # its week has not begun
    monkeypatch.setattr(timezone, "now", lambda: booked.starts_at + dt.timedelta(hours=1))
    reader.reload()
    expect(strip).to_have_text(
        re.compile(r"^\s*Sponsored\s+Paid by Acme Ltd,.*Why am I seeing this\?.*Acme", re.DOTALL)
    )
    link = strip.get_by_role("link", name="Acme", exact=True)
    assert (link.get_attribute("href"), link.get_attribute("rel")) == ("/tools/acme/", "sponsored")
    assert violations(reader) == []
    monkeypatch.setattr(timezone, "now", lambda: booked.during.upper)
    reader.reload()
    assert strip.count() == 0
    reader.goto("/featured/ledger/")
    row = reader.get_by_role("row").filter(has_text="Acme")
    expect(row).to_have_count(1)
    expect(row).to_contain_text("Acme Ltd")
    reader.context.close()
