"""Refunds that work, wait, fail or come from the dashboard; disputes that are won or lost."""

from __future__ import annotations

from typing import Any

import pytest
import stripe as library

from tests.featured.conftest import Stripe
from tests.featured.standin.test_buying_at_the_standin import session


@pytest.fixture
def intent(api: Any, stripe: Stripe, prices: dict[str, str]) -> str:
    """The id of a payment of $98."""
    opened = session(api, prices["once"])
    stripe.pay(opened.id)
    stripe.drop()
    return str(stripe.object(opened.id)["payment_intent"])


def refunded(api: Any, intent: str) -> tuple[int, bool]:
    charge = api.payment_intents.retrieve(intent, {"expand": ["latest_charge"]}).latest_charge
    return charge.amount_refunded, charge.refunded


def test_a_part_then_the_rest(api: Any, stripe: Stripe, intent: str) -> None:
    assert api.refunds.create({"payment_intent": intent, "amount": 4_900}).status == "succeeded"
    assert refunded(api, intent) == (4_900, False)
    with pytest.raises(
        library.InvalidRequestError, match=r"\(\$50\) is greater than unrefunded amount on charge \(\$49\)"
    ):
        api.refunds.create({"payment_intent": intent, "amount": 5_000})
    assert api.refunds.create({"payment_intent": intent}).amount == 4_900
    with pytest.raises(library.InvalidRequestError, match="has already been refunded") as told:
        api.refunds.create({"payment_intent": intent})
    assert (told.value.code, refunded(api, intent)) == ("charge_already_refunded", (9_800, True))
    assert stripe.pending == ["charge.refunded", "refund.created", "refund.updated"] * 2


def test_a_refund_that_comes_back(api: Any, stripe: Stripe, intent: str) -> None:
    stripe.next_refunds("failed")
    made = api.refunds.create({"payment_intent": intent})
    assert made.status == "pending"
    now = api.refunds.retrieve(made.id)
    assert (now.status, now.failure_reason, refunded(api, intent)) == ("failed", "lost_or_stolen_card", (0, False))
    assert stripe.pending == ["charge.refunded", "refund.created", "charge.updated", "refund.failed", "refund.updated"]


@pytest.mark.parametrize(("outcome", "left"), [("succeeded", (9_800, True)), ("failed", (0, False))])
def test_a_refund_that_is_known_later(
    api: Any, stripe: Stripe, intent: str, outcome: str, left: tuple[int, bool]
) -> None:
    stripe.next_refunds("pending")
    made = api.refunds.create({"payment_intent": intent})
    stripe.settle_refund(made.id, outcome)
    assert (api.refunds.retrieve(made.id).status, refunded(api, intent)) == (outcome, left)


def test_somebody_refunds_at_the_dashboard(api: Any, stripe: Stripe, intent: str) -> None:
    stripe.refund(intent, 100)
    stripe.refund(intent)
    assert [one.amount for one in api.refunds.list({"payment_intent": intent}).data] == [9_700, 100]
    assert [event["request"]["id"] for event in stripe.events("refund.created")] == [None, None]


@pytest.mark.parametrize(("outcome", "told"), [("won", "funds_reinstated"), ("lost", "closed")])
def test_a_dispute(api: Any, stripe: Stripe, intent: str, outcome: str, told: str) -> None:
    opened = stripe.dispute(intent, "fraudulent")
    assert stripe.pending == ["charge.dispute.created", "charge.dispute.funds_withdrawn"]
    with pytest.raises(library.InvalidRequestError, match="has been charged back"):
        api.refunds.create({"payment_intent": intent})
    with pytest.raises(Exception, match="cannot be disputed"):
        stripe.dispute(intent)
    api.disputes.update(opened["id"], {"evidence": {"uncategorized_text": "It was delivered."}})
    assert api.disputes.retrieve(opened["id"]).status == "under_review"
    stripe.close_dispute(opened["id"], outcome)
    assert (api.disputes.retrieve(opened["id"]).status, stripe.pending[-1]) == (outcome, f"charge.dispute.{told}")
    with pytest.raises(library.InvalidRequestError, match="already closed"):
        api.disputes.update(opened["id"], {"evidence": {"uncategorized_text": "More."}})
    if outcome == "won":
        assert api.refunds.create({"payment_intent": intent}).amount == 9_800
