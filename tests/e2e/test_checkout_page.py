"""The stand-in's page to pay and its customer portal in a browser: buttons lead where the session says only."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import stripe as library
from playwright.sync_api import Page, expect

from featured.standin import control
from featured.standin.server import StandIn
from tests.e2e.conftest import violations

GOOD, DECLINED = "Pay with a card that works", "Pay with a card that is declined"
BANK = "Pay by bank debit (known in a minute)"
NAME = 'Home page <b>"&</b>, a week'


@pytest.fixture(scope="module")
def standin() -> Iterator[StandIn]:
    with StandIn() as running:
        yield running


@pytest.fixture(scope="module")
def shop() -> Iterator[str]:
    """The address of a site of another origin, to which buyers come back."""
    with StandIn() as other:
        yield other.base


@pytest.fixture
def api(standin: StandIn) -> Any:
    return library.StripeClient("sk_test_x", base_addresses={"api": standin.base}).v1


def opened(api: Any, shop: str, **more: Any) -> Any:
    """Open a session for three weeks."""
    data = {"currency": "usd", "unit_amount": 14_900, "product_data": {"name": NAME}} | more.pop("data", {})
    given = {
        "mode": "payment", "line_items": [{"price_data": data, "quantity": 3}], "cancel_url": f"{shop}/?back",
        "success_url": f"{shop}/?session={{CHECKOUT_SESSION_ID}}",
    }  # fmt: skip
    return api.checkout.sessions.create(given | more)


def fill(page: Page, country: str = "DE") -> None:
    page.get_by_label("E-mail address").fill("buyer@example.com")
    page.get_by_label("Name on the card").fill("Example & Sons")
    page.get_by_label("Country").select_option(country)


def test_a_purchase_with_a_declined_card_first(page: Page, api: Any, shop: str) -> None:
    terms = {"consent_collection": {"terms_of_service": "required"}, "tax_id_collection": {"enabled": True}}
    session = opened(api, shop, automatic_tax={"enabled": True}, **terms)
    page.goto(session.url)
    expect(page.get_by_text("nothing is charged")).to_be_visible()
    expect(page.get_by_role("row").nth(1)).to_have_text(f"{NAME}3 \N{MULTIPLICATION SIGN} $149$447")
    assert violations(page) == []
    page.get_by_role("button", name=GOOD).click()
    expect(page.get_by_role("alert")).to_have_text(
        "Your e-mail address is not complete: it looks like name@example.com."
    )
    fill(page)
    page.get_by_role("button", name=GOOD).click()
    expect(page.get_by_role("alert")).to_have_text("You have not agreed to the terms: tick the box to go on.")
    page.get_by_label("I agree to the terms").check()
    page.get_by_role("button", name=DECLINED).click()
    expect(page.get_by_role("alert")).to_have_text("Your card was declined. Try another card.")
    assert violations(page) == []
    page.get_by_role("button", name=GOOD).click()
    page.wait_for_url(f"{shop}/?session={session.id}")
    paid = api.checkout.sessions.retrieve(session.id)
    assert (paid.payment_status, paid.amount_total, paid.customer_details.name) == ("paid", 53_193, "Example & Sons")
    assert paid.consent.terms_of_service == "accepted"
    page.goto(session.url or f"{shop}/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Paid already")
    page.get_by_role("link", name="Go back").click()
    page.wait_for_url(f"{shop}/?session={session.id}")


def test_the_way_back_pays_nothing(page: Page, api: Any, shop: str) -> None:
    session = opened(api, shop)
    page.goto(session.url)
    page.get_by_role("link", name="Cancel and go back").click()
    page.wait_for_url(f"{shop}/?back")
    assert api.checkout.sessions.retrieve(session.id).status == "open"


def test_a_bank_debit_comes_a_minute_later(page: Page, api: Any, shop: str, standin: StandIn) -> None:
    session = opened(api, shop)
    page.goto(session.url)
    fill(page)
    page.get_by_role("button", name=BANK).click()
    page.wait_for_url(f"{shop}/?session={session.id}")
    assert api.checkout.sessions.retrieve(session.id).payment_status == "unpaid"
    control.advance(standin.account, seconds=61)
    assert api.checkout.sessions.retrieve(session.id).payment_status == "paid"


def test_yen_have_no_cents_and_an_expired_page_says_so(page: Page, api: Any, shop: str, standin: StandIn) -> None:
    session = opened(api, shop, data={"currency": "jpy", "unit_amount": 1_200})
    page.goto(session.url)
    expect(page.get_by_role("row").last).to_have_text("Total¥3,600")
    api.checkout.sessions.expire(session.id)
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_have_text("Too late")
    assert violations(page) == []


def test_a_subscription_is_canceled_and_kept_at_the_portal(page: Page, api: Any, shop: str) -> None:
    session = opened(api, shop, mode="subscription", data={"recurring": {"interval": "week"}})
    page.goto(session.url)
    expect(page.get_by_role("row").nth(1)).to_have_text(f"{NAME}3 \N{MULTIPLICATION SIGN} $149 every week$447")
    expect(page.get_by_role("button", name=BANK)).to_have_count(0)
    fill(page)
    page.get_by_role("button", name=GOOD).click()
    page.wait_for_url(f"{shop}/?session={session.id}")
    paid = api.checkout.sessions.retrieve(session.id)
    portal = api.billing_portal.sessions.create({"customer": paid.customer, "return_url": f"{shop}/?portal"})
    page.goto(portal.url)
    assert violations(page) == []
    page.get_by_role("button", name=f"Cancel {NAME}").click()
    expect(page.get_by_role("button", name=f"Keep {NAME}")).to_be_visible()
    assert api.subscriptions.retrieve(paid.subscription).cancel_at_period_end is True
    page.get_by_role("button", name=f"Keep {NAME}").click()
    expect(page.get_by_role("button", name=f"Cancel {NAME}")).to_be_visible()
    assert api.subscriptions.retrieve(paid.subscription).cancel_at_period_end is False
    page.get_by_role("link", name="Go back").click()
    page.wait_for_url(f"{shop}/?portal")


@pytest.mark.parametrize("path", ["", "pay/cs_test_none", "portal/bps_none", "nothing"])
def test_other_pages_are_readable_too(page: Page, standin: StandIn, path: str) -> None:
    page.goto(f"{standin.base}/{path}")
    assert violations(page) == []


def test_receipt_and_invoice(page: Page, api: Any, shop: str, standin: StandIn) -> None:
    session = opened(api, shop, invoice_creation={"enabled": True})
    control.pay(standin.account, session.id)
    paid = api.checkout.sessions.retrieve(session.id, {"expand": ["invoice", "payment_intent.latest_charge"]})
    for url, heading in (
        (paid.invoice.hosted_invoice_url, f"Invoice {paid.invoice.number}"),
        (paid.payment_intent.latest_charge.receipt_url, "Receipt"),
    ):
        page.goto(url)
        expect(page.get_by_role("heading", level=1)).to_have_text(heading)
        assert violations(page) == []
