"""What Stripe would refuse, the stand-in refuses: keys, parameters, and calls that say two things with one key."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
import stripe as library

from tests.featured.conftest import Stripe
from tests.featured.standin.test_buying_at_the_standin import BACK, session

LINES = [{"price": "{once}", "quantity": 1}]
GOOD = {"mode": "payment", "success_url": BACK}


@pytest.mark.parametrize(
    ("given", "param", "sentence"),
    [
        ({"colour": "red"}, "colour", "Received unknown parameter: colour"),
        ({"line_items": [{"price": "p", "weight": 1}]}, "line_items[0][weight]", "Received unknown parameter"),
        ({"expires_at": "soon"}, "expires_at", "Invalid integer: soon"),
        ({"automatic_tax": {"enabled": "perhaps"}}, "automatic_tax[enabled]", "Invalid boolean: perhaps"),
        ({"automatic_tax": {}, "mode": "gift"}, "mode", "must be one of payment, setup, subscription"),
        ({"line_items": "p"}, "line_items", "Invalid array"),
        ({"metadata": ["a"]}, "metadata", "Invalid object"),
        ({"automatic_tax": {"liability": {"type": "self"}}}, "automatic_tax[enabled]", "Missing required param"),
        ({"mode": None}, "mode", "Missing required param: mode"),
        ({"line_items": None}, "line_items", "Missing required param: line_items"),
        ({"success_url": None}, "success_url", "Missing required param: success_url"),
        ({"success_url": "javascript:alert(1)"}, "success_url", "Not a valid URL"),
        ({"cancel_url": "//example.com/"}, "cancel_url", "Not a valid URL"),
        ({"expires_at": 1_000}, "expires_at", "at least 30 minutes"),
        ({"line_items": [{"price": "price_none", "quantity": 1}]}, "line_items[0][price]", "No such price"),
        ({"line_items": [{"price": "{once}"}]}, "line_items[0][quantity]", "Quantity is required"),
        ({"line_items": [{"quantity": 1}]}, "line_items[0][price]", "either `price` or `price_data`"),
        ({"line_items": [{"price": "{weekly}", "quantity": 1}]}, "line_items[0]", "passed a recurring price"),
        ({"line_items": [*LINES, {"price": "{yen}", "quantity": 1}]}, "line_items", "same currency"),
        ({"mode": "subscription", "invoice_creation": {"enabled": True}}, "invoice_creation", "can not pass"),
        ({"subscription_data": {"description": "x"}}, "subscription_data", "can not pass"),
        ({"customer": "cus_none"}, "customer", "No such customer"),
        ({"customer_update": {"name": "auto"}}, "customer_update", "can only be used with `customer`"),
        ({"metadata": {"a" * 41: "b"}}, "metadata[" + "a" * 41 + "]", "key is too long"),
        ({"discounts": [{"coupon": "x"}]}, "discounts", "stand-in for Stripe cannot do this"),
        ({"mode": "setup"}, "mode", "stand-in for Stripe cannot do this"),
        ({"line_items": [{"price_data": {"unit_amount": 1}, "quantity": 1}]},
         "line_items[0][price_data][currency]", "Missing required param"),
    ],
)  # fmt: skip
def test_a_session_is_refused_in_the_words_of_stripe(
    api: Any, prices: dict[str, str], given: dict[str, Any], param: str, sentence: str
) -> None:
    text = json.dumps(GOOD | {"line_items": LINES} | given)
    for name, price in prices.items():
        text = text.replace(f"{{{name}}}", price)
    with pytest.raises(library.InvalidRequestError, match=sentence) as told:
        api.checkout.sessions.create({name: one for name, one in json.loads(text).items() if one is not None})
    assert (told.value.http_status in {400, 404}, told.value.param) == (True, param)


def test_tax_for_a_known_customer_needs_leave_to_change_it(api: Any, prices: dict[str, str]) -> None:
    customer = api.customers.create({"email": "a@example.com"}).id
    for name, sentence in (("automatic_tax", "requires a valid address"), ("tax_id_collection", "business name")):
        with pytest.raises(library.InvalidRequestError, match=sentence):
            session(api, prices["once"], customer=customer, **{name: {"enabled": True}})
    update = {"address": "auto", "name": "auto"}
    taxed = {"automatic_tax": {"enabled": True}, "tax_id_collection": {"enabled": True}}
    assert session(api, prices["once"], customer=customer, customer_update=update, **taxed).customer == customer


@pytest.mark.parametrize(
    ("header", "sentence"),
    [
        (None, "Invalid API Key provided"),
        ("Basic c2tfdGVzdDo=", "Invalid API Key provided"),
        ("Bearer sk_live_1234", "The stand-in for Stripe takes test keys only"),
    ],
)
def test_no_key_no_answer(stripe: Stripe, header: str | None, sentence: str) -> None:
    request = Request(f"{stripe.base}/v1/products", headers={"Authorization": header} if header else {})
    with pytest.raises(HTTPError) as told:
        urlopen(request, timeout=10)
    body = json.loads(told.value.read())
    told.value.close()
    assert (told.value.code, body["error"]["message"][: len(sentence)]) == (401, sentence)


# -- Idempotency-Key -------------------------------------------------------------------------------------------


def test_the_same_call_with_the_same_key_gets_the_same_answer(api: Any, stripe: Stripe, prices: dict[str, str]) -> None:
    given = GOOD | {"line_items": [{"price": prices["once"], "quantity": 1}]}
    first, again = (api.checkout.sessions.create(given, {"idempotency_key": "co:1:1"}) for _ in range(2))
    assert (again.id, again.last_response.headers["Idempotent-Replayed"]) == (first.id, "true")
    assert len(api.checkout.sessions.list().data) == 1
    with pytest.raises(library.IdempotencyError, match="same parameters they were first used with"):
        api.checkout.sessions.create(given | {"client_reference_id": "2"}, {"idempotency_key": "co:1:1"})
    stripe.advance(days=1)
    assert api.checkout.sessions.create(given, {"idempotency_key": "co:1:1"}).id != first.id


def test_many_at_once_with_one_key_make_one_session(api: Any, stripe: Stripe, prices: dict[str, str]) -> None:
    given = GOOD | {"line_items": [{"price": prices["once"], "quantity": 1}]}
    with ThreadPoolExecutor(16) as pool:
        made = pool.map(lambda _: api.checkout.sessions.create(given, {"idempotency_key": "co:2:1"}).id, range(64))
        assert len(set(made)) == 1
    assert len(api.checkout.sessions.list().data) == 1


def test_an_error_is_kept_under_its_key_but_not_one_of_the_parameters(
    api: Any, stripe: Stripe, prices: dict[str, str]
) -> None:
    paid = session(api, prices["once"])
    stripe.pay(paid.id)
    intent = stripe.object(paid.id)["payment_intent"]
    too_much = {"payment_intent": intent, "amount": 9_801}
    messages = []
    for _ in range(2):
        with pytest.raises(library.InvalidRequestError) as told:
            api.refunds.create(too_much, {"idempotency_key": "re:1"})
        messages.append((told.value.user_message, (told.value.headers or {}).get("Idempotent-Replayed")))
    sentence = "Refund amount ($98.01) is greater than unrefunded amount on charge ($98)"
    assert messages == [(sentence, None), (sentence, "true")]
    with pytest.raises(library.InvalidRequestError, match="unknown parameter"):
        api.refunds.create({"intent": intent}, {"idempotency_key": "re:2"})
    assert api.refunds.create({"payment_intent": intent}, {"idempotency_key": "re:2"}).amount == 9_800


# -- other machines, other sites -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "headers", [{"Host": "evil.example"}, {"Origin": "https://evil.example"}, {"Origin": "null"}], ids=str
)
def test_neither_another_name_nor_a_page_of_another_site_may_call(stripe: Stripe, headers: dict[str, str]) -> None:
    for path in ("/_control/reset", "/v1/products", "/pay/cs_test_x"):
        with pytest.raises(HTTPError) as told:
            urlopen(Request(f"{stripe.base}{path}", b"{}", headers, method="POST"), timeout=10)
        told.value.close()
        assert (path, told.value.code) == (path, 403)
