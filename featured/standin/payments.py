"""Payment intents and their charges; refunds; disputes."""

from __future__ import annotations

from typing import Any

from featured.money import money
from featured.standin.account import Account, Thing
from featured.standin.catalogue import metadata
from featured.standin.refused import Refused

GOOD, DECLINED, ASYNC = "ok", "declined", "async"
DAY = 86_400
ANSWER_DISPUTE_WITHIN = 9 * DAY
CARD = {
    "brand": "visa", "country": "US", "exp_month": 12, "exp_year": 2034, "fingerprint": "StandIn4242",
    "funding": "credit", "last4": "4242", "network": "visa",
}  # fmt: skip


# -- payments --------------------------------------------------------------------------------------------------


def intend(account: Account, amount: int, currency: str, **values: Any) -> Thing:
    """Make a payment intent."""
    intent = account.new(
        "PaymentIntent", "pi", amount=amount, currency=currency, capture_method="automatic_async",
        confirmation_method="automatic", payment_method_types=["card"], status="requires_payment_method", **values,
    )  # fmt: skip
    intent["client_secret"] = f"{intent['id']}_secret_standin"
    account.emit("payment_intent.created", intent)
    return intent


def attempt(account: Account, intent: Thing, how: str, billing: Thing) -> bool:
    """Try to take the money of an intent: GOOD, DECLINED, or ASYNC (known later); return whether it came."""
    charge = account.new(
        "Charge", "ch", amount=intent["amount"], currency=intent["currency"], customer=intent["customer"],
        payment_intent=intent["id"], metadata=dict(intent["metadata"]), description=intent["description"],
        status={GOOD: "succeeded", DECLINED: "failed", ASYNC: "pending"}[how], captured=how == GOOD, paid=how == GOOD,
        payment_method_details={"type": "card", "card": CARD}, calculated_statement_descriptor="STAND-IN",
    )  # fmt: skip
    charge["billing_details"] |= {key: billing.get(key) for key in ("address", "email", "name", "phone")}
    intent["latest_charge"] = charge["id"]
    if how == ASYNC:
        intent["status"] = "processing"
        account.emit("charge.pending", charge)
        account.emit("payment_intent.processing", intent)
    elif how == GOOD:
        _came(account, intent, charge)
    else:
        _failed(account, intent, charge)
    return how == GOOD


def settle(account: Account, intent: Thing, how: str) -> bool:
    """Let what is processing end: GOOD or DECLINED; return whether the money came. Raises Refused."""
    if intent["status"] != "processing":
        raise Refused(f"This PaymentIntent is not processing but {intent['status']}", param="intent")
    charge = account.get("charge", intent["latest_charge"])
    (_came if how == GOOD else _failed)(account, intent, charge)
    return how == GOOD


def _came(account: Account, intent: Thing, charge: Thing) -> None:
    charge |= {
        "status": "succeeded", "paid": True, "captured": True, "amount_captured": charge["amount"],
        "receipt_url": f"{account.base}/receipts/{charge['id']}", "outcome": _outcome("approved_by_network"),
    }  # fmt: skip
    intent |= {"status": "succeeded", "amount_received": intent["amount"], "last_payment_error": None}
    account.emit("charge.succeeded", charge)
    account.emit("payment_intent.succeeded", intent)


def _failed(account: Account, intent: Thing, charge: Thing) -> None:
    charge |= {
        "status": "failed", "failure_code": "card_declined", "failure_message": "Your card was declined.",
        "outcome": _outcome("declined_by_network"),
    }  # fmt: skip
    error = {
        "type": "card_error", "code": "card_declined", "decline_code": "generic_decline", "charge": charge["id"],
        "message": "Your card was declined.",
    }  # fmt: skip
    intent |= {"status": "requires_payment_method", "last_payment_error": error}
    account.emit("charge.failed", charge)
    account.emit("payment_intent.payment_failed", intent)


def _outcome(status: str) -> Thing:
    good = status == "approved_by_network"
    return {
        "network_status": status, "reason": None if good else "generic_decline", "risk_level": "normal",
        "seller_message": "Payment complete." if good else "The bank did not say why.",
        "type": "authorized" if good else "issuer_declined",
    }  # fmt: skip


def cancel(account: Account, intent: Thing) -> None:
    """End an intent that took no money."""
    if intent["status"] not in {"succeeded", "canceled", "processing"}:
        intent |= {"status": "canceled", "canceled_at": account.now(), "cancellation_reason": "automatic"}
        account.emit("payment_intent.canceled", intent)


def charge_of(account: Account, key: str, param: str = "charge") -> Thing:
    """Return the charge that `key` names: itself, its payment intent, or the checkout session. Raises Refused."""
    if key.startswith("cs_"):
        session = account.get("checkout.session", key, param)
        key = session["payment_intent"] or _intent_of_invoice(account, session["invoice"] or "", param)
    if key.startswith("in_"):
        key = _intent_of_invoice(account, key, param)
    if key.startswith("pi_"):
        intent = account.get("payment_intent", key, param)
        if not intent["latest_charge"]:
            raise Refused(f"PaymentIntent {key} does not have a successful charge", param=param)
        key = intent["latest_charge"]
    return account.get("charge", key, param)


def _intent_of_invoice(account: Account, key: str, param: str) -> str:
    for one in account.all("invoice_payment"):
        if one["invoice"] == key:
            return str(one["payment"]["payment_intent"])
    raise Refused(f"Nothing was paid for invoice {key!r}", param=param)


# -- refunds ---------------------------------------------------------------------------------------------------


def refund(account: Account, given: Thing) -> Thing:
    """Give money back. Raises Refused for more than is left, or while the bank disputes it."""
    named = given.get("payment_intent") or given.get("charge")
    if not named:
        raise Refused("One of the following params should be provided: payment_intent or charge.", param="charge")
    charge = charge_of(account, named, "payment_intent" if given.get("payment_intent") else "charge")
    amount = _refundable(account, charge, given.get("amount"))
    outcome = account.refund_outcomes.pop(0) if account.refund_outcomes else "succeeded"
    made = account.new(
        "Refund", "re", amount=amount, currency=charge["currency"], charge=charge["id"], reason=given.get("reason"),
        payment_intent=charge["payment_intent"], metadata=metadata(given.get("metadata")),
        status="succeeded" if outcome == "succeeded" else "pending",
        destination_details={"type": "card", "card": {"type": "refund", "reference_status": "pending"}},
    )  # fmt: skip
    charge["amount_refunded"] += amount
    charge["refunded"] = charge["amount_refunded"] == charge["amount"]
    account.emit("charge.refunded", charge)
    account.emit("refund.created", made)
    if outcome == "succeeded":
        account.emit("refund.updated", made)
    answer = dict(made)
    if outcome == "failed":  # known a moment after the answer
        settle_refund(account, made["id"], "failed")
    return answer


def _refundable(account: Account, charge: Thing, wanted: int | None) -> int:
    left = charge["amount"] - charge["amount_refunded"]
    if charge["status"] != "succeeded":
        raise Refused(f"Charge {charge['id']} has not succeeded and cannot be refunded.", param="charge")
    if any(one["charge"] == charge["id"] and one["status"] != "won" for one in account.all("dispute")):
        raise Refused(f"Charge {charge['id']} has been charged back; cannot issue a refund.", code="charge_disputed")
    if not left:
        raise Refused(f"Charge {charge['id']} has already been refunded.", code="charge_already_refunded")
    amount = left if wanted is None else wanted
    if amount < 1:
        raise Refused("Invalid positive integer", code="parameter_invalid_integer", param="amount")
    if amount > left:
        raise Refused(
            f"Refund amount ({money(amount, charge['currency'])}) is greater than unrefunded amount on charge"
            f" ({money(left, charge['currency'])})",
            code="amount_too_large", param="amount",
        )  # fmt: skip
    return amount


def settle_refund(account: Account, key: str, outcome: str) -> Thing:
    """Let a refund end: "succeeded", or "failed" (the bank sends the money back to us). Raises Refused."""
    made = account.get("refund", key)
    if made["status"] not in {"pending", "succeeded"} or outcome not in {"succeeded", "failed"}:
        raise Refused(f"A refund that {made['status']} cannot become {outcome}", param="outcome")
    before = {"status": made["status"]}
    made["status"] = outcome
    if outcome == "failed":
        made["failure_reason"] = "lost_or_stolen_card"
        charge = account.get("charge", made["charge"])
        charge["amount_refunded"] -= made["amount"]
        charge["refunded"] = False
        account.emit("charge.updated", charge)
        account.emit("refund.failed", made)
    account.emit("refund.updated", made, before)
    return made


# -- disputes --------------------------------------------------------------------------------------------------


def dispute(account: Account, key: str, reason: str = "fraudulent", amount: int | None = None) -> Thing:
    """Let the payer's bank take a charge back: what is left of it, or `amount`. Raises Refused."""
    charge = charge_of(account, key)
    if charge["disputed"] or charge["status"] != "succeeded":
        raise Refused(f"Charge {charge['id']} cannot be disputed (again)", param="charge")
    made = account.new(
        "Dispute", "du", amount=charge["amount"] - charge["amount_refunded"] if amount is None else amount,
        charge=charge["id"], payment_intent=charge["payment_intent"], currency=charge["currency"], reason=reason,
        status="needs_response", is_charge_refundable=False,
    )  # fmt: skip
    made["evidence_details"] |= {
        "due_by": account.now() + ANSWER_DISPUTE_WITHIN, "submission_method": "not_submitted"
    }  # fmt: skip
    charge["disputed"] = True
    account.emit("charge.dispute.created", made)
    account.emit("charge.dispute.funds_withdrawn", made)
    return made


def answer_dispute(account: Account, given: Thing, key: str) -> Thing:
    """Put evidence on a dispute; `submit` (the default) sends it to the bank. Raises Refused when it is closed."""
    made = account.get("dispute", key)
    if made["status"] in {"won", "lost"}:
        raise Refused("This dispute is already closed", param="dispute")
    made["evidence"] |= given.get("evidence") or {}
    made["metadata"] = metadata(given.get("metadata"), made["metadata"])
    made["evidence_details"]["has_evidence"] = any(value for value in (given.get("evidence") or {}).values())
    if given.get("submit", True) and made["evidence_details"]["has_evidence"]:
        made["status"] = "under_review"
        made["evidence_details"]["submission_count"] += 1
        made["evidence_details"]["submission_method"] = "manual"
    account.emit("charge.dispute.updated", made)
    return made


def close_dispute(account: Account, key: str, outcome: str) -> Thing:
    """Let the bank decide: "won" (by us) or "lost". Raises Refused."""
    made = account.get("dispute", key)
    if made["status"] in {"won", "lost"} or outcome not in {"won", "lost"}:
        raise Refused(f"A dispute that is {made['status']} cannot become {outcome}", param="outcome")
    made["status"] = outcome
    account.emit("charge.dispute.closed", made)
    if outcome == "won":
        account.emit("charge.dispute.funds_reinstated", made)
    return made
