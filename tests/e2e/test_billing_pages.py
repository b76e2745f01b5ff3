"""The pages of people who look after money in a real browser: by axe at two widths, light and dark, and by keyboard."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.db import connections
from django.utils import timezone
from playwright.sync_api import Browser, BrowserContext, expect

from accounts import roles
from accounts.models import User
from featured import weeks
from featured.models import Booking, Delivery, Dispute, Pause, Refund
from tests.e2e.conftest import violations
from tests.e2e.test_featured_pages import fits
from tests.e2e.test_saved import signed_in
from tests.featured.care_rows import HOUR, booked, owned_tool
from tests.people import person, with_app

pytestmark = pytest.mark.django_db(transaction=True)
HOME = "/portal/billing/"


@pytest.fixture
def clerk(live_server: Any, monkeypatch: pytest.MonkeyPatch) -> User:
    """Somebody of billing."""
    monkeypatch.setitem(connections.settings["default"], "CONN_MAX_AGE", 0)
    roles.ensure()
    user = with_app(person("bill@example.com"))
    user.groups.add(Group.objects.get(name=roles.BILLING))
    return user


@pytest.fixture
def row() -> Booking:
    """A booking of this week with a long payer, a pause, a refund that waits, a dispute and what it delivered."""
    made = booked(owned_tool(), first=weeks.start_of(timezone.now()))
    Booking.objects.filter(pk=made.pk).update(payer="Acme-" * 40)
    Pause.objects.create(booking=made, why="unreachable", began_at=timezone.now() - HOUR)
    Refund.objects.create(
        order=made.order, booking=made, amount=500, currency="usd", why="goodwill", state="to_approve",
        payment="pi_1", sentence="The logo was missing.",
    )  # type: ignore[misc]  # fmt: skip
    Dispute.objects.create(
        order=made.order, stripe_id="dp_" + "9" * 40, amount=15_198, currency="usd", status="needs_response",
        reason="product_not_received", opened_at=timezone.now(), answer_by=timezone.now() + 24 * HOUR,
    )  # type: ignore[misc]  # fmt: skip
    Delivery.objects.create(booking=made, day=made.starts_at.date(), position=1, rendered=1_234, viewable=777, clicks=5)
    made.refresh_from_db()
    return made


def signed(browser: Browser, base: str, user: User, width: int = 1440, **options: Any) -> BrowserContext:
    return signed_in(browser, base, user, confirmed=True, viewport={"width": width, "height": 900}, **options)


@pytest.mark.parametrize("width", [360, 1440])
def test_no_page_of_billing_breaks_a_rule_of_axe_or_is_wider_than_its_window(
    live_server: Any, browser: Browser, clerk: User, row: Booking, width: int
) -> None:
    assert row.order
    addresses = [
        HOME, f"{HOME}grant/", f"{HOME}bookings/{row.key}/", f"{HOME}bookings/{row.key}/stop/",
        f"{HOME}orders/{row.order.key}/", f"{HOME}orders/{row.order.key}/refund/",
        f"{HOME}refunds/{Refund.objects.get().key}/", f"{HOME}disputes/{Dispute.objects.get().pk}/",
        row.get_absolute_url(), "/featured/ledger/", "/featured/why/",
    ]  # fmt: skip
    wrong: dict[str, Any] = {}
    for scheme in ("light", "dark"):
        page = signed(browser, live_server.url, clerk, width, color_scheme=scheme).new_page()
        for address in addresses:
            answer = page.goto(f"{live_server.url}{address}")
            assert answer
            found = (answer.status, page.url.removeprefix(live_server.url), violations(page), fits(page))
            if found != (200, address, [], True):
                wrong[f"{address} {scheme}"] = found
        page.context.close()
    assert wrong == {}


def test_a_form_that_was_filled_in_wrong_is_accessible_too(
    live_server: Any, browser: Browser, clerk: User, row: Booking
) -> None:
    assert row.order
    page = signed(browser, live_server.url, clerk, 360).new_page()
    for address in (f"{HOME}grant/", f"{HOME}bookings/{row.key}/stop/", f"{HOME}orders/{row.order.key}/refund/"):
        page.goto(f"{live_server.url}{address}")
        page.locator("main form").last.evaluate("form => { form.noValidate = true; form.requestSubmit() }")
        page.wait_for_load_state()
        expect(page.locator("[aria-invalid=true]").first).to_be_visible()
        assert (address, violations(page), fits(page)) == (address, [], True)
    page.context.close()


def test_a_booking_is_stopped_by_keyboard(live_server: Any, browser: Browser, clerk: User, row: Booking) -> None:
    page = signed(browser, live_server.url, clerk).new_page()
    page.goto(f"{live_server.url}{HOME}bookings/{row.key}/")
    page.get_by_role("link", name="Stop it").press("Enter")
    page.get_by_label("Why").focus()
    page.keyboard.type("It shows something else.")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{HOME}bookings/{row.key}/")
    row.refresh_from_db()
    assert row.state == "stopped"
    page.context.close()
