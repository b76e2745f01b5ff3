"""Stripe's page on which an order is paid: opening it, and ending it."""

from __future__ import annotations

import datetime as dt
import logging

from django.db import transaction
from django.utils import timezone

from featured import fulfil, gateway, mails
from featured.models import Booking, Order
from featured.models.bookings import State
from featured.models.orders import OrderState
from featured.money import money

log = logging.getLogger(__name__)
SHORTEST = dt.timedelta(minutes=30)  # Stripe ends no page earlier: docs.stripe.com/payments/checkout/limit-inventory
TO_PAY = dt.timedelta(minutes=31)
GRACE = dt.timedelta(minutes=5)  # for what was paid in the last second to be told
ATTEMPTS = 5
OFF = (
    "This site takes no payments yet. Its operator has to set up an account at Stripe: docs/payments.md says how."
    " Nothing was charged."
)
DOWN = "The payment page cannot be opened just now. Nothing was charged, and the place is held: try again in a minute."
CHANGING = "Prices are being changed just now, so nothing can be paid. Nothing was charged: try again in an hour."
CLOSED = "This order cannot be paid any more: the time to pay is over, or it is paid. Its page says which."


class Off(Exception):
    """No account at Stripe is set up; the message says how to."""


class Down(Exception):
    """The page cannot be opened just now; the message says why, for who wants to pay."""


class Changing(Down):
    """Stripe would take another amount than was agreed: nothing is sold until an operator mends that."""


class Closed(Down):
    """The order is paid, or its time is over."""


def open(order: Order) -> str:
    """Return the address of Stripe's page for an order, the same as long as that page is open.

    Raises Off without an account, Down (or Changing, Closed) when there is no page to go to.
    """
    if not gateway.is_on():
        raise Off(OFF)
    row = Order.objects.select_related("buyer").get(pk=order.pk)
    if row.state != OrderState.OPEN:
        raise Closed(CLOSED)
    now = timezone.now()
    if row.session_url and now < row.expires_at:
        return row.session_url
    if row.session_id:
        raise Closed(CLOSED)
    if row.expires_at < now + SHORTEST:
        row = _again(row)
    try:
        return _create(row)
    except gateway.OtherCall:  # the same key was used with another price or address: both are told by a new attempt
        return _retried(row)
    except gateway.Down as error:
        if error.status >= 500:  # Stripe keeps that answer for this key: another one is needed next time
            _again(row)
        log.warning("No page for order %s: %s", row.key, error)
        raise Down(DOWN) from None
    except gateway.GatewayError as error:
        log.error("No page for order %s: %s", row.key, error)
        raise Down(DOWN) from None


def _retried(row: Order) -> str:
    try:
        return _create(_again(row))
    except gateway.GatewayError as error:
        log.error("No page for order %s: %s", row.key, error)
        raise Down(DOWN) from None


def _create(row: Order) -> str:
    """Open a page and remember it. Who dies in between finds the same page by the same key."""
    price = gateway.price(price_key(row))
    if price is None or (price.amount, price.currency) != (row.unit_price, row.currency):
        said = f"{price_key(row)} is {money(row.unit_price, row.currency)} here and "
        said += f"{money(price.amount, price.currency)} at Stripe" if price else "not known to Stripe"
        log.error("Nothing is sold: %s. Run `manage.py featured_prices`.", said)
        mails.prices_differ(row, said)
        raise Changing(CHANGING)
    made = gateway.create_session(row, price.id, email=row.buyer.email if row.buyer else "")
    Order.objects.filter(pk=row.pk, session_id="").update(session_id=made.id, session_url=made.url)
    return made.url


def price_key(order: Order) -> str:
    """Return what Stripe finds the price of an order by."""
    return gateway.price_key(order.lookup_key, order.kind)


@transaction.atomic
def _again(order: Order) -> Order:
    """Begin another attempt to pay, with time enough for Stripe. Raises Closed when the slot is not held any more."""
    row = Order.objects.select_for_update(of=("self",)).select_related("buyer").get(pk=order.pk)
    held = Booking.objects.filter(order=row, state=State.HELD)
    if row.state != OrderState.OPEN or row.attempt >= ATTEMPTS or not held.exists():
        raise Closed(CLOSED)
    row.attempt, row.expires_at = row.attempt + 1, timezone.now() + TO_PAY
    row.save(update_fields=["attempt", "expires_at"])
    held.update(hold_until=row.expires_at + GRACE)
    return row


def close(order: Order) -> Order:
    """End the page of an order so that nobody can pay on it; what was paid already is booked instead.

    Returns the order as it is then. Raises Down when Stripe cannot be asked: then it may still be paid.
    """
    try:
        if gateway.is_on() and order.state == OrderState.OPEN:
            known = [order.session_id] if order.session_id and order.attempt == 1 else []
            for id in known or [one.id for one in gateway.sessions_of(order) if one.status == "open"]:
                gateway.expire_session(id)
        return fulfil.order(order, give_up=True)
    except gateway.GatewayError as error:
        log.warning("The page of order %s could not be ended: %s", order.key, error)
        raise Down(DOWN) from None
