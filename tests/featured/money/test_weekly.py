"""Weekly orders: each paid invoice books a week, the next one is held, and a card that fails has seven days."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.core import mail
from django.utils import timezone

from featured import booking, cancelling, fulfil, reconcile
from featured.models import Booking, Order
from tests import make
from tests.featured.money.conftest import HOME, NEXT, Shop, ledger, states

pytestmark = pytest.mark.django_db
WEEK = dt.timedelta(weeks=1)


def subscription(shop: Shop, order: Order) -> dict[str, object]:
    return dict(shop.stripe.object(order.subscription_id))


def test_the_first_week_is_booked_and_the_next_one_held(shop: Shop) -> None:
    order = shop.bought(kind="weekly")
    first, second = order.bookings.order_by("during")
    assert states(order) == ("paid", ["booked", "held"])
    assert (second.starts_at, second.position) == (first.during.upper, first.position)
    until = dt.datetime.fromtimestamp(
        shop.stripe.object(order.subscription_id)["items"]["data"][0]["current_period_end"], dt.UTC
    )
    assert second.hold_until == until + WEEK
    assert (order.subscription_state, order.customer_id[:4], ledger(order)) == (
        "active",
        "cus_",
        [("payment", 14_900)],
    )
    assert reconcile.run() == 0


def test_each_paid_invoice_books_the_week_that_was_held(shop: Shop) -> None:
    order = shop.bought(kind="weekly")
    for weeks in (2, 3):
        shop.stripe.advance(days=7, seconds=4_000)
        shop.hear()
        assert states(order) == ("paid", ["booked"] * weeks + ["held"])
    assert ledger(order) == [("payment", 14_900)] * 3
    rows = order.entries.order_by("id").values_list("booking__during", flat=True)
    assert [one.lower for one in rows] == [NEXT, NEXT + WEEK, NEXT + 2 * WEEK]
    assert reconcile.run() == 0


def test_a_renewal_that_fails_keeps_the_slot_for_seven_days_and_says_so(shop: Shop) -> None:
    order = shop.bought(kind="weekly")
    mail.outbox.clear()
    shop.stripe.fail_renewals()
    shop.stripe.advance(days=7, seconds=4_000)
    shop.hear()
    assert states(order) == ("paid", ["booked", "held"])
    assert order.subscription_state == "past_due"
    invoice = next(shop.stripe.account.all("invoice"))
    held = order.bookings.get(state="held")
    assert held.hold_until == dt.datetime.fromtimestamp(invoice["created"], dt.UTC) + WEEK
    assert [str(one.subject) for one in mail.outbox] == ["AI Apps: the next week could not be collected"]
    shop.stripe.advance(days=3, seconds=60)  # tried again, and it works
    shop.hear()
    assert states(order) == ("paid", ["booked", "booked", "held"])
    assert (order.subscription_state, reconcile.run()) == ("active", 0)


def released(shop: Shop) -> tuple[Order, Booking]:
    """Let a renewal fail, and the days of grace pass."""
    order = shop.bought(kind="weekly")
    shop.stripe.fail_renewals()
    shop.stripe.advance(days=7, seconds=4_000)
    shop.hear()
    Booking.objects.filter(order=order, state="held").update(hold_until=timezone.now() - dt.timedelta(seconds=1))
    booking.release_overdue("home")
    return order, order.bookings.get(state="released")


def test_after_the_grace_it_resumes_when_the_slot_is_free(shop: Shop) -> None:
    order, lost = released(shop)
    shop.stripe.advance(days=3, seconds=60)
    shop.hear()
    lost.refresh_from_db()
    assert (lost.state, states(order)) == ("booked", ("paid", ["booked", "booked", "held"]))
    assert reconcile.run() == 0


def test_after_the_grace_what_is_paid_for_a_slot_that_is_gone_is_another_slot_or_goes_back(shop: Shop) -> None:
    order, _ = released(shop)
    for name in ("alpha", "beta", "gamma"):
        tool = make.tool(slug=name, homepage=f"https://{name}.org")
        for week in range(1, 26):
            made = booking.hold(
                tool=tool, place=HOME, first=NEXT + week * WEEK, payer="The site", kind="granted",
                until=timezone.now() + WEEK,
            )  # fmt: skip
            booking.move(made, "book")
    shop.stripe.advance(days=3, seconds=60)
    shop.hear()
    assert states(order) == ("paid", ["booked", "released"])
    assert ledger(order) == [("payment", 14_900), ("payment", 14_900), ("refund", -14_900)]
    assert subscription(shop, order)["cancel_at_period_end"] is True
    assert "AI Apps: no further week is collected for Acme" in [str(one.subject) for one in mail.outbox]
    assert reconcile.run() == 0


def test_a_next_week_that_is_somebody_elses_ends_the_subscription(shop: Shop) -> None:
    make.tool(slug="alpha", homepage="https://alpha.org")
    other = shop.order("alpha", first=NEXT + WEEK)  # the same position, a week later
    order = shop.bought(kind="weekly")
    assert (other.bookings.get().position, order.bookings.get().position) == (1, 1)
    assert subscription(shop, order)["cancel_at_period_end"] is True
    assert states(order) == ("paid", ["booked"])
    assert [str(one.subject) for one in mail.outbox] == [
        "AI Apps: Acme is booked",
        "AI Apps: no further week is collected for Acme",
    ]
    shop.stripe.advance(days=8)
    shop.hear()
    assert (states(order), order.subscription_state) == (("paid", ["booked"]), "canceled")
    assert reconcile.run() == 0


def test_a_subscription_that_ends_lets_the_next_week_go(shop: Shop) -> None:
    order = shop.bought(kind="weekly")
    from featured import gateway

    gateway.cancel_subscription(order.subscription_id)
    gateway.cancel_subscription(order.subscription_id)  # it has ended already
    shop.hear()
    assert (states(order), order.subscription_state) == (("paid", ["booked", "released"]), "canceled")
    assert reconcile.run() == 0


def test_a_buyer_who_ends_it_and_thinks_again_keeps_the_next_week(shop: Shop) -> None:
    order = shop.bought(kind="weekly")
    from featured import gateway

    gateway.cancel_at_period_end(order.subscription_id)
    shop.hear()
    assert states(order) == ("paid", ["booked", "released"])
    gateway._api().subscriptions.update(order.subscription_id, {"cancel_at_period_end": False})
    shop.hear()
    assert states(order) == ("paid", ["booked", "released", "held"])
    shop.stripe.advance(days=7, seconds=4_000)
    shop.hear()
    assert states(order) == ("paid", ["booked", "released", "booked", "held"])
    assert reconcile.run() == 0


def test_nobody_is_charged_further_for_an_account_that_is_gone(shop: Shop) -> None:
    order = shop.bought(kind="weekly")
    Order.objects.filter(pk=order.pk).update(buyer=None, looked_at=timezone.now() - dt.timedelta(hours=7))
    shop.work()
    assert subscription(shop, order)["cancel_at_period_end"] is True
    assert states(order) == ("paid", ["booked", "released"])


def test_nobody_is_charged_further_for_a_tool_that_was_taken_down(shop: Shop) -> None:
    order = shop.bought(kind="weekly")
    tool = shop.tool()
    tool.status = "delisted"
    tool.save()
    booking.move(order.bookings.get(state="held"), "stop", why="The tool was taken down.")
    Order.objects.filter(pk=order.pk).update(looked_at=timezone.now() - dt.timedelta(hours=7))
    shop.work()
    assert subscription(shop, order)["cancel_at_period_end"] is True
    assert states(order) == ("paid", ["booked", "stopped"])


def test_a_renewal_whose_webhooks_are_lost_is_found_by_reconcile(shop: Shop) -> None:
    order = shop.bought(kind="weekly")
    shop.stripe.advance(days=7, seconds=4_000)
    shop.stripe.drop()
    report = reconcile.compare(days=30)
    assert ([(row.stripe, row.ledger) for row in report.missed], report.difference) == ([(14_900, None)], 0)
    assert states(order) == ("paid", ["booked", "booked", "held"])


def test_a_price_that_changed_leaves_subscriptions_at_theirs(shop: Shop) -> None:
    order = shop.bought(kind="weekly")
    from featured import prices
    from featured.slots import Surface

    for one in prices.every():
        if one.surface == Surface.HOME:
            prices.ensure(prices.Wanted(one.surface, one.key, one.weekly, 19_900))
    shop.stripe.advance(days=7, seconds=4_000)
    shop.hear()
    assert ledger(order) == [("payment", 14_900)] * 2
    assert fulfil.order(order).unit_price == 14_900


@pytest.mark.parametrize("up", [True, False])
def test_who_cancels_a_week_is_charged_for_no_further_one(
    shop: Shop, up: bool, django_capture_on_commit_callbacks: Any
) -> None:
    order = shop.bought(kind="weekly")
    if not up:
        shop.stripe.fault("500", count=3)
    with django_capture_on_commit_callbacks(execute=True):
        assert cancelling.cancel(order.bookings.get(state="booked"), by=shop.buyer)
    assert states(order) == ("paid", ["cancelled", "released"])
    assert (order.subscription_state, subscription(shop, order)["status"]) == (
        "stopping", "canceled" if up else "active",
    )  # fmt: skip
    shop.work()  # no webhook has to tell of it
    assert subscription(shop, order)["status"] == "canceled"
    shop.stripe.advance(days=8)
    shop.hear()
    assert states(order) == ("refunded", ["cancelled", "released"])
    assert (order.subscription_state, ledger(order)) == ("stopped", [("payment", 14_900), ("refund", -14_900)])
    assert reconcile.run() == 0


def test_an_earlier_week_that_is_cancelled_ends_it_too_and_the_paid_one_stays(shop: Shop) -> None:
    order = shop.bought(kind="weekly")
    shop.stripe.advance(days=7, seconds=4_000)
    shop.hear()
    assert states(order) == ("paid", ["booked", "booked", "held"])
    assert cancelling.cancel(order.bookings.order_by("during")[0], by=shop.buyer)  # Stripe hears nothing yet
    shop.work()
    shop.stripe.advance(days=8)
    shop.hear()
    assert (states(order), subscription(shop, order)["status"]) == (
        ("paid", ["cancelled", "booked", "released"]), "canceled",
    )  # fmt: skip
    assert reconcile.run() == 0


def test_what_is_paid_after_it_was_ended_books_nothing_and_goes_back(shop: Shop) -> None:
    order = shop.bought(kind="weekly")
    assert cancelling.cancel(order.bookings.get(state="booked"), by=shop.buyer)
    shop.stripe.advance(days=8)  # Stripe collects before it hears of that
    shop.hear()
    shop.work()
    assert states(order) == ("refunded", ["cancelled", "released"])
    assert ledger(order)[:2] == [("payment", 14_900), ("payment", 14_900)]
    assert sorted(ledger(order)[2:]) == [("refund", -14_900), ("refund", -14_900)]
    assert (order.subscription_state, reconcile.run()) == ("stopped", 0)
