"""A purchase through the real library: what the site asks, and what it is told."""

from __future__ import annotations

from typing import Any

import pytest
import stripe as library

from tests.featured.conftest import Stripe

BACK = "http://127.0.0.1:8000/back/?session={CHECKOUT_SESSION_ID}"


def session(api: Any, price: str, **more: Any) -> Any:
    given = {"mode": "payment", "line_items": [{"price": price, "quantity": 2}], "success_url": BACK}
    return api.checkout.sessions.create(given | more)


def test_a_card_that_works_pays_the_session(api: Any, stripe: Stripe, prices: dict[str, str]) -> None:
    opened = session(api, prices["once"], client_reference_id="o1", metadata={"order": "o1"})
    assert (opened.status, opened.payment_status, opened.amount_total) == ("open", "unpaid", 9_800)
    assert opened.url == f"{stripe.base}/pay/{opened.id}"
    stripe.pay(opened.id)
    paid = api.checkout.sessions.retrieve(opened.id, {"expand": ["payment_intent.latest_charge", "line_items"]})
    assert (paid.status, paid.payment_status, paid.client_reference_id) == ("complete", "paid", "o1")
    assert (paid.payment_intent.status, paid.payment_intent.amount_received) == ("succeeded", 9_800)
    assert paid.payment_intent.latest_charge.receipt_url.startswith(f"{stripe.base}/receipts/ch_")
    assert [(line.quantity, line.amount_total) for line in paid.line_items.data] == [(2, 9_800)]
    assert stripe.pending == [
        "product.created", "price.created", "price.created", "price.created", "payment_intent.created",
        "charge.succeeded", "payment_intent.succeeded", "checkout.session.completed",
    ]  # fmt: skip


def test_a_session_is_paid_once_and_two_of_one_order_both(api: Any, stripe: Stripe, prices: dict[str, str]) -> None:
    first, second = (session(api, prices["once"], client_reference_id="o1") for _ in range(2))
    stripe.pay(first.id)
    stripe.pay(second.id)
    with pytest.raises(Exception, match="complete: it cannot be paid any more"):
        stripe.pay(first.id)
    assert len({one.payment_intent for one in api.checkout.sessions.list().data}) == 2


def test_a_declined_card_leaves_the_session_open(api: Any, stripe: Stripe, prices: dict[str, str]) -> None:
    opened = session(api, prices["once"])
    stripe.pay(opened.id, "declined")
    declined = api.checkout.sessions.retrieve(opened.id, {"expand": ["payment_intent"]})
    assert (declined.status, declined.payment_status) == ("open", "unpaid")
    assert declined.payment_intent.last_payment_error.code == "card_declined"
    stripe.pay(opened.id)
    paid = api.checkout.sessions.retrieve(opened.id, {"expand": ["payment_intent"]})
    assert (paid.payment_status, paid.payment_intent.id) == ("paid", declined.payment_intent.id)


def test_a_bank_debit_is_known_later(api: Any, stripe: Stripe, prices: dict[str, str]) -> None:
    good, bad = session(api, prices["once"]), session(api, prices["once"])
    for one, how in ((good, "ok"), (bad, "declined")):
        stripe.pay(one.id, "async")
        under_way = api.checkout.sessions.retrieve(one.id)
        assert (under_way.status, under_way.payment_status) == ("complete", "unpaid")
        stripe.settle(one.id, how)
    assert [api.checkout.sessions.retrieve(one.id).payment_status for one in (good, bad)] == ["paid", "unpaid"]
    told = [event["type"] for event in stripe.events() if event["type"].startswith("checkout.session.")]
    assert [one.removeprefix("checkout.session.") for one in told] == [
        "completed", "async_payment_succeeded", "completed", "async_payment_failed",
    ]  # fmt: skip


def test_an_open_session_can_be_expired_and_ends_by_itself(api: Any, stripe: Stripe, prices: dict[str, str]) -> None:
    now = stripe.account.now()
    asked, left, paid = (session(api, prices["once"], expires_at=now + 1_860) for _ in range(3))
    assert api.checkout.sessions.expire(asked.id).status == "expired"
    stripe.pay(paid.id)
    with pytest.raises(library.InvalidRequestError, match="has a status of complete"):
        api.checkout.sessions.expire(paid.id)
    stripe.advance(seconds=1_800)
    assert api.checkout.sessions.retrieve(left.id).status == "open"
    stripe.advance(seconds=61)
    assert [api.checkout.sessions.retrieve(one.id).status for one in (asked, left, paid)] == [
        "expired", "expired", "complete"
    ]  # fmt: skip
    assert len(stripe.events("checkout.session.expired")) == 2


def test_tax_is_added_by_country_and_an_invoice_is_made(api: Any, stripe: Stripe, prices: dict[str, str]) -> None:
    more = {"automatic_tax": {"enabled": True}, "invoice_creation": {"enabled": True}}
    opened = session(api, prices["once"], tax_id_collection={"enabled": True}, **more)
    stripe.pay(opened.id, country="DE")
    paid = api.checkout.sessions.retrieve(opened.id, {"expand": ["invoice.payments", "customer"]})
    assert (paid.amount_subtotal, paid.total_details.amount_tax, paid.amount_total) == (9_800, 1_862, 11_662)
    assert (paid.invoice.status, paid.invoice.total, paid.customer.email) == ("paid", 11_662, "buyer@example.com")
    assert paid.invoice.payments.data[0].payment.payment_intent == paid.payment_intent
    abroad = session(api, prices["once"], tax_id_collection={"enabled": True}, **more)
    stripe.pay(abroad.id, country="FR", tax_id="FRXX999999999")
    assert api.checkout.sessions.retrieve(abroad.id).total_details.amount_tax == 0
