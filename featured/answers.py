"""What Stripe answers, as plain data: only what this site uses, no names and no addresses of people."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass


@dataclass(frozen=True)
class Price:
    """A price at Stripe. `amount` is of a week, in minor units, without tax."""

    id: str
    lookup_key: str
    amount: int
    currency: str
    weekly: bool


@dataclass(frozen=True)
class Session:
    """A page of Stripe's on which an order is paid (Checkout Session)."""

    id: str
    url: str
    status: str  # open, complete, expired
    payment_status: str  # unpaid, paid, no_payment_required
    order: str  # the key of our order
    site: str  # which site made it: one account may serve several
    payment: str  # the payment intent of what is paid once
    subscription: str
    customer: str
    amount: int
    tax: int
    currency: str
    created: dt.datetime

    @property
    def paid(self) -> bool:
        """Say whether the money came."""
        return self.status == "complete" and self.payment_status == "paid"


@dataclass(frozen=True)
class Payment:
    """Money that came: `id` is the payment intent (an invoice that cost nothing has none: then its own id)."""

    id: str
    amount: int
    tax: int
    currency: str
    at: dt.datetime
    receipt_url: str = ""


@dataclass(frozen=True)
class Invoice:
    """An invoice; `payment` is the payment intent that it was or will be paid by."""

    id: str
    status: str  # draft, open, paid, uncollectible, void
    subscription: str
    payment: str
    paid: int
    tax: int
    currency: str
    created: dt.datetime
    at: dt.datetime  # when it was paid, else when it was made
    url: str
    attempts: int


@dataclass(frozen=True)
class Subscription:
    """A weekly order at Stripe; `until` is when the week that is paid ends there, and the next invoice comes."""

    id: str
    status: str  # incomplete, active, past_due, unpaid, canceled …
    order: str
    site: str
    customer: str
    ends: bool  # at `until`: somebody cancelled it
    until: dt.datetime | None


@dataclass(frozen=True)
class Refund:
    """Money that goes back on a payment. `key` is that of our row, "" when it was made at Stripe's desk."""

    id: str
    payment: str
    amount: int
    currency: str
    status: str  # pending, requires_action, succeeded, failed, canceled
    failure: str
    key: str
    created: dt.datetime


@dataclass(frozen=True)
class Dispute:
    """A payment that its payer asked the bank to take back."""

    id: str
    payment: str
    amount: int
    currency: str
    reason: str
    status: str  # warning_…, needs_response, under_review, won, lost, prevented
    created: dt.datetime
    answer_by: dt.datetime | None


@dataclass(frozen=True)
class Event:
    """A webhook event whose signature was right."""

    id: str
    type: str
    created: dt.datetime
    about: str  # the id of its object
    ids: dict[str, str]
