"""The clock: subscriptions renew, cards fail, dunning ends them, and people stop them in time."""

from __future__ import annotations

import time
from typing import Any

import pytest
import stripe as library

from featured.standin.subscriptions import after
from tests.featured.conftest import Stripe
from tests.featured.standin.test_buying_at_the_standin import session

WEEK = 7 * 86_400


@pytest.fixture
def weekly(api: Any, stripe: Stripe, prices: dict[str, str]) -> str:
    """The id of a subscription whose first week is paid."""
    more = {"automatic_tax": {"enabled": True}, "subscription_data": {"metadata": {"order": "w"}}}
    opened = session(api, prices["weekly"], mode="subscription", **more)
    stripe.pay(opened.id, country="DE")
    paid = api.checkout.sessions.retrieve(opened.id, {"expand": ["subscription", "invoice"]})
    assert (paid.payment_status, paid.payment_intent, paid.amount_total) == ("paid", None, 11_662)
    assert (paid.invoice.status, paid.invoice.billing_reason) == ("paid", "subscription_create")
    assert paid.invoice.parent.subscription_details.metadata.to_dict() == {"order": "w"}
    stripe.drop()
    return str(paid.subscription.id)


def period(api: Any, key: str) -> tuple[int, int]:
    item = api.subscriptions.retrieve(key)["items"].data[0]
    return item.current_period_start, item.current_period_end


def test_a_week_later_it_is_renewed(api: Any, stripe: Stripe, weekly: str) -> None:
    start, end = period(api, weekly)
    assert end - start == WEEK
    stripe.at(end)
    assert period(api, weekly) == (end, end + WEEK)
    draft = api.invoices.list({"subscription": weekly}).data[0]
    assert (draft.status, draft.billing_reason, draft.total) == ("draft", "subscription_cycle", 11_662)
    stripe.advance(seconds=3_600)
    paid = api.invoices.retrieve(draft.id, {"expand": ["payments"]})
    assert (paid.status, paid.amount_paid, len(paid.payments.data)) == ("paid", 11_662, 1)
    assert stripe.pending == [
        "invoice.created", "customer.subscription.updated", "invoice.finalized", "payment_intent.created",
        "charge.succeeded", "payment_intent.succeeded", "invoice.paid", "invoice.payment_succeeded",
    ]  # fmt: skip


def test_each_week_has_its_own_time_even_in_one_step(api: Any, stripe: Stripe, weekly: str) -> None:
    first = period(api, weekly)[1]
    stripe.at(first + 3 * WEEK + 7_200)
    invoices = api.invoices.list({"subscription": weekly}).data
    assert [one.created for one in invoices[:4]] == [first + week * WEEK for week in (3, 2, 1, 0)]
    assert [one.status for one in invoices] == ["paid"] * 5


def test_a_card_that_works_again_pays_the_same_invoice(api: Any, stripe: Stripe, weekly: str) -> None:
    end = period(api, weekly)[1]
    stripe.fail_renewals(1)
    stripe.at(end + 3_600)
    invoice = api.invoices.list({"subscription": weekly}).data[0]
    assert (api.subscriptions.retrieve(weekly).status, invoice.status, invoice.attempt_count) == ("past_due", "open", 1)
    assert invoice.next_payment_attempt == end + 3_600 + 3 * 86_400
    stripe.advance(days=3)
    assert (api.subscriptions.retrieve(weekly).status, api.invoices.retrieve(invoice.id).status) == ("active", "paid")
    assert len(api.invoice_payments.list({"invoice": invoice.id}).data) == 1


def test_after_a_week_of_failures_it_is_canceled(api: Any, stripe: Stripe, weekly: str) -> None:
    end = period(api, weekly)[1]
    stripe.fail_renewals(4)
    stripe.at(end + 3_600 + WEEK)
    ended = api.subscriptions.retrieve(weekly)
    assert (ended.status, ended.cancellation_details.reason) == ("canceled", "payment_failed")
    assert (ended.ended_at, len(stripe.events("invoice.payment_failed"))) == (end + 3_600 + WEEK, 4)
    assert stripe.pending[-1] == "customer.subscription.deleted"
    stripe.advance(days=30)
    assert len(api.invoices.list({"subscription": weekly, "status": "paid"}).data) == 1


def test_ended_with_its_period_it_is_not_renewed(api: Any, stripe: Stripe, weekly: str) -> None:
    end = period(api, weekly)[1]
    changed = api.subscriptions.update(weekly, {"cancel_at_period_end": True})
    assert (changed.status, changed.cancel_at) == ("active", end)
    kept = api.subscriptions.update(weekly, {"cancel_at_period_end": False})
    assert (kept.cancel_at, kept.canceled_at) == (None, None)
    api.subscriptions.update(weekly, {"cancel_at_period_end": True})
    stripe.at(end)
    assert api.subscriptions.retrieve(weekly).status == "canceled"
    assert len(api.invoices.list({"subscription": weekly}).data) == 1


def test_canceled_at_once_it_is_canceled_once(api: Any, stripe: Stripe, weekly: str) -> None:
    assert api.subscriptions.cancel(weekly).status == "canceled"
    with pytest.raises(library.InvalidRequestError, match="No such subscription"):
        api.subscriptions.cancel(weekly)
    with pytest.raises(library.InvalidRequestError, match="A canceled subscription can only update"):
        api.subscriptions.update(weekly, {"cancel_at_period_end": True})


@pytest.mark.parametrize(
    ("unit", "count", "days"), [("day", 3, 3), ("week", 2, 14), ("month", 1, 29), ("month", 13, 394), ("year", 1, 366)]
)
def test_periods_end_when_the_calendar_says(unit: str, count: int, days: int) -> None:
    end_of_january = 1_706_659_200  # 2024-01-31 00:00 UTC
    assert after(end_of_january, {"interval": unit, "interval_count": count}) == end_of_january + days * 86_400


def test_the_clock_goes_forward_only(stripe: Stripe) -> None:
    with pytest.raises(Exception, match="forward only"):
        stripe.advance(seconds=-1)


def test_one_buys_by_ones_own_clock_when_the_account_is_ahead(api: Any, stripe: Stripe, prices: dict[str, str]) -> None:
    stripe.advance(days=7)
    ends = int(time.time()) + 31 * 60
    opened = session(api, prices["once"], expires_at=ends)
    assert opened.expires_at == ends + WEEK
    with pytest.raises(library.InvalidRequestError, match="at least 30 minutes"):
        session(api, prices["once"], expires_at=int(time.time()) + 60)
    stripe.advance(seconds=32 * 60)
    assert api.checkout.sessions.retrieve(opened.id).status == "expired"
