"""Checkout sessions, from the link to the payment, and sessions of the customer portal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from featured.standin import catalogue, invoices, payments, subscriptions
from featured.standin.account import Account, Thing
from featured.standin.refused import Refused, not_here

SHORTEST, LONGEST = 30 * 60, 24 * 60 * 60  # seconds from its making to its end
# What a country adds when automatic_tax is on: figures to test with, of no authority. No tax with a tax id abroad.
TAX = {"AT": 20, "BE": 21, "DE": 19, "ES": 21, "FR": 20, "GB": 20, "IE": 23, "IT": 22, "NL": 21, "PL": 23}
NOT_HERE = (
    "discounts", "optional_items", "shipping_options", "shipping_address_collection", "custom_fields",
    "adaptive_pricing", "return_url", "setup_intent_data", "customer_account", "after_expiration",
)  # fmt: skip


# -- making ----------------------------------------------------------------------------------------------------


def create(account: Account, given: Thing) -> Thing:
    """Open a session. Raises Refused."""
    _check(account, given)
    mode, now = given["mode"], account.now()
    ends = given.get("expires_at", now + LONGEST)
    if ends < now + SHORTEST - 5:  # said by the clock of a site, which is behind once this one was moved on
        ends += account.ahead
    if not now + SHORTEST <= ends + 5 <= now + LONGEST + 10:  # a few seconds pass on the way
        raise Refused(
            "The `expires_at` timestamp must be at least 30 minutes and less than 24 hours from Checkout Session"
            " creation.",
            param="expires_at",
        )
    lines = [_line(account, one, mode, f"line_items[{place}]") for place, one in enumerate(given["line_items"])]
    if len({line["currency"] for line in lines}) > 1:
        raise Refused("All line items must have the same currency", param="line_items")
    subtotal = sum(line["amount_subtotal"] for line in lines)
    session = account.new(
        "checkout.Session", "cs_test", **_echoed(given), expires_at=ends, mode=mode, status="open",
        payment_status="unpaid", ui_mode="hosted_page", amount_subtotal=subtotal, amount_total=subtotal,
        currency=lines[0]["currency"], metadata=catalogue.metadata(given.get("metadata")),
        payment_method_types=given.get("payment_method_types", ["card"]), customer_creation=_creation(given),
        total_details={"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0},
    )  # fmt: skip
    session["url"] = f"{account.base}/pay/{session['id']}"
    session["automatic_tax"]["enabled"] = bool(given.get("automatic_tax", {}).get("enabled"))
    if session["automatic_tax"]["enabled"]:
        session["automatic_tax"]["status"] = "requires_location_inputs"
    if mode == "payment":
        wanted = given.get("invoice_creation", {})
        session["invoice_creation"] = {"enabled": bool(wanted.get("enabled")), "invoice_data": _invoice_data(wanted)}
    account.lines[session["id"]] = lines
    account.session_data[session["id"]] = given.get("payment_intent_data") or given.get("subscription_data") or {}
    account.later(ends, _ended, session["id"])
    return session


def _check(account: Account, given: Thing) -> None:
    """Raise Refused for what Stripe refuses though each parameter by itself is right."""
    for name in NOT_HERE:
        if given.get(name):
            raise not_here(f"sessions with {name}", name)
    for name in ("mode", "line_items", "success_url"):
        if not given.get(name):
            raise Refused(f"Missing required param: {name}.", code="parameter_missing", param=name)
    mode = given["mode"]
    if mode == "setup" or given.get("ui_mode", "hosted_page") != "hosted_page":
        raise not_here("other modes than payment and subscription on the hosted page", "mode")
    for name in ("success_url", "cancel_url"):
        if name in given and not is_address(given[name]):
            raise Refused("Not a valid URL", code="url_invalid", param=name)
    wrong = ("subscription_data",) if mode == "payment" else ("payment_intent_data", "invoice_creation")
    for name in (*wrong, *(() if mode == "payment" else ("customer_creation", "submit_type"))):
        if name in given:
            raise Refused(f"You can not pass `{name}` in `{mode}` mode.", param=name)
    if len(given.get("client_reference_id", "")) > 200:
        raise Refused("client_reference_id must be at most 200 characters", param="client_reference_id")
    _check_customer(account, given)
    data = given.get("payment_intent_data") or given.get("subscription_data") or {}
    for name in data.keys() - {"metadata", "description", "receipt_email", "statement_descriptor_suffix"}:
        raise not_here(f"sessions with {name}", name)


def _check_customer(account: Account, given: Thing) -> None:
    if "customer" not in given:
        if "customer_update" in given:
            raise Refused("`customer_update` can only be used with `customer`.", param="customer_update")
        return
    customer = account.get("customer", given["customer"], "customer")
    for name in ("customer_email", "customer_creation"):
        if name in given:
            raise Refused(f"You may only specify one of these parameters: customer, {name}.", param=name)
    update = given.get("customer_update", {})
    if given.get("tax_id_collection", {}).get("enabled") and update.get("name") != "auto":
        raise Refused(
            "Tax ID collection requires updating business name on the customer. To enable tax ID collection for an"
            " existing customer, please set `customer_update[name]` to `auto`.",
            param="tax_id_collection",
        )
    if given.get("automatic_tax", {}).get("enabled") and not customer["address"] and update.get("address") != "auto":
        raise Refused(
            "Automatic tax calculation in Checkout requires a valid address on the Customer. Add a valid address to"
            " the Customer or set `customer_update[address]` to `auto`.",
            code="customer_tax_location_invalid", param="automatic_tax",
        )  # fmt: skip


def is_address(url: str) -> bool:
    """Tell whether `url` is an http(s) address that a browser may be sent to."""
    parts = urlsplit(url)
    return parts.scheme in {"http", "https"} and bool(parts.hostname) and not set(url) & set("\"'<> \r\n\\")


def _echoed(given: Thing) -> Thing:
    names = (
        "allow_promotion_codes", "billing_address_collection", "cancel_url", "client_reference_id", "customer",
        "customer_email", "locale", "payment_method_collection", "submit_type", "success_url",
    )  # fmt: skip
    values = {name: given[name] for name in names if name in given}
    for name in ("consent_collection", "custom_text", "phone_number_collection", "tax_id_collection"):
        if name in given:
            values[name] = _all_keys(name, given[name])
    return values


def _all_keys(name: str, value: Thing) -> Thing:
    known: dict[str, Thing] = {
        "consent_collection": {"payment_method_reuse_agreement": None, "promotions": None, "terms_of_service": None},
        "custom_text": {
            "after_submit": None,
            "shipping_address": None,
            "submit": None,
            "terms_of_service_acceptance": None,
        },
        "tax_id_collection": {"enabled": False, "required": "never"},
    }
    return known.get(name, {}) | value


def _creation(given: Thing) -> str | None:
    if given.get("customer") or given["mode"] != "payment":
        return None if given.get("customer") else "always"
    default = "always" if given.get("invoice_creation", {}).get("enabled") else "if_required"
    return str(given.get("customer_creation", default))


def _invoice_data(given: Thing) -> Thing:
    data = given.get("invoice_data", {})
    names = ("account_tax_ids", "custom_fields", "description", "footer", "issuer", "rendering_options")
    return {name: data.get(name) for name in names} | {"metadata": catalogue.metadata(data.get("metadata"))}


def _line(account: Account, given: Thing, mode: str, path: str) -> Thing:
    if ("price" in given) == ("price_data" in given):
        raise Refused("You must specify either `price` or `price_data` for each line item", param=f"{path}[price]")
    if "price" in given:
        price = account.get("price", given["price"], f"{path}[price]")
    else:
        price = catalogue.create_price(account, dict(given["price_data"]))
        price["active"] = False  # it serves this session only
    if not price["active"] and "price" in given:
        raise Refused(f"The price specified is inactive: {price['id']}", param=f"{path}[price]")
    if mode == "payment" and price["recurring"]:
        raise Refused(
            "You specified `payment` mode but passed a recurring price. Either switch to `subscription` mode or use"
            " only one-time prices.",
            param=path,
        )
    if mode == "subscription" and not price["recurring"]:
        raise not_here("one-time prices in a subscription", path)
    quantity = given.get("quantity")
    if not quantity or quantity < 1:
        raise Refused("Quantity is required. Add `quantity` to `line_items`", param=f"{path}[quantity]")
    amount = price["unit_amount"] * quantity
    line = account.new(
        "LineItem", "li", amount_subtotal=amount, amount_total=amount, currency=price["currency"], price=price,
        quantity=quantity, description=account.objects[price["product"]]["name"], discounts=[], taxes=[],
    )  # fmt: skip
    del account.objects[line["id"]]
    return line


@dataclass
class Paying:
    """How a buyer pays."""

    how: str
    billing: Thing  # email, name, address
    tax_rate: float
    customer: Thing | None = None


# -- what happens on its page --------------------------------------------------------------------------------------


def open_session(account: Account, key: str) -> Thing:
    """Return a session that can be paid. Raises Refused for one that is complete or expired."""
    session = account.get("checkout.session", key)
    if session["status"] != "open":
        raise Refused(f"This Checkout Session is {session['status']}: it cannot be paid any more.", param="session")
    return session


def pay(account: Account, key: str, how: str = payments.GOOD, details: Thing | None = None) -> Thing:
    """Pay a session: GOOD, DECLINED (it stays open) or ASYNC (known later); return it.

    `details` are what the buyer fills in: email, name, country, tax_id. Raises Refused.
    """
    session = open_session(account, key)
    if how == payments.ASYNC and session["mode"] != "payment":
        raise not_here("subscriptions paid by bank debit", "how")
    details = {"email": "buyer@example.com", "name": "Example Ltd", "country": "US", "tax_id": ""} | (details or {})
    rate = _tax(session, account.lines[key], details)
    billing = {"email": details["email"], "name": details["name"], "address": _address(details["country"])}
    paying = Paying(how, billing, rate, _customer(account, session, billing) if how != payments.DECLINED else None)
    came = (_subscribe if session["mode"] == "subscription" else _pay_once)(account, session, paying)
    if how == payments.DECLINED:
        return session
    _complete(account, session, billing, details, paid=came)
    return session


def settle(account: Account, key: str, how: str = payments.GOOD) -> Thing:
    """Let a payment that was under way come or fail. Raises Refused."""
    session = account.get("checkout.session", key)
    intent = account.get("payment_intent", session["payment_intent"] or "")
    if payments.settle(account, intent, how):
        session["payment_status"] = "paid"
        _invoice_of_payment(account, session, intent)
        account.emit("checkout.session.async_payment_succeeded", session)
    else:
        account.emit("checkout.session.async_payment_failed", session)
    return session


def expire(account: Account, given: Thing, key: str) -> Thing:
    """End an open session, as asked for. Raises Refused when it is not open."""
    session = account.get("checkout.session", key)
    if session["status"] != "open":
        raise Refused(
            'Only Checkout Sessions with a status in ["open"] can be expired. This Checkout Session has a status of'
            f" {session['status']}.",
            param="session",
        )
    _end(account, session)
    return session


def _ended(account: Account, key: str) -> None:
    session = account.get("checkout.session", key)
    if session["status"] == "open":
        _end(account, session)


def _end(account: Account, session: Thing) -> None:
    session |= {"status": "expired", "url": None}
    if session["payment_intent"]:
        payments.cancel(account, account.get("payment_intent", session["payment_intent"]))
    account.emit("checkout.session.expired", session)


def _tax(session: Thing, lines: list[Thing], details: Thing) -> float:
    """Put the tax on the session and its lines; return the rate."""
    rate = 0.0
    if session["automatic_tax"]["enabled"]:
        foreign = details["tax_id"] and details["country"] != "DE"  # the stand-in is at home in Germany
        rate = 0.0 if foreign else TAX.get(details["country"], 0) / 100
        session["automatic_tax"] |= {"status": "complete", "provider": "stripe", "liability": {"type": "self"}}
    for line in lines:
        line["amount_tax"] = round(line["amount_subtotal"] * rate)
        line["amount_total"] = line["amount_subtotal"] + line["amount_tax"]
    session["total_details"]["amount_tax"] = sum(line["amount_tax"] for line in lines)
    session["amount_total"] = sum(line["amount_total"] for line in lines)
    return rate


def _address(country: str) -> Thing:
    return {
        "city": "Berlin", "country": country, "line1": "1 Test Street", "line2": None, "postal_code": "10115",
        "state": None,
    }  # fmt: skip


def _customer(account: Account, session: Thing, billing: Thing) -> Thing | None:
    if session["customer"]:
        customer = account.get("customer", session["customer"])
        before = {name: customer[name] for name in ("name", "address") if customer[name] != billing[name]}
        if before:
            customer |= {name: billing[name] for name in before}
            account.emit("customer.updated", customer, before)
        return customer
    if session["customer_creation"] != "always":
        return None
    customer = catalogue.create_customer(account, billing)
    session["customer"] = customer["id"]
    return customer


def _pay_once(account: Account, session: Thing, paying: Paying) -> bool:
    data = account.session_data[session["id"]]
    if session["payment_intent"]:
        intent = account.get("payment_intent", session["payment_intent"])
        intent["amount"] = session["amount_total"]
    else:
        intent = payments.intend(
            account, session["amount_total"], session["currency"], description=data.get("description"),
            receipt_email=data.get("receipt_email"), metadata=catalogue.metadata(data.get("metadata")),
        )  # fmt: skip
        session["payment_intent"] = intent["id"]
    intent["customer"] = paying.customer["id"] if paying.customer else None
    came = payments.attempt(account, intent, paying.how, paying.billing)
    if came:
        _invoice_of_payment(account, session, intent)
    return came


def _invoice_of_payment(account: Account, session: Thing, intent: Thing) -> None:
    if not (session["invoice_creation"] or {}).get("enabled"):
        return
    now = account.now()
    lines = [
        {"description": line["description"], "amount": line["amount_subtotal"], "price": line["price"],
         "quantity": line["quantity"], "start": now, "end": now}
        for line in account.lines[session["id"]]
    ]  # fmt: skip
    invoice = invoices.make(
        account, account.get("customer", session["customer"]), lines, reason="manual",
        tax=session["total_details"]["amount_tax"], metadata=session["invoice_creation"]["invoice_data"]["metadata"],
        description=session["invoice_creation"]["invoice_data"]["description"],
    )  # fmt: skip
    invoices.finalize(account, invoice)
    invoices.paid(account, invoice, intent)
    session["invoice"] = invoice["id"]


def _subscribe(account: Account, session: Thing, paying: Paying) -> bool:
    customer = paying.customer
    if customer is None:  # declined: nothing begins, the buyer sees it on the page
        intent = payments.intend(account, session["amount_total"], session["currency"])
        return payments.attempt(account, intent, paying.how, paying.billing)
    lines: list[dict[str, Any]] = account.lines[session["id"]]
    given = account.session_data[session["id"]]
    subscription = subscriptions.begin(account, customer, lines, tax_rate=paying.tax_rate, given=given)
    invoice = subscriptions.bill(account, subscription, "subscription_create")
    invoices.finalize(account, invoice)
    intent = payments.intend(
        account, invoice["total"], invoice["currency"], customer=customer["id"], description="Subscription creation"
    )  # fmt: skip
    payments.attempt(account, intent, paying.how, paying.billing)
    subscriptions.paid(account, subscription)
    invoices.paid(account, invoice, intent)
    account.emit("customer.subscription.created", subscription)
    subscriptions.plan_renewal(account, subscription)
    session |= {"subscription": subscription["id"], "invoice": invoice["id"]}
    return True


def _complete(account: Account, session: Thing, billing: Thing, details: Thing, *, paid: bool) -> None:
    tax_ids = [{"type": "eu_vat", "value": details["tax_id"]}] if details["tax_id"] else []
    session |= {
        "status": "complete", "payment_status": "paid" if paid else "unpaid", "url": None,
        "customer_details": billing | {
            "phone": None, "tax_exempt": "none", "tax_ids": tax_ids, "business_name": None, "individual_name": None,
        },
    }  # fmt: skip
    if session["consent_collection"]:
        session["consent"] = {"promotions": None, "terms_of_service": "accepted"}
    account.emit("checkout.session.completed", session)


# -- the customer portal -------------------------------------------------------------------------------------------


def create_portal(account: Account, given: Thing) -> Thing:
    """Open the page on which a customer looks after subscriptions. Raises Refused."""
    if not given.get("customer"):
        raise Refused("Missing required param: customer.", code="parameter_missing", param="customer")
    customer = account.get("customer", given["customer"], "customer")
    if "return_url" in given and not is_address(given["return_url"]):
        raise Refused("Not a valid URL", code="url_invalid", param="return_url")
    session = account.new(
        "billing_portal.Session", "bps", customer=customer["id"], return_url=given.get("return_url"),
        configuration=given.get("configuration", "bpc_standin"),
    )  # fmt: skip
    session["url"] = f"{account.base}/portal/{session['id']}"
    return session
