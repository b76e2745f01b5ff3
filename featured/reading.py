"""From the JSON of Stripe's answers (API 2026-10-28) to plain data. Knows shapes, asks nobody."""

from __future__ import annotations

import datetime as dt
from typing import Any

from featured.answers import Dispute, Event, Invoice, Payment, Price, Refund, Session, Subscription

Json = dict[str, Any]


def id_of(value: Any) -> str:
    """Return the id of a thing that is named by it or given as a whole; "" for none."""
    return str(value.get("id") or "") if isinstance(value, dict) else str(value or "")


def when(value: Any) -> dt.datetime:
    """Return the moment of a Unix time."""
    return dt.datetime.fromtimestamp(int(value), dt.UTC)


def price(found: Json) -> Price:
    """Read a price."""
    return Price(
        id=found["id"],
        lookup_key=found.get("lookup_key") or "",
        amount=int(found.get("unit_amount") or 0),
        currency=found["currency"],
        weekly=(found.get("recurring") or {}).get("interval") == "week",
    )


def session(found: Json) -> Session:
    """Read a checkout session."""
    about = found.get("metadata") or {}
    return Session(
        id=found["id"],
        url=found.get("url") or "",
        status=found.get("status") or "",
        payment_status=found.get("payment_status") or "unpaid",
        order=found.get("client_reference_id") or about.get("order") or "",
        site=about.get("site") or "",
        payment=id_of(found.get("payment_intent")),
        subscription=id_of(found.get("subscription")),
        customer=id_of(found.get("customer")),
        amount=int(found.get("amount_total") or 0),
        tax=int((found.get("total_details") or {}).get("amount_tax") or 0),
        currency=found.get("currency") or "",
        created=when(found["created"]),
    )


def payment(found: Json, tax: int) -> Payment:
    """Read a payment intent with its charge."""
    charge = found.get("latest_charge")
    charge = charge if isinstance(charge, dict) else {}
    return Payment(
        id=found["id"],
        amount=int(found.get("amount_received") or 0),
        tax=tax,
        currency=found["currency"],
        at=when(charge.get("created") or found["created"]),
        receipt_url=charge.get("receipt_url") or "",
    )


def invoice(found: Json) -> Invoice:
    """Read an invoice. Which subscription and which payment it has moved to `parent` and `payments` in 2025."""
    parent = (found.get("parent") or {}).get("subscription_details") or {}
    payments = [row for row in (found.get("payments") or {}).get("data") or [] if row.get("status") != "canceled"]
    # what was paid first, then what is still to be paid
    payments.sort(key=lambda row: row.get("status") != "paid")
    paid_at = (found.get("status_transitions") or {}).get("paid_at")
    return Invoice(
        id=found["id"],
        status=found.get("status") or "",
        subscription=id_of(parent.get("subscription")),
        payment=id_of((payments[0].get("payment") or {}).get("payment_intent")) if payments else "",
        paid=int(found.get("amount_paid") or 0),
        tax=sum(int(one.get("amount") or 0) for one in found.get("total_taxes") or []),
        currency=found["currency"],
        created=when(found["created"]),
        at=when(paid_at or found["created"]),
        url=found.get("hosted_invoice_url") or "",
        attempts=int(found.get("attempt_count") or 0),
    )


def subscription(found: Json) -> Subscription:
    """Read a subscription. When its week ends stands at its items since 2025."""
    about = found.get("metadata") or {}
    ends = [one["current_period_end"] for one in (found.get("items") or {}).get("data") or []]
    return Subscription(
        id=found["id"],
        status=found["status"],
        order=about.get("order") or "",
        site=about.get("site") or "",
        customer=id_of(found.get("customer")),
        ends=bool(found.get("cancel_at_period_end") or found.get("cancel_at")),
        until=when(max(ends)) if ends else None,
    )


def refund(found: Json) -> Refund:
    """Read a refund."""
    return Refund(
        id=found["id"],
        payment=id_of(found.get("payment_intent")),
        amount=int(found["amount"]),
        currency=found["currency"],
        status=found.get("status") or "pending",
        failure=found.get("failure_reason") or "",
        key=(found.get("metadata") or {}).get("refund") or "",
        created=when(found["created"]),
    )


def dispute(found: Json) -> Dispute:
    """Read a dispute."""
    answer_by = (found.get("evidence_details") or {}).get("due_by")
    return Dispute(
        id=found["id"],
        payment=id_of(found.get("payment_intent")),
        amount=int(found["amount"]),
        currency=found["currency"],
        reason=found.get("reason") or "",
        status=found["status"],
        created=when(found["created"]),
        answer_by=when(answer_by) if answer_by else None,
    )


def event(found: Json) -> Event:
    """Read a snapshot event; keep ids, never what it says of a person. Raises for what is none."""
    thing = found["data"]["object"]
    about = thing.get("metadata") or {}
    names = ("payment_intent", "charge", "subscription", "customer", "invoice", "client_reference_id")
    ids = {name: id_of(thing.get(name)) for name in names}
    parent = (thing.get("parent") or {}).get("subscription_details") or {}
    ids["subscription"] = ids["subscription"] or id_of(parent.get("subscription"))
    ids |= {name: str(about.get(name) or "")[:255] for name in ("order", "site", "refund")}
    return Event(
        id=_short(found["id"]),
        type=str(found["type"])[:80],
        created=when(found["created"]),
        about=_short(thing.get("id") or ""),
        ids={name: _short(value) for name, value in ids.items() if value},
    )


def _short(value: Any) -> str:
    """Return an id; raises ValueError for what is none."""
    if not isinstance(value, str) or len(value) > 255 or not value.isprintable():
        raise ValueError("no id")
    return value
