"""Calls that go wrong on demand, as the library meets them."""

from __future__ import annotations

import time
from typing import Any

import pytest
import stripe as library

from tests.featured.conftest import Stripe


@pytest.fixture
def patient(stripe: Stripe) -> Any:
    """The library's client with two retries and a short patience, as featured/gateway.py has one."""
    http = library.RequestsClient(timeout=(1, 0.5))
    client = library.StripeClient(
        stripe.key, base_addresses={"api": stripe.base}, max_network_retries=2, http_client=http
    )  # fmt: skip
    return client.v1


def products(stripe: Stripe) -> int:
    return sum(1 for _ in stripe.account.all("product"))


@pytest.mark.parametrize(
    ("kind", "count", "error", "calls", "made"),
    [
        ("500", 1, None, 1, 1),  # tried again
        ("500", 3, library.APIError, 0, 0),
        ("429", 1, library.RateLimitError, 0, 0),  # the library does not try again
        ("close", 1, None, 1, 1),
        ("close", 3, library.APIConnectionError, 0, 0),
        ("500_after", 1, None, 2, 1),  # done, and found done by its key
        ("close_after", 2, None, 3, 1),
    ],
)
def test_what_the_library_makes_of_it(
    patient: Any, stripe: Stripe, kind: str, count: int, error: type[Exception] | None, calls: int, made: int
) -> None:
    stripe.fault(kind, count)
    if error:
        with pytest.raises(error):
            patient.products.create({"name": "A"})
    else:
        assert patient.products.create({"name": "A"}).name == "A"
    assert (len(stripe.calls), products(stripe)) == (calls, made)


def test_a_500_that_was_kept_stays_one_for_its_key(patient: Any, stripe: Stripe) -> None:
    stripe.fault("500_kept")
    for _ in range(2):
        with pytest.raises(library.APIError):
            patient.products.create({"name": "A"}, {"idempotency_key": "k"})
    assert patient.products.create({"name": "A"}, {"idempotency_key": "k2"}).name == "A"


def test_an_answer_that_comes_too_late_was_carried_out_once(patient: Any, stripe: Stripe) -> None:
    stripe.fault("hang_after", 1, seconds=1.0)
    began = time.monotonic()
    assert patient.products.create({"name": "A"}).name == "A"
    assert 0.4 < time.monotonic() - began < 5
    assert products(stripe) == 1


def test_only_calls_of_that_path_go_wrong(api: Any, stripe: Stripe) -> None:
    stripe.fault("500", 1, path="/v1/refunds")
    api.products.create({"name": "A"})
    with pytest.raises(library.APIError):
        api.refunds.list()
    assert api.refunds.list().data == []
