"""Every route answers as the installed library declares: all its keys, each of its type; and lists are paged."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
import stripe as library

from featured.standin.api import ROUTES
from tests.featured.conftest import Stripe
from tests.featured.standin.shapes import problems
from tests.featured.standin.test_buying_at_the_standin import BACK, session


def plain(thing: Any) -> dict[str, Any]:
    """Return what came over the wire: the library makes numbers of texts and the like."""
    answer: dict[str, Any] = json.loads(thing.last_response.body)
    return answer


@pytest.fixture
def ids(api: Any, stripe: Stripe, prices: dict[str, str]) -> dict[str, str]:
    """One of everything: a payment with tax, invoice, refund and dispute; a subscription."""
    more = {"invoice_creation": {"enabled": True}, "automatic_tax": {"enabled": True}, "metadata": {"site": "test"}}
    once = session(api, prices["once"], consent_collection={"terms_of_service": "required"}, **more)
    stripe.pay(once.id, country="DE", tax_id="")
    weekly = session(api, prices["weekly"], mode="subscription", subscription_data={"metadata": {"order": "w"}})
    stripe.pay(weekly.id, "declined")
    stripe.pay(weekly.id)
    paid, running = (api.checkout.sessions.retrieve(one.id) for one in (once, weekly))
    refund = api.refunds.create({"payment_intent": paid.payment_intent, "amount": 500, "metadata": {"why": "test"}})
    dispute = stripe.dispute(paid.id)
    payments = api.invoice_payments.list({"invoice": running.invoice})
    return {
        "product": api.products.list().data[0].id, "price": prices["once"], "customer": running.customer,
        "session": once.id, "open": session(api, prices["once"]).id, "intent": paid.payment_intent,
        "charge": dispute["charge"], "refund": refund.id, "subscription": running.subscription,
        "invoice": running.invoice, "payment": payments.data[0].id, "dispute": dispute["id"],
        "event": stripe.events()[0]["id"], "gone": api.customers.create({"email": "x@example.com"}).id,
    }  # fmt: skip


CALLS = {
    "products.create": ({"name": "A"},), "products.list": ({"active": True},), "products.retrieve": ("{product}",),
    "products.update": ("{product}", {"description": "B"}), "products.search": ({"query": "active:'true'"},),
    "prices.create": (
        {"currency": "usd", "product": "{product}", "unit_amount": 5, "recurring": {"interval": "month"}},
    ),
    "prices.list": ({"lookup_keys": ["category"]},), "prices.retrieve": ("{price}",),
    "prices.update": ("{price}", {"nickname": "N"}),
    "customers.create": ({"email": "a@example.com", "metadata": {"a": "b"}},), "customers.list": (),
    "customers.retrieve": ("{customer}", {"expand": ["subscriptions"]}),
    "customers.update": ("{customer}", {"name": "N", "metadata": {"a": ""}}), "customers.delete": ("{gone}",),
    "checkout.sessions.create": (
        {"mode": "payment", "success_url": BACK, "line_items": [{"price": "{price}", "quantity": 1}]},
    ),
    "checkout.sessions.list": ({"expand": ["data.payment_intent"]},),
    "checkout.sessions.retrieve": ("{session}", {"expand": ["payment_intent.latest_charge", "invoice", "line_items"]}),
    "checkout.sessions.expire": ("{open}",), "checkout.sessions.line_items.list": ("{session}",),
    "payment_intents.list": (), "payment_intents.retrieve": ("{intent}", {"expand": ["customer"]}),
    "charges.list": (), "charges.retrieve": ("{charge}", {"expand": ["refunds"]}),
    "refunds.create": ({"charge": "{charge_of_subscription}"},), "refunds.list": (), "refunds.retrieve": ("{refund}",),
    "refunds.update": ("{refund}", {"metadata": {"a": "b"}}),
    "subscriptions.list": (), "subscriptions.retrieve": ("{subscription}", {"expand": ["latest_invoice.payments"]}),
    "subscriptions.update": ("{subscription}", {"cancel_at_period_end": True}),
    "subscriptions.cancel": ("{subscription}",),
    "invoices.list": (), "invoices.retrieve": ("{invoice}", {"expand": ["payments.data.payment.payment_intent"]}),
    "invoice_payments.list": (), "invoice_payments.retrieve": ("{payment}",),
    "billing_portal.sessions.create": ({"customer": "{customer}", "return_url": "http://127.0.0.1/"},),
    "disputes.list": (), "disputes.retrieve": ("{dispute}", {"expand": ["charge"]}),
    "disputes.update": ("{dispute}", {"evidence": {"uncategorized_text": "Delivered."}}),
    "events.list": ({"types": ["charge.*", "checkout.session.completed"]},), "events.retrieve": ("{event}",),
}  # fmt: skip


def filled(value: Any, ids: dict[str, str]) -> Any:
    if isinstance(value, dict):
        return {key: filled(one, ids) for key, one in value.items()}
    if isinstance(value, list):
        return [filled(one, ids) for one in value]
    return value.format_map(ids) if isinstance(value, str) and value != BACK else value


def test_every_route_is_called_here() -> None:
    assert len(CALLS) == len(ROUTES)


@pytest.mark.parametrize("name", CALLS)
def test_every_answer_is_of_the_shape_that_the_library_declares(
    api: Any, stripe: Stripe, ids: dict[str, str], name: str
) -> None:
    invoice = api.invoices.retrieve(ids["invoice"], {"expand": ["payments.data.payment.payment_intent"]})
    ids["charge_of_subscription"] = invoice.payments.data[0].payment.payment_intent.latest_charge
    call = api
    for part in name.split("."):
        call = getattr(call, part)
    assert problems(plain(call(*filled(list(CALLS[name]), ids)))) == []


def test_every_event_and_its_object_are_of_their_shapes(api: Any, stripe: Stripe, ids: dict[str, str]) -> None:
    stripe.close_dispute(ids["dispute"], "won")
    stripe.next_refunds("failed")
    api.refunds.create({"charge": ids["charge"]})
    stripe.expire(ids["open"])
    stripe.fail_renewals(5)
    stripe.advance(days=30)
    assert [one for event in stripe.events() for one in problems(event) + problems(event["data"]["object"])] == []
    known = set(library.Event.__annotations__["type"].__args__)
    told = {event["type"] for event in stripe.events()}
    assert told - known == set()
    assert {
        "charge.dispute.closed", "charge.dispute.created", "charge.refunded", "checkout.session.completed",
        "checkout.session.expired", "customer.subscription.deleted", "customer.subscription.updated", "invoice.paid",
        "invoice.payment_failed", "payment_intent.payment_failed", "payment_intent.succeeded", "refund.created",
        "refund.failed", "refund.updated",
    } - told == set()  # fmt: skip


def test_lists_go_on_where_they_ended(api: Any, stripe: Stripe) -> None:
    made = [api.products.create({"name": str(number)}).id for number in range(7)]
    first = api.products.list({"limit": 3})
    assert ([one.id for one in first.data], first.has_more) == (made[:3:-1], True)
    assert [one.id for one in first.auto_paging_iter()] == made[::-1]
    before = api.products.list({"limit": 3, "ending_before": made[1]})
    assert ([one.id for one in before.data], before.has_more) == ([made[4], made[3], made[2]], True)
    with pytest.raises(library.InvalidRequestError, match="No such object"):
        api.products.list({"starting_after": "prod_none"})
    with pytest.raises(library.InvalidRequestError, match="from 1 to 100"):
        api.products.list({"limit": 101})


def test_lists_keep_what_was_asked_for(api: Any, stripe: Stripe, ids: dict[str, str]) -> None:
    now = stripe.account.now()
    assert [one.id for one in api.prices.list({"lookup_keys": ["category", "none"]}).data] == [ids["price"]]
    assert len(api.prices.list({"recurring": {"interval": "week"}}).data) == 1
    assert [one.id for one in api.checkout.sessions.list({"payment_intent": ids["intent"]}).data] == [ids["session"]]
    assert [one.id for one in api.checkout.sessions.list({"status": "open"}).data] == [ids["open"]]
    assert [one.id for one in api.refunds.list({"payment_intent": ids["intent"]}).data] == [ids["refund"]]
    assert [one.id for one in api.invoices.list({"subscription": ids["subscription"]}).data] == [ids["invoice"]]
    assert [one.id for one in api.disputes.list({"charge": ids["charge"]}).data] == [ids["dispute"]]
    assert [len(api.events.list({"type": "invoice.paid", "created": {edge: now}}).data) for edge in ("gt", "lte")] == [
        0,
        2,
    ]
    api.subscriptions.cancel(ids["subscription"])
    assert [len(api.subscriptions.list(one).data) for one in ({}, {"status": "all"}, {"status": "canceled"})] == [
        0,
        1,
        1,
    ]


def test_products_are_searched(api: Any, stripe: Stripe) -> None:
    home = api.products.create({"name": "Home", "metadata": {"site": "ai-apps"}})
    api.products.create({"name": "Other", "metadata": {"site": "other"}})
    found = api.products.search({"query": "active:'true' AND metadata['site']:'ai-apps'"})
    assert [one.id for one in found.data] == [home.id]
    with pytest.raises(library.InvalidRequestError, match="unable to parse"):
        api.products.search({"query": "name~Home"})


def test_a_lookup_key_belongs_to_one_price(api: Any, stripe: Stripe, prices: dict[str, str]) -> None:
    product = api.products.list().data[0].id
    dearer = {"product": product, "unit_amount": 5_900, "currency": "usd", "lookup_key": "category"}
    with pytest.raises(library.InvalidRequestError, match="already uses that lookup key"):
        api.prices.create(dearer)
    new = api.prices.create(dearer | {"transfer_lookup_key": True})
    assert [one.id for one in api.prices.list({"lookup_keys": ["category"]}).data] == [new.id]
    assert (api.prices.retrieve(prices["once"]).lookup_key, new.unit_amount_decimal) == (None, Decimal(5_900))


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        ("nothing", r"This property cannot be expanded \(nothing\)"),
        ("mode", r"This property cannot be expanded \(mode\)"),
        ("subscription.latest_invoice.payments.data.payment", "more than 4 levels"),
    ],
)
def test_what_cannot_be_expanded_is_refused(api: Any, ids: dict[str, str], path: str, sentence: str) -> None:
    with pytest.raises(library.InvalidRequestError, match=sentence):
        api.checkout.sessions.retrieve(ids["session"], {"expand": [path]})


def test_what_is_not_there_is_told_as_at_stripe(api: Any, stripe: Stripe) -> None:
    with pytest.raises(library.InvalidRequestError, match="No such payment_intent: 'pi_none'") as told:
        api.payment_intents.retrieve("pi_none")
    assert (told.value.http_status, told.value.code, told.value.param) == (404, "resource_missing", "id")
    with pytest.raises(library.InvalidRequestError, match="Unrecognized request URL"):
        api.balance.retrieve()
