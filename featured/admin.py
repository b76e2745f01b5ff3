"""The desk of featured listings: rows to read. What is decided about them has pages under /portal/billing/."""

from __future__ import annotations

from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from core.desk import ReadOnly
from featured.models import Booking, Dispute, LedgerEntry, Order, Refund, Waiting, WebhookEvent
from featured.money import money
from featured.templatetags.featured_buy import weeks_of


class Rows(ReadOnly):
    """Rows that the site writes; no count of them all, no list of everything to choose from."""

    actions = None
    show_full_result_count = False
    list_per_page = 50


@admin.register(Booking)
class BookingAdmin(Rows):
    """Slots that somebody has or had."""

    list_display = ("tool_name", "place", "position", "time", "kind", "state", "price_paid", "page")
    list_filter = ("state", "kind", "surface")
    search_fields = ("=key", "=tool_slug", "=vendor", "=place")
    ordering = ("-created_at", "-id")

    @admin.display(description="Time", ordering="during")
    def time(self, row: Booking) -> str:
        """Return its first and last day."""
        return weeks_of(row.during)

    @admin.display(description="Price, without tax")
    def price_paid(self, row: Booking) -> str:
        """Return the price as people write it."""
        return money(row.price, row.currency)

    @admin.display(description="To do something")
    def page(self, row: Booking) -> SafeString:
        """Return a link to the page on which it is decided about."""
        return _link("featured:billing_booking", row.key)


@admin.register(Order)
class OrderAdmin(Rows):
    """What was bought, by whom."""

    list_display = ("key", "payer", "kind", "state", "paid_all", "created_at", "page")
    list_filter = ("state", "kind")
    search_fields = ("=key", "payer", "=session_id", "=payment_intent", "=customer_id", "=subscription_id")
    ordering = ("-created_at", "-id")

    @admin.display(description="Paid, with tax")
    def paid_all(self, row: Order) -> str:
        """Return what was paid as people write it."""
        return money(row.paid, row.currency)

    @admin.display(description="To do something")
    def page(self, row: Order) -> SafeString:
        """Return a link to the page on which it is decided about."""
        return _link("featured:billing_order", row.key)


@admin.register(LedgerEntry)
class LedgerEntryAdmin(Rows):
    """Money that moved."""

    list_display = ("at", "kind", "sum", "order", "stripe_id", "why")
    list_select_related = ("order",)
    list_filter = ("kind",)
    search_fields = ("=stripe_id", "=order__key")
    ordering = ("-at", "-id")

    @admin.display(description="Amount")
    def sum(self, row: LedgerEntry) -> str:
        """Return the amount as people write it."""
        return money(row.amount, row.currency)


@admin.register(Refund)
class RefundAdmin(Rows):
    """Money that goes back."""

    list_display = ("created_at", "sum", "why", "state", "order", "error", "page")
    list_select_related = ("order",)
    list_filter = ("state", "why")
    search_fields = ("=key", "=stripe_id", "=payment", "=order__key")
    ordering = ("-created_at", "-id")

    @admin.display(description="Amount")
    def sum(self, row: Refund) -> str:
        """Return the amount as people write it."""
        return money(row.amount, row.currency)

    @admin.display(description="To do something")
    def page(self, row: Refund) -> SafeString:
        """Return a link to the page on which it is decided about."""
        return _link("featured:billing_refund", row.key)


@admin.register(Dispute)
class DisputeAdmin(Rows):
    """Payments that banks took back, or want to."""

    list_display = ("opened_at", "stripe_id", "status", "reason", "answer_by", "order", "page")
    list_select_related = ("order",)
    search_fields = ("=stripe_id", "=order__key")
    ordering = ("-opened_at", "-id")

    @admin.display(description="Its evidence")
    def page(self, row: Dispute) -> SafeString:
        """Return a link to the page that is printed for the bank."""
        return _link("featured:billing_dispute", row.pk)


@admin.register(WebhookEvent)
class WebhookEventAdmin(Rows):
    """What Stripe told us."""

    list_display = ("event_id", "type", "about", "received_at", "applied_at", "attempts", "error")
    list_filter = (("applied_at", admin.EmptyFieldListFilter),)
    search_fields = ("=event_id", "=about", "type__startswith")
    ordering = ("-received_at", "-event_id")


@admin.register(Waiting)
class WaitingAdmin(Rows):
    """Who waits for a slot."""

    list_display = ("created_at", "place", "week", "tool", "user", "state", "offered_until")
    list_select_related = ("tool", "user")
    list_filter = ("state", "surface")
    search_fields = ("=key", "=place", "=tool__slug")
    ordering = ("-created_at", "-id")


def _link(name: str, key: object) -> SafeString:
    return format_html('<a href="{}">Open</a>', reverse(name, args=[key]))
