"""The ledger against what Stripe says: what was missed is made up for, and the difference has to be 0."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Iterator
from dataclasses import dataclass, field

from django.conf import settings
from django.utils import timezone

from featured import disputes, fulfil, gateway, refunds
from featured.answers import Dispute as ToldDispute
from featured.answers import Refund as ToldRefund
from featured.models import Dispute, LedgerEntry, Order, Refund, WebhookEvent

log = logging.getLogger(__name__)
DAYS = 3
KEPT = dt.timedelta(days=90)  # events, once applied
Kind = LedgerEntry.Kind
Amounts = dict[tuple[str, str], int]  # kind and id at Stripe: minor units


@dataclass(frozen=True)
class Row:
    """Money that is not the same on both sides, in minor units; None where there is none of it."""

    kind: str
    id: str
    stripe: int | None
    ledger: int | None

    @property
    def difference(self) -> int:
        """How much it is."""
        return abs((self.stripe or 0) - (self.ledger or 0))


@dataclass
class Report:
    """What was found, what was made up for, and what stays. Amounts are in minor units."""

    days: int
    looked_at: int = 0
    missed: list[Row] = field(default_factory=list)  # before anything was made up for
    stays: list[Row] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)

    @property
    def difference(self) -> int:
        """What differs after all was made up for."""
        return sum(row.difference for row in self.stays)


def run(days: int = DAYS) -> int:
    """Compare, make up, log; return the difference that stays, in minor units (0 without an account at Stripe)."""
    if not gateway.is_on():
        return 0
    report = compare(days)
    WebhookEvent.objects.filter(applied_at__lt=timezone.now() - KEPT).delete()
    level = logging.ERROR if report.stays or report.troubles else logging.INFO
    log.log(
        level, "Reconciled %d days with Stripe: %d rows, %d missed, %d stay, difference %d. %s", days,
        report.looked_at, len(report.missed), len(report.stays), report.difference, " ".join(report.troubles),
    )  # fmt: skip
    return report.difference


def compare(days: int = DAYS) -> Report:
    """Compare the last days with Stripe, make up for what was missed. Raises gateway.GatewayError when it is down."""
    since = timezone.now() - dt.timedelta(days=days)
    report = Report(days)
    told, keys = _payments(since)
    ours = {id for _, id in told} | set(
        LedgerEntry.objects.filter(kind=Kind.PAYMENT).values_list("stripe_id", flat=True)
    )
    backs = [one for one in _backs(since) if one.payment in ours]
    banks = [one for one in _banks(since) if one.payment in ours]
    told |= _moved(backs, banks)
    report.looked_at = len(told)
    report.missed = list(_rows(told, since))
    _make_up(keys, report)
    for refund in backs:
        refunds.landed(refund)
    for dispute in banks:
        disputes.seen(dispute)
    report.stays = list(_rows(told, since))
    return report


def _payments(since: dt.datetime) -> tuple[Amounts, dict[str, str]]:
    """Return what was paid since then, and the orders to look at again (by key, with the page that was paid)."""
    paid: Amounts = {}
    keys: dict[str, str] = {}
    for session in gateway.sessions_since(since):
        if session.paid and session.payment:
            paid[Kind.PAYMENT, session.payment] = session.amount
        if session.paid:
            keys[session.order] = session.id
        elif session.status != "open":
            keys.setdefault(session.order, "")
    invoices = [one for one in gateway.invoices_since(since) if one.subscription and one.status == "paid" and one.paid]
    orders = _subscribed({one.subscription for one in invoices})
    for invoice in invoices:
        if invoice.subscription in orders:
            paid[Kind.PAYMENT, invoice.payment or invoice.id] = invoice.paid
            keys.setdefault(orders[invoice.subscription], "")
    late = Order.objects.filter(kind=Order.Kind.WEEKLY, subscription_state="past_due").values_list("key", flat=True)
    return paid, dict.fromkeys(late, "") | keys


def _subscribed(ids: set[str]) -> dict[str, str]:
    """Return the keys of the orders of this site by their subscriptions; asks Stripe about those we do not know."""
    known = dict(Order.objects.filter(subscription_id__in=ids).values_list("subscription_id", "key"))
    for id in sorted(ids - set(known)):
        found = gateway.subscription(id)
        if found.site == settings.SITE_URL and found.order:
            known[id] = found.order
    return known


def _make_up(keys: dict[str, str], report: Report) -> None:
    """Look at orders again whose payments, or ends, were not told."""
    for order in Order.objects.filter(key__in=keys).order_by("pk"):
        try:
            fulfil.order(order, session=keys[order.key])
        except gateway.GatewayError as error:
            report.troubles.append(f"Order {order.key}: {error}.")
        except Exception as error:  # one that cannot be dealt with keeps nobody from the next
            log.exception("Order %s could not be written.", order.key)
            report.troubles.append(f"Order {order.key}: {type(error).__name__}.")


def _backs(since: dt.datetime) -> list[ToldRefund]:
    """Return refunds that were made since then, and older ones that were not at their end when last looked at."""
    found = {one.id: one for one in gateway.refunds_since(since)}
    waiting = Refund.objects.filter(state=Refund.State.SENT).exclude(stripe_id="").values_list("stripe_id", flat=True)
    return [*found.values(), *(gateway.refund(id) for id in waiting if id not in found)]


def _banks(since: dt.datetime) -> list[ToldDispute]:
    """Return disputes that were opened since then, and older ones that were open when last looked at."""
    found = {one.id: one for one in gateway.disputes_since(since)}
    waiting = Dispute.objects.filter(closed_at=None).values_list("stripe_id", flat=True)
    return [*found.values(), *(gateway.dispute(id) for id in waiting if id not in found)]


def _moved(backs: list[ToldRefund], banks: list[ToldDispute]) -> Amounts:
    """Return what refunds and disputes moved."""
    moved: Amounts = {}
    for refund in backs:
        moved[Kind.REFUND, refund.id] = -refund.amount
        if refund.status in {"failed", "canceled"}:
            moved[Kind.REFUND_FAILED, refund.id] = refund.amount
    for dispute in banks:
        if not dispute.status.startswith("warning_"):
            moved[Kind.DISPUTE, dispute.id] = -dispute.amount
        if dispute.status in {"won", "prevented"}:
            moved[Kind.DISPUTE_WON, dispute.id] = dispute.amount
    return moved


def _rows(told: Amounts, since: dt.datetime) -> Iterator[Row]:
    """Yield what is not the same on both sides: what Stripe told, and what the ledger wrote in the same days."""
    ids = {id for _, id in told}
    ledger = LedgerEntry.objects.filter(stripe_id__in=ids) | LedgerEntry.objects.filter(at__gte=since)
    ours: Amounts = {(one.kind, one.stripe_id): one.amount for one in ledger}
    for kind, id in sorted(told.keys() | ours.keys()):
        stripe, here = told.get((kind, id)), ours.get((kind, id))
        if stripe is None and kind == Kind.PAYMENT:
            stripe = _asked(id)  # an older invoice that was paid late, or nothing at all
        if stripe is None and kind != Kind.PAYMENT and id not in ids:
            continue  # written in these days, made before: looked at while it was open
        if stripe != here:
            yield Row(kind, id, stripe, here)


def _asked(id: str) -> int | None:
    """Return what Stripe says of a payment that was not in its lists, None when it knows none."""
    try:
        return gateway.payment(id).amount
    except gateway.Missing:
        return None
