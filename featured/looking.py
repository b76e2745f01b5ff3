"""What Stripe says of an order just now: its pages, payments and subscription. Asks, and writes nothing."""

from __future__ import annotations

from dataclasses import dataclass, field

from django.conf import settings

from featured import gateway
from featured.answers import Invoice, Payment, Session, Subscription
from featured.models import Order
from featured.models.orders import OrderState


@dataclass(frozen=True)
class Seen:
    """What there is at Stripe of one order. `extra` was paid once more than it should have been."""

    sessions: list[Session] = field(default_factory=list)
    payments: list[Payment] = field(default_factory=list)
    extra: list[Payment] = field(default_factory=list)
    subscription: Subscription | None = None
    unpaid: Invoice | None = None  # the renewal that could not be collected
    surplus: list[str] = field(default_factory=list)  # subscriptions beside the one that counts
    failed: set[str] = field(default_factory=set)  # pages left with a payment that failed later, as bank debits do

    @property
    def over(self) -> bool:
        """Say whether nobody can pay on any of the pages, and nobody did."""
        return all(one.status == "expired" or one.id in self.failed for one in self.sessions)


def look(order: Order, session_id: str = "") -> Seen:
    """Ask Stripe about an order; `session_id` names a page of which somebody told. Raises gateway.GatewayError."""
    if not gateway.is_on():
        return Seen()
    sessions = _sessions(order, session_id)
    paid = [one for one in sessions if one.paid]
    if order.kind == Order.Kind.WEEKLY:
        return _weekly(order, sessions, paid)
    payments = [gateway.payment(one.payment, tax=one.tax) for one in paid if one.payment]
    payments.sort(key=lambda one: (one.id != order.payment_intent, one.at, one.id))
    waits = [one for one in sessions if one.status == "complete" and not one.paid and one.payment]
    failed = {one.id for one in waits if gateway.payment_failed(one.payment)}
    return Seen(sessions, payments[:1], payments[1:], failed=failed)


def _sessions(order: Order, session_id: str) -> list[Session]:
    """Return the pages of an order: the one we know of, or all, where an answer may have been lost."""
    if not order.session_id and order.state != OrderState.OPEN and not session_id:
        return []
    if order.session_id and order.attempt == 1 and session_id in {"", order.session_id}:
        return [gateway.session(order.session_id)]
    found = {one.id: one for one in gateway.sessions_of(order)}
    for id in {session_id, order.session_id} - {"", *found}:
        one = gateway.session(id)
        if one.order == order.key and one.site == settings.SITE_URL:
            found[id] = one
    return sorted(found.values(), key=lambda one: (one.created, one.id))


def _weekly(order: Order, sessions: list[Session], paid: list[Session]) -> Seen:
    ids = {one.subscription for one in paid} | {order.subscription_id}
    invoices = {id: gateway.invoices_of(id) for id in sorted(ids - {""})}
    payments = {
        id: [_payment(one) for one in rows if one.status == "paid" and one.paid] for id, rows in invoices.items()
    }
    begun = sorted((rows[0].at, id) for id, rows in payments.items() if rows)
    main = order.subscription_id or (begun[0][1] if begun else "")
    if not main:
        return Seen(sessions)
    subscription = gateway.subscription(main)
    late = [one for one in invoices[main] if one.status == "open" and one.attempts]
    others = [id for id in payments if id != main]
    return Seen(
        sessions, payments[main], [one for id in others for one in payments[id]], subscription,
        late[0] if late and subscription.status in {"past_due", "unpaid"} else None, others,
    )  # fmt: skip


def _payment(invoice: Invoice) -> Payment:
    return Payment(
        invoice.payment or invoice.id, invoice.paid, invoice.tax, invoice.currency, invoice.at, invoice.url
    )  # fmt: skip
