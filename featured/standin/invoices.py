"""Invoices, paid or not, of subscriptions and of single payments."""

from __future__ import annotations

from typing import Any

from featured.standin.account import Account, Thing


def make(account: Account, customer: Thing, lines: list[Thing], *, reason: str, tax: int, **values: Any) -> Thing:
    """Make a draft. `lines` have description, amount, price, quantity, start, end (and subscription, item)."""
    subtotal = sum(line["amount"] for line in lines)
    invoice = account.new(
        "Invoice", "in", customer=customer["id"], customer_email=customer["email"], customer_name=customer["name"],
        customer_address=customer["address"], customer_tax_exempt="none", customer_tax_ids=[], status="draft",
        billing_reason=reason, collection_method="charge_automatically", currency=lines[0]["price"]["currency"],
        subtotal=subtotal, subtotal_excluding_tax=subtotal, total=subtotal + tax, total_excluding_tax=subtotal,
        amount_due=subtotal + tax, amount_remaining=subtotal + tax, period_start=lines[0]["start"],
        period_end=lines[0]["end"], auto_advance=True, account_name="Stand-in", account_country="US",
        total_taxes=[_tax(tax, subtotal)] if tax else [],
    )  # fmt: skip
    invoice["issuer"]["type"] = "self"
    invoice["lines"] = {
        "object": "list", "has_more": False, "url": f"/v1/invoices/{invoice['id']}/lines",
        "data": [_line(account, invoice, line) for line in lines],
    }  # fmt: skip
    invoice |= values
    account.emit("invoice.created", invoice)
    return invoice


def _tax(amount: int, base: int) -> Thing:
    return {
        "amount": amount, "tax_behavior": "exclusive", "tax_rate_details": None, "taxability_reason": "standard_rated",
        "taxable_amount": base, "type": "tax_rate_details",
    }  # fmt: skip


def _line(account: Account, invoice: Thing, line: Thing) -> Thing:
    price = line["price"]
    made = account.new(
        "InvoiceLineItem", "il", amount=line["amount"], currency=price["currency"], description=line["description"],
        invoice=invoice["id"], quantity=line["quantity"], subtotal=line["amount"], taxes=[],
        period={"start": line["start"], "end": line["end"]}, discount_amounts=[], pretax_credit_amounts=[],
        quantity_decimal=str(line["quantity"]), subscription=line.get("subscription"), discountable=True,
        pricing={
            "type": "price_details", "unit_amount_decimal": str(price["unit_amount"]),
            "price_details": {"price": price["id"], "product": price["product"]},
        },
    )  # fmt: skip
    details = {"invoice_item": None, "proration": False, "proration_details": None}
    if line.get("subscription"):
        details |= {"subscription": line["subscription"], "subscription_item": line["item"]}
        made["parent"] = {"type": "subscription_item_details", "subscription_item_details": details}
    return made


def finalize(account: Account, invoice: Thing) -> None:
    """Let a draft become an open invoice with a number."""
    customer = account.objects.get(invoice["customer"])
    number = customer["next_invoice_sequence"] if customer else 1
    if customer:
        customer["next_invoice_sequence"] += 1
    invoice |= {
        "status": "open", "number": f"STANDIN-{invoice['id'][-6:].upper()}-{number:04}", "effective_at": account.now(),
        "hosted_invoice_url": f"{account.base}/invoices/{invoice['id']}", "automatically_finalizes_at": None,
    }  # fmt: skip
    invoice["status_transitions"]["finalized_at"] = account.now()
    account.emit("invoice.finalized", invoice)


def paid(account: Account, invoice: Thing, intent: Thing) -> None:
    """Note that an invoice is paid by an intent."""
    record(account, invoice, intent, "paid")
    invoice |= {
        "status": "paid", "amount_paid": invoice["total"], "amount_remaining": 0, "attempted": True,
        "attempt_count": invoice["attempt_count"] + 1, "next_payment_attempt": None, "auto_advance": False,
    }  # fmt: skip
    invoice["status_transitions"]["paid_at"] = account.now()
    account.emit("invoice.paid", invoice)
    account.emit("invoice.payment_succeeded", invoice)


def record(account: Account, invoice: Thing, intent: Thing, status: str) -> Thing:
    """Note with which intent an invoice is (to be) paid: one row for each pair."""
    for one in account.all("invoice_payment"):
        if one["invoice"] == invoice["id"] and one["payment"]["payment_intent"] == intent["id"]:
            break
    else:
        one = account.new(
            "InvoicePayment", "inpay", invoice=invoice["id"], amount_requested=invoice["total"], is_default=True,
            currency=invoice["currency"],
        )  # fmt: skip
        one["payment"] |= {"type": "payment_intent", "payment_intent": intent["id"]}
    one["status"] = status
    if status == "paid":
        one["amount_paid"] = invoice["total"]
        one["status_transitions"]["paid_at"] = account.now()
    return one
