"""Subscriptions: begun at checkout, renewed by the clock, ended by the buyer, by us, or by cards that fail."""

from __future__ import annotations

import calendar
from datetime import UTC, datetime
from typing import Any

from featured.standin import invoices, payments
from featured.standin.account import Account, Thing
from featured.standin.catalogue import metadata
from featured.standin.refused import Refused, not_here

DAY = 86_400
FINALIZED_AFTER = 3_600  # seconds a renewal's invoice is a draft, as at Stripe
RETRIES = (3 * DAY, 2 * DAY, 2 * DAY)  # pauses between attempts to collect; after the last it is canceled
SECONDS = {"day": DAY, "week": 7 * DAY}


def begin(account: Account, customer: Thing, lines: list[Thing], *, tax_rate: float, given: Thing) -> Thing:
    """Make a subscription of lines (price, quantity, description) that runs from now; it is not paid yet."""
    now = account.now()
    end = after(now, lines[0]["price"]["recurring"])
    made = account.new(
        "Subscription", "sub", customer=customer["id"], currency=lines[0]["price"]["currency"], status="incomplete",
        billing_cycle_anchor=now, collection_method="charge_automatically", start_date=now, default_tax_rates=[],
        description=given.get("description"), metadata=metadata(given.get("metadata")),
    )  # fmt: skip
    made["automatic_tax"]["enabled"] = bool(tax_rate)
    made["billing_mode"]["type"] = "flexible"
    made["invoice_settings"]["issuer"]["type"] = "self"
    items = [_item(account, made, line, now, end) for line in lines]
    made["items"] = {
        "object": "list", "data": items, "has_more": False, "url": f"/v1/subscription_items?subscription={made['id']}"
    }  # fmt: skip
    account.tax_rates[made["id"]] = tax_rate
    return made


def _item(account: Account, subscription: Thing, line: Thing, start: int, end: int) -> Thing:
    price = line["price"]
    item = account.new(
        "SubscriptionItem", "si", current_period_start=start, current_period_end=end, quantity=line["quantity"],
        price=price, subscription=subscription["id"], tax_rates=[],
    )  # fmt: skip
    item["plan"] = {
        "id": price["id"], "object": "plan", "active": True, "amount": price["unit_amount"], "livemode": False,
        "amount_decimal": price["unit_amount_decimal"], "billing_scheme": "per_unit", "currency": price["currency"],
        "interval": price["recurring"]["interval"], "interval_count": price["recurring"]["interval_count"],
        "created": price["created"], "metadata": {}, "meter": None, "nickname": None, "product": price["product"],
        "tiers_mode": None, "transform_usage": None, "trial_period_days": None, "usage_type": "licensed",
    }  # fmt: skip
    return item


def after(start: int, recurring: Thing) -> int:
    """Return when the period that begins at `start` ends, both in seconds since 1970."""
    unit, count = recurring["interval"], recurring["interval_count"]
    if unit in SECONDS:
        return int(start + count * SECONDS[unit])
    began = datetime.fromtimestamp(start, UTC)
    months = began.year * 12 + began.month - 1 + count * (12 if unit == "year" else 1)
    year, month = divmod(months, 12)
    day = min(began.day, calendar.monthrange(year, month + 1)[1])
    return int(began.replace(year=year, month=month + 1, day=day).timestamp())


def bill(account: Account, subscription: Thing, reason: str) -> Thing:
    """Make the draft of the invoice of the running period."""
    lines = []
    for item in subscription["items"]["data"]:
        product = account.objects[item["price"]["product"]]
        lines.append({
            "description": f"{item['quantity']} \N{MULTIPLICATION SIGN} {product['name']}",
            "price": item["price"], "item": item["id"],
            "amount": item["price"]["unit_amount"] * item["quantity"], "quantity": item["quantity"],
            "start": item["current_period_start"], "end": item["current_period_end"],
            "subscription": subscription["id"],
        })  # fmt: skip
    tax = round(sum(line["amount"] for line in lines) * account.tax_rates[subscription["id"]])
    customer = account.get("customer", subscription["customer"])
    details = {"metadata": dict(subscription["metadata"]), "subscription": subscription["id"]}
    invoice = invoices.make(
        account, customer, lines, reason=reason, tax=tax,
        parent={"type": "subscription_details", "quote_details": None, "subscription_details": details},
    )  # fmt: skip
    subscription["latest_invoice"] = invoice["id"]
    return invoice


def paid(account: Account, subscription: Thing) -> None:
    """Note that the running period is paid: it is active, and renewed at its end."""
    if subscription["status"] != "active":
        before = {"status": subscription["status"]}
        subscription["status"] = "active"
        if before["status"] != "incomplete":
            account.emit("customer.subscription.updated", subscription, before)


def plan_renewal(account: Account, subscription: Thing) -> None:
    """Renew it when its period ends."""
    account.later(subscription["items"]["data"][0]["current_period_end"], renew, subscription["id"])


def renew(account: Account, key: str) -> None:
    """Begin the next period, or end the subscription if that was asked for."""
    subscription = account.get("subscription", key)
    if subscription["status"] == "canceled":
        return
    if subscription["cancel_at_period_end"]:
        end(account, subscription, "cancellation_requested")
        return
    before = []
    for item in subscription["items"]["data"]:
        before.append(item | {"price": item["price"]})
        item["current_period_start"] = item["current_period_end"]
        item["current_period_end"] = after(item["current_period_start"], item["price"]["recurring"])
    invoice = bill(account, subscription, "subscription_cycle")
    account.emit("customer.subscription.updated", subscription, {"items": {"data": before}})
    plan_renewal(account, subscription)
    invoice["automatically_finalizes_at"] = account.now() + FINALIZED_AFTER
    account.later(account.now() + FINALIZED_AFTER, collect, invoice["id"])


def collect(account: Account, key: str) -> None:
    """Try to take the money of a renewal; after the last failure the subscription is canceled."""
    invoice = account.get("invoice", key)
    subscription = account.get("subscription", invoice["parent"]["subscription_details"]["subscription"])
    if subscription["status"] == "canceled" or invoice["status"] not in {"draft", "open"}:
        return
    if invoice["status"] == "draft":
        invoices.finalize(account, invoice)
    intent = _intent(account, invoice, subscription)
    how = account.renewal_outcomes.pop(0) if account.renewal_outcomes else payments.GOOD
    customer = account.get("customer", subscription["customer"])
    if payments.attempt(account, intent, how, customer):
        invoices.paid(account, invoice, intent)
        paid(account, subscription)
        return
    invoice |= {"attempted": True, "attempt_count": invoice["attempt_count"] + 1, "next_payment_attempt": None}
    failures = invoice["attempt_count"]
    if failures <= len(RETRIES):
        invoice["next_payment_attempt"] = account.now() + RETRIES[failures - 1]
        account.later(invoice["next_payment_attempt"], collect, key)
    account.emit("invoice.payment_failed", invoice)
    if subscription["status"] != "past_due":
        before, subscription["status"] = {"status": subscription["status"]}, "past_due"
        account.emit("customer.subscription.updated", subscription, before)
    if failures > len(RETRIES):
        end(account, subscription, "payment_failed")


def _intent(account: Account, invoice: Thing, subscription: Thing) -> Thing:
    for one in account.all("invoice_payment"):
        if one["invoice"] == invoice["id"]:
            return account.get("payment_intent", one["payment"]["payment_intent"])
    intent = payments.intend(
        account, invoice["total"], invoice["currency"], customer=subscription["customer"],
        description="Subscription update",
    )  # fmt: skip
    invoices.record(account, invoice, intent, "open")
    return intent


def end(account: Account, subscription: Thing, reason: str) -> None:
    """Cancel a subscription now."""
    now = account.now()
    subscription |= {"status": "canceled", "canceled_at": subscription["canceled_at"] or now, "ended_at": now}
    subscription["cancellation_details"] = {"comment": None, "feedback": None, "reason": reason}
    account.emit("customer.subscription.deleted", subscription)


def update(account: Account, given: Thing, key: str) -> Thing:
    """Change a subscription: whether it ends with its period, its metadata, its description."""
    subscription = account.get("subscription", key)
    known = {"cancel_at_period_end", "metadata", "description", "expand", "cancellation_details", "proration_behavior"}
    for name in given:
        if name not in known:
            raise not_here(f"changing {name} of a subscription", name)
    if subscription["status"] == "canceled":
        raise Refused("A canceled subscription can only update its cancellation_details and metadata.")
    words: dict[str, Any] = {name: given[name] for name in ("description",) if name in given}
    if "metadata" in given:
        words["metadata"] = metadata(given["metadata"], subscription["metadata"])
    if "cancel_at_period_end" in given:
        words |= ends_with_its_period(account, subscription, given["cancel_at_period_end"])
    before = {name: subscription[name] for name, one in words.items() if subscription[name] != one}
    subscription |= words
    if before:
        account.emit("customer.subscription.updated", subscription, before)
    return subscription


def ends_with_its_period(account: Account, subscription: Thing, ends: bool) -> Thing:
    """Return what changes when somebody says that it ends with its period, or does not."""
    last = subscription["items"]["data"][0]["current_period_end"]
    details = {"comment": None, "feedback": None, "reason": "cancellation_requested" if ends else None}
    return {
        "cancel_at_period_end": ends, "cancel_at": last if ends else None, "cancellation_details": details,
        "canceled_at": account.now() if ends else None,
    }  # fmt: skip


def cancel(account: Account, given: Thing, key: str) -> Thing:
    """Cancel at once. Raises Refused when it is canceled already, as Stripe does."""
    subscription = account.get("subscription", key)
    if subscription["status"] == "canceled":
        raise Refused(f"No such subscription: '{key}'", status=404, code="resource_missing", param="id")
    for name in ("invoice_now", "prorate"):
        if given.get(name):
            raise not_here(f"canceling with {name}", name)
    end(account, subscription, "cancellation_requested")
    return subscription
