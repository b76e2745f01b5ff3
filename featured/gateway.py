"""Stripe: the only module that knows its library. Plain functions; plain data comes back (featured/answers.py).

Facts about stripe-python 16.1 that this rests on: the client makes no second try unless told to, and waits 80 seconds;
its objects are no dicts; what it raises for a webhook body that is nonsense is anything.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import functools
import logging
import time
from collections.abc import Iterator, Sequence
from typing import Any

import stripe
from django.conf import settings
from django.urls import reverse

from core.site import absolute
from featured import reading
from featured.answers import Dispute, Event, Invoice, Payment, Price, Refund, Session, Subscription
from featured.models import Order

TIMEOUT = (5, 20)  # seconds to connect, and to answer
RETRIES = 2  # by the library, with one idempotency key: connection errors, 409 and 5xx, not 429
PRICES_KEPT = 60.0  # seconds
TOLERANCE = 300  # seconds between the clock of who signed a webhook and ours, in both directions
PORTAL = "https://billing.stripe.com"
CHECKOUT = "https://checkout.stripe.com"

stripe.enable_telemetry = False
logging.getLogger("stripe").setLevel(logging.WARNING)  # it logs addresses and bodies below that
_prices: dict[tuple[str, str, str], tuple[float, Price | None]] = {}


class GatewayError(Exception):
    """Stripe did not do what it was asked. Says nothing of what was sent: no key, no person's data."""

    def __init__(self, what: str, error: stripe.StripeError | None = None) -> None:
        self.code = str(getattr(error, "code", "") or "")
        self.status = int(getattr(error, "http_status", 0) or 0)
        request = getattr(error, "request_id", "") or ""
        about = [str(getattr(error, "param", "") or ""), self.code, f"request {request}" if request else ""]
        details = ", ".join(part for part in about if part)
        super().__init__(f"{what}{f' ({details})' if details else ''}")


class Declined(GatewayError):
    """A card was declined."""


class Down(GatewayError):
    """Stripe cannot be reached, is overloaded or broken: the same again later is safe and may work."""


class Refused(GatewayError):
    """Stripe understood and refuses: the same again is refused again."""


class Missing(Refused):
    """There is no such thing at Stripe."""


class OtherCall(Refused):
    """This idempotency key was used for another call."""


class BadSignature(Exception):
    """A webhook that nobody with our secret signed just now, or whose body is no event."""


def is_on() -> bool:
    """Say whether an account is set up, so that something can be bought."""
    return bool(settings.STRIPE_SECRET_KEY)


def is_stand_in() -> bool:
    """Say whether payments go to something that is not Stripe: pages then say "test payments"."""
    return bool(settings.STRIPE_API_BASE)


def is_test() -> bool:
    """Say whether no real money moves: a stand-in, or a key of test mode."""
    return is_stand_in() or "_test_" in settings.STRIPE_SECRET_KEY


def price_key(lookup_key: str, kind: str = Order.Kind.ONCE) -> str:
    """Return what Stripe finds a price by: "featured_home_week", with a subscription "featured_home_weekly"."""
    return lookup_key + "ly" if kind == Order.Kind.WEEKLY else lookup_key


@functools.lru_cache(maxsize=4)
def _client(key: str, base: str) -> stripe.StripeClient:
    """Return the client of this process; connections are made when something is asked, one set for each thread."""
    return stripe.StripeClient(
        key,
        http_client=stripe.RequestsClient(timeout=TIMEOUT),
        max_network_retries=RETRIES,
        base_addresses={"api": base} if base else {},
    )


def _api() -> Any:
    return _client(settings.STRIPE_SECRET_KEY, settings.STRIPE_API_BASE).v1


@contextlib.contextmanager
def _asking(what: str) -> Iterator[None]:
    """Turn what the library raises into errors of ours. `what` says what did not work: "open a checkout"."""
    said = f"Stripe could not {what}"
    try:
        yield
    except stripe.CardError as error:
        raise Declined(said, error) from None
    except stripe.IdempotencyError as error:
        raise OtherCall(said, error) from None
    except (stripe.RateLimitError, stripe.APIConnectionError) as error:
        raise Down(said, error) from None
    except stripe.StripeError as error:
        status = int(error.http_status or 0)
        kind = Down if not status or status in {409, 429} or status >= 500 else Missing if status == 404 else Refused
        raise kind(said, error) from None


# -- prices ------------------------------------------------------------------------------------------------------------


def price(key: str, *, fresh: bool = False) -> Price | None:
    """Return the price that a lookup key names now, None without one. Asked once a minute by each process."""
    place = (settings.STRIPE_API_BASE, settings.STRIPE_SECRET_KEY, key)
    until, known = _prices.get(place, (0.0, None))
    if not fresh and until > time.monotonic():
        return known
    known = prices([key]).get(key)
    _prices[place] = (time.monotonic() + PRICES_KEPT, known)
    return known


def prices(keys: Sequence[str]) -> dict[str, Price]:
    """Return the prices that lookup keys (at most 10) name now, in one call."""
    with _asking("tell its prices"):
        found = _api().prices.list({"lookup_keys": list(keys), "active": True, "limit": 100}).data
    return {one.lookup_key: one for one in (reading.price(row.to_dict()) for row in found)}


def forget_prices() -> None:
    """Forget what prices this process knows."""
    _prices.clear()


def set_price(*, product: str, label: str, key: str, weekly: bool, amount: int) -> str:
    """Make Stripe's price with a lookup key what ours is; return what was done: "kept", "created" or "changed".

    `amount` is of a week, in minor units of settings.FEATURED_CURRENCY. Prices at Stripe never change: another one
    takes over the lookup key, and subscriptions go on at the price they began with.
    """
    currency = settings.FEATURED_CURRENCY
    old = price(key, fresh=True)
    if old and (old.amount, old.currency, old.weekly) == (amount, currency, weekly):
        return "kept"
    with _asking("set a price"):
        try:
            _api().products.retrieve(product)
        except stripe.InvalidRequestError as error:
            if error.http_status != 404:
                raise
            name = f"Featured listing: {label}, one week"
            _api().products.create({"id": product, "name": name, "metadata": {"site": settings.SITE_URL}})
        _api().prices.create(
            {
                "product": product,
                "currency": currency,
                "unit_amount": amount,
                "lookup_key": key,
                "transfer_lookup_key": True,
                "tax_behavior": "exclusive",
                **({"recurring": {"interval": "week"}} if weekly else {}),
            }
        )
    _prices.clear()
    return "changed" if old else "created"


# -- paying ------------------------------------------------------------------------------------------------------------


def create_session(order: Order, price_id: str, *, email: str = "") -> Session:
    """Open a page of Stripe's for an order; the same call with the same `order.session_key` gives the same page."""
    about = {"site": settings.SITE_URL, "order": order.key}
    weekly = order.kind == Order.Kind.WEEKLY
    said = described(order)
    params: dict[str, Any] = {
        "mode": "subscription" if weekly else "payment",
        "line_items": [{"price": price_id, "quantity": 1 if weekly else order.weeks}],
        "client_reference_id": order.key,
        "metadata": about,
        "expires_at": int(order.expires_at.timestamp()),
        "success_url": absolute(reverse("featured:paid", args=[order.key])),
        "cancel_url": absolute(order.get_absolute_url()),
        "billing_address_collection": "required",
        "tax_id_collection": {"enabled": True},
        "consent_collection": {"terms_of_service": "required"},
        "custom_text": {"submit": {"message": said}},
        **({"automatic_tax": {"enabled": True}} if settings.STRIPE_TAX else {}),
        **({"customer_email": email} if email else {}),
    }
    if weekly:
        params["subscription_data"] = {"metadata": about, "description": said}
    else:
        params |= {
            "customer_creation": "always",
            "invoice_creation": {"enabled": True, "invoice_data": {"metadata": about, "description": said}},
            "payment_intent_data": {"metadata": about, "description": said},
        }
    with _asking("open a page for the payment"):
        made = _api().checkout.sessions.create(params, {"idempotency_key": order.session_key})
    return reading.session(made.to_dict())


def described(order: Order) -> str:
    """Return what an order is of, for Stripe's page, bills and receipts: the tool, the place and the weeks."""
    row = order.bookings.select_related("category").order_by("pk").first()
    if row is None:
        return f"Featured listing, order {order.key}"
    place = row.category.name if row.category else row.get_surface_display()
    first, last = row.starts_at.astimezone(dt.UTC), row.during.upper.astimezone(dt.UTC) - dt.timedelta(days=1)
    weeks = f"{first.day} {first:%b %Y} to {last.day} {last:%b %Y}"
    more = ", and each further week until it is ended" if order.kind == Order.Kind.WEEKLY else ""
    return f"{row.tool_name}: {place}, {weeks}{more}"


def session(id: str) -> Session:
    """Return a session as it is now."""
    with _asking("tell of a checkout"):
        return reading.session(_api().checkout.sessions.retrieve(id).to_dict())


def expire_session(id: str) -> bool:
    """End a session so that nobody can pay on it; False when it had ended, or was paid, already."""
    with _asking("end a checkout"):
        try:
            _api().checkout.sessions.expire(id)
        except stripe.InvalidRequestError as error:
            if error.http_status != 400:
                raise
            return False
    return True


def sessions_since(at: dt.datetime, until: dt.datetime | None = None) -> list[Session]:
    """Return the sessions of this site that were opened since then."""
    created = {"gte": int(at.timestamp())} | ({"lte": int(until.timestamp())} if until else {})
    found = _listed("checkouts", _api().checkout.sessions.list, {"created": created})
    return [one for one in map(reading.session, found) if one.site == settings.SITE_URL]


def sessions_of(order: Order) -> list[Session]:
    """Return all sessions that were ever opened for an order, also those whose answer never reached us."""
    first, last = order.created_at - dt.timedelta(minutes=5), order.expires_at + dt.timedelta(days=1)
    return [one for one in sessions_since(first, last) if one.order == order.key]


def payment(id: str, *, tax: int = 0) -> Payment:
    """Return what came by a payment intent that succeeded; `tax` is the part of it that is tax, in minor units."""
    with _asking("tell of a payment"):
        found = _api().payment_intents.retrieve(id, {"expand": ["latest_charge"]}).to_dict()
    return reading.payment(found, tax)


def payment_failed(id: str) -> bool:
    """Say whether a payment that was begun will not come: a bank debit that was returned, or one that was cancelled."""
    with _asking("tell of a payment"):
        return str(_api().payment_intents.retrieve(id).status) in {"requires_payment_method", "canceled"}


def order_of_payment(id: str) -> str:
    """Return the key of the order of this site that a payment intent belongs to, "" for somebody else's."""
    with _asking("tell of a payment"):
        about = _api().payment_intents.retrieve(id).to_dict().get("metadata") or {}
        if about.get("order"):
            return str(about["order"]) if about.get("site") == settings.SITE_URL else ""
        of = {"type": "payment_intent", "payment_intent": id}
        rows = _api().invoice_payments.list({"payment": of, "limit": 1}).data
    if not rows:
        return ""
    subscribed = invoice(reading.id_of(rows[0].to_dict().get("invoice"))).subscription
    if not subscribed:
        return ""
    found = subscription(subscribed)
    return found.order if found.site == settings.SITE_URL else ""


# -- subscriptions -----------------------------------------------------------------------------------------------------


def subscription(id: str) -> Subscription:
    """Return a subscription as it is now."""
    with _asking("tell of a subscription"):
        return reading.subscription(_api().subscriptions.retrieve(id).to_dict())


def cancel_subscription(id: str) -> None:
    """End a subscription now; nothing is paid back by that."""
    with _asking("end a subscription"):
        try:
            _api().subscriptions.cancel(id)
        except stripe.InvalidRequestError as error:
            if error.http_status != 404:  # it has ended already
                raise


def cancel_at_period_end(id: str) -> None:
    """Let a subscription end when the week that is paid ends."""
    with _asking("end a subscription"):
        _api().subscriptions.update(id, {"cancel_at_period_end": True})


def invoice(id: str) -> Invoice:
    """Return an invoice as it is now."""
    with _asking("tell of an invoice"):
        return reading.invoice(_api().invoices.retrieve(id, {"expand": ["payments"]}).to_dict())


def invoices_of(subscription_id: str) -> list[Invoice]:
    """Return all invoices of a subscription in the order in which they were paid (unpaid ones: made)."""
    asked = {"subscription": subscription_id, "expand": ["data.payments"]}
    found = [reading.invoice(one) for one in _listed("invoices", _api().invoices.list, asked)]
    return sorted(found, key=lambda one: (one.at, one.id))


def invoices_since(at: dt.datetime) -> list[Invoice]:
    """Return the invoices that were made since then, of this site and of others in the account."""
    asked = {"created": {"gte": int(at.timestamp())}, "expand": ["data.payments"]}
    return [reading.invoice(one) for one in _listed("invoices", _api().invoices.list, asked)]


def portal_url(customer: str, back: str) -> str:
    """Return the address of Stripe's page where a customer changes the card, sees invoices, ends a subscription.

    `back` is where that page leads back to. It works for a few minutes.
    """
    with _asking("open the customer portal"):
        return str(_api().billing_portal.sessions.create({"customer": customer, "return_url": back}).url)


# -- money back --------------------------------------------------------------------------------------------------------


def create_refund(*, key: str, payment_id: str, amount: int, attempt: int = 0) -> Refund:
    """Pay an amount (minor units) back on a payment; the same `key` pays it back once, however often it is said.

    `attempt` makes another call of it, for which Stripe does not repeat the error it keeps: look before whether the
    one before that did it.
    """
    said = f"re:{key}:{attempt}" if attempt else f"re:{key}"
    params = {"payment_intent": payment_id, "amount": amount, "metadata": {"site": settings.SITE_URL, "refund": key}}
    with _asking("pay something back"):
        return reading.refund(_api().refunds.create(params, {"idempotency_key": said}).to_dict())


def refund(id: str) -> Refund:
    """Return a refund as it is now."""
    with _asking("tell of a refund"):
        return reading.refund(_api().refunds.retrieve(id).to_dict())


def refunds_of(payment_id: str) -> list[Refund]:
    """Return all refunds on a payment, the first first."""
    found = _listed("refunds", _api().refunds.list, {"payment_intent": payment_id})
    return sorted(map(reading.refund, found), key=lambda one: (one.created, one.id))


def refunds_since(at: dt.datetime) -> list[Refund]:
    """Return the refunds that were made since then, of this site and of others in the account."""
    return [reading.refund(one) for one in _listed("refunds", _api().refunds.list, _since(at))]


def dispute(id: str) -> Dispute:
    """Return a dispute as it is now."""
    with _asking("tell of a dispute"):
        return reading.dispute(_api().disputes.retrieve(id).to_dict())


def disputes_since(at: dt.datetime) -> list[Dispute]:
    """Return the disputes that were opened since then, of this site and of others in the account."""
    return [reading.dispute(one) for one in _listed("disputes", _api().disputes.list, _since(at))]


def _since(at: dt.datetime) -> dict[str, Any]:
    return {"created": {"gte": int(at.timestamp())}}


def _listed(what: str, ask: Any, params: dict[str, Any]) -> list[dict[str, Any]]:
    with _asking(f"list {what}"):
        return [one.to_dict() for one in ask({"limit": 100, **params}).auto_paging_iter()]


# -- webhooks ----------------------------------------------------------------------------------------------------------


def event(body: bytes, signature: str) -> Event:
    """Return the event that a webhook brings, when it was signed with one of our secrets within 5 minutes of now.

    Raises BadSignature for everything else, whatever it is. The library lets a time in the future pass; we do not.
    """
    problem = "no secret is set"
    for secret in settings.STRIPE_WEBHOOK_SECRETS:
        try:
            found = stripe.Webhook.construct_event(body, signature, secret, TOLERANCE)
            when, _ = stripe.WebhookSignature._get_timestamp_and_signatures(signature, "v1")
            if when > time.time() + TOLERANCE:
                raise BadSignature("signed in the future")
            return reading.event(found.to_dict())
        except Exception as error:  # what is wrong with a stranger's bytes is never our error
            problem = type(error).__name__
    raise BadSignature(problem)
