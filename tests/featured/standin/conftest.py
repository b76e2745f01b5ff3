"""The real library, pointed at the stand-in."""

from __future__ import annotations

from typing import Any

import pytest
import stripe as library

from tests.featured.conftest import Stripe


@pytest.fixture
def api(stripe: Stripe) -> Any:
    """The library's client (v1), as a site would make it: no retries of its own."""
    client = library.StripeClient(stripe.key, base_addresses={"api": stripe.base}, max_network_retries=0)
    return client.v1


@pytest.fixture
def prices(api: Any) -> dict[str, str]:
    """The ids of three prices: "once" $49, "weekly" $49 a week, "yen" ¥1200."""
    product = api.products.create({"name": "Category page, a week"})
    one = {"product": product.id, "unit_amount": 4_900, "currency": "usd"}
    return {
        "once": api.prices.create(one | {"lookup_key": "category"}).id,
        "weekly": api.prices.create(one | {"recurring": {"interval": "week"}}).id,
        "yen": api.prices.create(one | {"currency": "jpy", "unit_amount": 1_200}).id,
    }
