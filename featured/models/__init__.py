"""What featured listings store. Who writes what: docs/featured.md."""

from featured.models.bookings import Booking, BookingMove, Pause
from featured.models.delivery import Delivery, Heartbeat
from featured.models.inbox import WebhookEvent
from featured.models.orders import Dispute, LedgerEntry, Order, Refund
from featured.models.waiting import Waiting

__all__ = [
    "Booking",
    "BookingMove",
    "Delivery",
    "Dispute",
    "Heartbeat",
    "LedgerEntry",
    "Order",
    "Pause",
    "Refund",
    "Waiting",
    "WebhookEvent",
]
