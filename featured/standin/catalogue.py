"""Products, prices and customers."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from featured.standin.account import Account, Thing
from featured.standin.refused import Refused, not_here

LONGEST_KEY, LONGEST_VALUE, MOST_KEYS = 40, 500, 50  # https://docs.stripe.com/api/metadata


def metadata(given: dict[str, str] | str | None, old: dict[str, str] | None = None) -> dict[str, str]:
    """Return metadata after `given` was merged into it; an empty value takes its key away. Raises Refused."""
    if given in (None, ""):
        return dict(old or {}) if given is None else {}
    assert isinstance(given, dict)
    for key, value in given.items():
        if len(key) > LONGEST_KEY:
            raise Refused(f"Metadata key is too long: {key}", param=f"metadata[{key}]")
        if len(value) > LONGEST_VALUE:
            raise Refused(f"Metadata value of {key} is longer than {LONGEST_VALUE}", param=f"metadata[{key}]")
    merged = {key: value for key, value in ((old or {}) | given).items() if value}
    if len(merged) > MOST_KEYS:
        raise Refused(f"You can have at most {MOST_KEYS} keys of metadata", param="metadata")
    return merged


def create_product(account: Account, given: Thing) -> Thing:
    """Make a product, and its default price if that was given."""
    if given.get("id") in account.objects:
        raise Refused(f"Product already exists: {given['id']}", code="resource_already_exists", param="id")
    price = given.pop("default_price_data", None)
    words = {key: value for key, value in given.items() if key not in {"metadata", "expand"}}
    product = account.new("Product", "prod", active=True, type="service", updated=account.now())
    del account.objects[product["id"]]
    product |= words | {"metadata": metadata(given.get("metadata"))}
    account.objects[product["id"]] = product
    if price:
        product["default_price"] = create_price(account, price | {"product": product["id"]})["id"]
    account.emit("product.created", product)
    return product


def update_product(account: Account, given: Thing, key: str) -> Thing:
    """Change a product."""
    return _update(account, "product", given, key)


def create_price(account: Account, given: Thing) -> Thing:
    """Make a price. A lookup key that another price has is refused, or taken over by `transfer_lookup_key`."""
    for name in ("currency_options", "custom_unit_amount", "tiers", "tiers_mode", "transform_quantity"):
        if name in given:
            raise not_here(f"prices with {name}", name)
    if "product_data" in given:
        product = create_product(account, given.pop("product_data"))
    elif "product" in given:
        product = account.get("product", given["product"], "product")
    else:
        raise Refused("You must specify either `product` or `product_data`", code="parameter_missing", param="product")
    amount = _amount(given)
    _take_lookup_key(account, given)
    words = {key: given.get(key) for key in ("currency", "lookup_key", "nickname")}
    recurring = given.get("recurring")
    price = account.new(
        "Price", "price", **words, active=given.get("active", True), billing_scheme="per_unit",
        product=product["id"], unit_amount=amount, unit_amount_decimal=str(amount),
        tax_behavior=given.get("tax_behavior", "unspecified"), type="recurring" if recurring else "one_time",
        metadata=metadata(given.get("metadata")),
    )  # fmt: skip
    price["currency"] = str(price["currency"]).lower()
    if recurring:
        price["recurring"] = _recurring(recurring)
    account.emit("price.created", price)
    return price


def update_price(account: Account, given: Thing, key: str) -> Thing:
    """Change what can be changed of a price: not its amount."""
    price = account.get("price", key)
    _take_lookup_key(account, given)
    given.pop("transfer_lookup_key", None)
    return _update(account, "price", given, price["id"])


def create_customer(account: Account, given: Thing) -> Thing:
    """Make a customer."""
    words = {key: given.get(key) for key in ("address", "description", "email", "name", "phone", "shipping")}
    customer = account.new(
        "Customer", "cus", **words, metadata=metadata(given.get("metadata")), balance=0, delinquent=False,
        tax_exempt=given.get("tax_exempt", "none"), preferred_locales=[], next_invoice_sequence=1,
    )  # fmt: skip
    account.emit("customer.created", customer)
    return customer


def update_customer(account: Account, given: Thing, key: str) -> Thing:
    """Change a customer."""
    return _update(account, "customer", given, key)


def delete_customer(account: Account, given: Thing, key: str) -> Thing:
    """Delete a customer; the rest of what is known of it stays with the payments."""
    customer = account.get("customer", key)
    del account.objects[key]
    account.emit("customer.deleted", customer)
    return {"id": key, "object": "customer", "deleted": True}


def _update(account: Account, kind: str, given: Thing, key: str) -> Thing:
    thing = account.get(kind, key)
    words: dict[str, Any] = {name: value for name, value in given.items() if name in thing and name != "metadata"}
    words = {name: None if value == "" else value for name, value in words.items()}
    if "metadata" in given:
        words["metadata"] = metadata(given["metadata"], thing["metadata"])
    before = {name: thing[name] for name, value in words.items() if thing[name] != value}
    thing |= words
    if "updated" in thing:
        thing["updated"] = account.now()
    if before:
        account.emit(f"{kind}.updated", thing, before)
    return thing


def _amount(given: Thing) -> int:
    amount = given.get("unit_amount")
    if amount is None and "unit_amount_decimal" in given:
        decimal = Decimal(given["unit_amount_decimal"])
        if decimal != decimal.to_integral_value():
            raise not_here("amounts below the smallest unit", "unit_amount_decimal")
        amount = int(decimal)
    if amount is None:
        raise Refused("Missing required param: unit_amount.", code="parameter_missing", param="unit_amount")
    if amount < 0:
        raise Refused("Invalid non-negative integer", code="parameter_invalid_integer", param="unit_amount")
    return int(amount)


def _recurring(given: Thing) -> Thing:
    known = {"interval_count": 1, "usage_type": "licensed", "meter": None, "trial_period_days": None}
    return known | {key: value for key, value in given.items() if key in {"interval", *known}}


def _take_lookup_key(account: Account, given: Thing) -> None:
    key = given.get("lookup_key")
    holder = next((one for one in account.all("price") if key and one["lookup_key"] == key), None)
    if holder is None:
        return
    if not given.get("transfer_lookup_key"):
        raise Refused(
            f"A price (`{holder['id']}`) already uses that lookup key.", code="resource_already_exists",
            param="lookup_key",
        )  # fmt: skip
    holder["lookup_key"] = None
    account.emit("price.updated", holder, {"lookup_key": key})
