"""What Stripe tells us: stored as it comes, applied by a worker. An event only says which thing to ask Stripe about."""

from __future__ import annotations

import datetime as dt
import logging
import time

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from featured import disputes, fulfil, gateway, refunds
from featured.models import Order, WebhookEvent

log = logging.getLogger(__name__)
LEASE = dt.timedelta(minutes=3)  # longer than the task that applies them may take
PAUSES = (10, 30, 60, 300, 900, 3_600)  # seconds between tries; then every hour
SECONDS = 80.0  # for one run of the worker; its soft limit is 110
KNOWN = (
    "checkout.session.",
    "invoice.",
    "customer.subscription.",
    "customer.deleted",
    "charge.refunded",
    "charge.refund.updated",
    "refund.",
    "charge.dispute.",
)


def take(body: bytes, signature: str) -> bool:
    """Store an event once, however often it comes; say whether it was new.

    What none of our code is about is not kept. Raises gateway.BadSignature for what Stripe did not sign just now.
    """
    event = gateway.event(body, signature)
    if not event.type.startswith(KNOWN):
        return False
    row = WebhookEvent(
        event_id=event.id[:120], type=event.type, about=event.about[:120], body=event.ids, created_at=event.created
    )
    before = timezone.now()
    WebhookEvent.objects.bulk_create([row], ignore_conflicts=True)
    return WebhookEvent.objects.filter(pk=row.pk, received_at__gte=before).exists()


def work(seconds: float = SECONDS) -> int:
    """Apply what is due, send refunds that are due, ask about open orders; return how much was dealt with."""
    stop = time.monotonic() + seconds
    done = 0
    if not gateway.is_on():
        return 0
    while time.monotonic() < stop and (event := _claim()):
        _apply(event)
        done += 1
    done += refunds.send_due()
    return done + _poll(stop)


@transaction.atomic
def _claim() -> WebhookEvent | None:
    """Take the next due event for some minutes; other workers take others."""
    due = WebhookEvent.objects.filter(applied_at=None, due_at__lte=timezone.now()).order_by("due_at", "event_id")
    event = due.select_for_update(skip_locked=True).first()
    if event:
        event.attempts += 1
        event.due_at = timezone.now() + LEASE
        event.save(update_fields=["attempts", "due_at"])
    return event


def _apply(event: WebhookEvent) -> None:
    try:
        apply(event)
    except Exception as error:  # one that cannot be applied keeps nobody from the next
        pause = PAUSES[min(event.attempts, len(PAUSES)) - 1]
        expected = isinstance(error, gateway.GatewayError)
        said = str(error) if expected else type(error).__name__
        log.log(
            logging.WARNING if expected else logging.ERROR,
            "Event %s (%s) was not applied: %s. It is tried again in %d seconds.",
            event.event_id, event.type, said, pause, exc_info=None if expected else error,
        )  # fmt: skip
        event.due_at, event.error = timezone.now() + dt.timedelta(seconds=pause), said[:300]
        if isinstance(error, gateway.Missing) and event.attempts > len(PAUSES):
            event.applied_at = timezone.now()  # of another mode, or deleted: there will never be anything to ask about
    else:
        event.applied_at, event.error = timezone.now(), ""
    event.save(update_fields=["due_at", "applied_at", "error"])


def apply(event: WebhookEvent) -> None:
    """Look at what an event is about, and write what is new. In any order, any number of times, with the same result.

    Raises gateway.GatewayError when Stripe cannot be asked.
    """
    about = event.body
    if about.get("site", settings.SITE_URL) != settings.SITE_URL:
        return  # one account at Stripe may serve several sites
    kind = event.type
    if kind.startswith("checkout.session."):
        fulfil.by_key(about.get("client_reference_id", ""), session=event.about)
    elif kind.startswith("customer.subscription."):
        _subscription(event.about)
    elif kind.startswith("invoice."):
        _subscription(about.get("subscription", ""))
    elif kind == "charge.refunded":
        payment = about.get("payment_intent", "")  # charges of others in the account may have none
        for told in gateway.refunds_of(payment) if fulfil.by_payment(payment) else []:
            refunds.landed(told)
    elif kind.startswith(("refund.", "charge.refund.")):
        told = gateway.refund(event.about)
        if fulfil.by_payment(told.payment):
            refunds.landed(told)
    elif kind.startswith("charge.dispute."):
        dispute = gateway.dispute(event.about)
        if fulfil.by_payment(dispute.payment):
            disputes.seen(dispute)
    elif kind == "customer.deleted":
        Order.objects.filter(customer_id=event.about).update(customer_id="")


def _subscription(id: str) -> None:
    """Look at the order of a subscription; it may be told of before the order knows it."""
    known = Order.objects.filter(subscription_id=id).first() if id else None
    if known is not None:
        fulfil.order(known)
    elif id:
        found = gateway.subscription(id)
        if found.site == settings.SITE_URL:
            fulfil.by_key(found.order)


def _poll(stop: float) -> int:
    """Ask about orders that no webhook told of."""
    done = 0
    for order in fulfil.pending(timezone.now()):
        if time.monotonic() > stop:
            break
        try:
            fulfil.order(order)
            done += 1
        except gateway.GatewayError as error:
            log.warning("Order %s could not be asked about: %s", order.key, error)
        except Exception:  # one that cannot be dealt with keeps nobody from the next
            log.exception("Order %s could not be written.", order.key)
    return done
