"""Holds and offers whose time is over: the slot is somebody else's again, and whoever waits for it is asked."""

from __future__ import annotations

import logging
import time

from django.db import transaction
from django.utils import timezone

from featured import booking, checkout, gateway, orders, waitlist
from featured.models import Booking, Order
from featured.models.bookings import State
from featured.models.orders import OrderState

log = logging.getLogger(__name__)
SECONDS = 20.0  # for asking Stripe; the task has 50
MOST = 200  # of one sweep; the next goes on


def sweep() -> int:
    """End orders and holds whose time is over, then offers; ask who waits. Return how many ended. Safe to run twice."""
    ended = _orders() + _holds() + waitlist.tidy()
    for place, week in waitlist.waited_for()[:MOST]:
        waitlist.offer(place, week)
    return ended


def _orders() -> int:
    """Close the page of Stripe of every open order whose time is over; what was paid in the last second is booked."""
    late = Order.objects.filter(state=OrderState.OPEN, expires_at__lte=timezone.now()).order_by("expires_at", "id")
    ended, stop = 0, time.monotonic() + SECONDS
    for order in late[:MOST]:
        if time.monotonic() > stop:
            break  # Stripe is slow: the next sweep goes on
        try:
            ended += let_go(order)
        except Exception:  # one that cannot be dealt with keeps nobody from the next
            log.exception("Order %s could not be ended.", order.key)
    return ended


def let_go(order: Order) -> bool:
    """End an open order: its page at Stripe first, so that nobody pays for what is given away. Say whether it ended.

    Where Stripe cannot be asked, the hold lasts its five minutes longer; a payment that comes after that is dealt with
    when it comes (featured/fulfil.py).
    """
    if gateway.is_on() or order.session_id:
        try:
            order = checkout.close(order)
        except (checkout.Off, checkout.Down) as error:
            log.warning("Order %s cannot be closed at Stripe: %s", order.key, error)
            if timezone.now() <= order.expires_at + orders.GRACE:
                return False
        else:
            if order.state == OrderState.OPEN:
                return False  # a bank debit is on its way: the order waits for it, its slot does not
    return orders.expire(order) or order.state == OrderState.EXPIRED


def _holds() -> int:
    """Release what is still held past its time: next weeks of subscriptions that were not renewed, offers."""
    late = Booking.objects.filter(state=State.HELD, hold_until__lt=timezone.now())
    places = late.order_by("place").values_list("place", flat=True).distinct()
    return sum(_release(place) for place in places[:MOST])


@transaction.atomic
def _release(place: str) -> int:
    booking.lock(place)
    return booking.release_overdue(place)
