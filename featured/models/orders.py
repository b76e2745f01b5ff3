"""An order, the money that came and went for it, refunds that are on their way, and disputes."""

from __future__ import annotations

from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.urls import reverse

from featured.models.keys import new_key


class OrderState(models.TextChoices):
    """Where an order stands. What was paid and given back are rows of the ledger, not this word."""

    OPEN = "open", "Waits for payment"
    PAID = "paid", "Paid"
    EXPIRED = "expired", "Not paid"
    REFUNDED = "refunded", "Refunded"  # all of it; a part leaves it paid


class OrderQuerySet(models.QuerySet["Order"]):
    """Reading orders; every ordering ends in the key of the row."""

    def visible_to(self, user: Any) -> Self:
        """Keep what this user may see: their own, and for staff with the right all. Nothing for visitors."""
        if user is None or not user.is_authenticated or not user.is_active:
            return self.none()
        return self if user.has_perm("featured.view_order") else self.filter(buyer=user)

    def latest_first(self) -> Self:
        """Order by when they were made, latest first."""
        return self.order_by("-created_at", "-id")


class Order(models.Model):
    """What somebody buys: some weeks at once, or a week after the other by subscription. The price is a snapshot."""

    class Kind(models.TextChoices):
        """How it is paid."""

        ONCE = "once", "Once"
        WEEKLY = "weekly", "Every week"

    key = models.CharField(max_length=16, unique=True, default=new_key, editable=False)
    kind = models.CharField(max_length=6, choices=Kind.choices, default=Kind.ONCE)
    buyer = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="orders")
    payer = models.CharField(max_length=200, help_text="legal name, which cards and the ledger show")
    state = models.CharField(max_length=8, choices=OrderState.choices, default=OrderState.OPEN)
    lookup_key = models.CharField(max_length=60, help_text="of the price at Stripe")
    unit_price = models.PositiveIntegerField(help_text="of a week when it was ordered, in minor units, without tax")
    weeks = models.PositiveSmallIntegerField(help_text="as ordered; a subscription begins with one")
    currency = models.CharField(max_length=3)
    may_move = models.BooleanField(default=False, help_text="to another position or week, if this one is gone")
    agreed_at = models.DateTimeField(help_text="when the buyer agreed to the terms")
    # What is said to Stripe must be the same when it is said again: keys and times are stored before the first call.
    attempt = models.PositiveSmallIntegerField(default=1, help_text="the session of this order that is open")
    expires_at = models.DateTimeField(help_text="when that session ends")
    session_id = models.CharField(max_length=120, blank=True)
    session_url = models.TextField(blank=True)
    payment_intent = models.CharField(max_length=120, blank=True)
    customer_id = models.CharField(max_length=120, blank=True)
    subscription_id = models.CharField(max_length=120, blank=True)
    subscription_state = models.CharField(max_length=20, blank=True, help_text="as Stripe says: active, past_due …")
    paid = models.PositiveIntegerField(default=0, help_text="with tax, in minor units, all payments together")
    tax = models.PositiveIntegerField(default=0)
    receipt_url = models.TextField(blank=True)
    created_at = models.DateTimeField(db_default=Now())
    paid_at = models.DateTimeField(null=True, blank=True)
    looked_at = models.DateTimeField(null=True, blank=True, help_text="when Stripe was last asked about it")

    objects = OrderQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(state__in=OrderState.values), name="order_state_known"),
            models.CheckConstraint(condition=Q(kind__in=["once", "weekly"]), name="order_kind_known"),
            models.CheckConstraint(condition=Q(weeks__gte=1), name="order_of_a_week_at_least"),
            models.CheckConstraint(
                condition=~Q(state__in=["paid", "refunded"]) | Q(paid_at__isnull=False), name="order_paid_has_its_time"
            ),
            models.CheckConstraint(condition=Q(tax__lte=F("paid")), name="order_tax_is_part_of_it"),
            *(
                models.UniqueConstraint(fields=[name], condition=~Q(**{name: ""}), name=f"order_{name}_once")
                for name in ("session_id", "payment_intent", "subscription_id")
            ),
        ]
        indexes = [
            models.Index(fields=["buyer", "-created_at", "-id"], name="order_of_buyer"),
            models.Index(fields=["-created_at", "-id"], name="order_latest"),
            models.Index(fields=["looked_at"], condition=Q(state="open"), name="order_open"),
        ]

    def __str__(self) -> str:
        return f"order {self.key}"

    def get_absolute_url(self) -> str:
        """Return the path of its page for who ordered it."""
        return reverse("featured:order", args=[self.key])

    @property
    def session_key(self) -> str:
        """What Stripe tells a repeated call by (Idempotency-Key)."""
        return f"co:{self.key}:{self.attempt}"


class LedgerEntry(models.Model):
    """Money that moved: append-only (a trigger refuses changes). What moved twice at Stripe is two entries, no more."""

    class Kind(models.TextChoices):
        """Why it moved."""

        PAYMENT = "payment", "Payment"
        REFUND = "refund", "Refund"
        REFUND_FAILED = "refund_failed", "Refund came back"
        DISPUTE = "dispute", "Taken back by the bank"
        DISPUTE_WON = "dispute_won", "Given again by the bank"

    order = models.ForeignKey(Order, models.PROTECT, related_name="entries")
    booking = models.ForeignKey("featured.Booking", models.PROTECT, null=True, blank=True, related_name="entries")
    kind = models.CharField(max_length=13, choices=Kind.choices)
    amount = models.IntegerField(help_text="in minor units; what leaves us is negative")
    currency = models.CharField(max_length=3)
    stripe_id = models.CharField(max_length=120, help_text="of the payment, refund, dispute or invoice at Stripe")
    why = models.CharField(max_length=300, blank=True)
    at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name_plural = "ledger entries"
        constraints = [
            models.UniqueConstraint(fields=["kind", "stripe_id"], name="ledger_once"),
            models.CheckConstraint(
                condition=Q(kind__in=["payment", "refund_failed", "dispute_won"], amount__gte=0)
                | Q(kind__in=["refund", "dispute"], amount__lte=0),
                name="ledger_sign_fits",
            ),
        ]
        indexes = [
            models.Index(fields=["-at", "-id"], name="ledger_latest"),
            models.Index(fields=["order", "at", "id"], name="ledger_of_order"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.amount} {self.currency}"


class Refund(models.Model):
    """Money that has to go back, from the wish to the bank's answer. Sent by a worker, by its own key, once."""

    class State(models.TextChoices):
        """Where it stands."""

        TO_APPROVE = "to_approve", "Waits for a second person"
        DUE = "due", "To be sent"
        SENT = "sent", "On its way"
        DONE = "done", "Paid back"
        FAILED = "failed", "Failed"
        REFUSED = "refused", "Not approved"

    class Why(models.TextChoices):
        """What it is for."""

        CANCELLED = "cancelled", "Cancelled by the buyer"
        PAUSED = "paused", "Time in which the card was paused"
        SLOT_GONE = "slot_gone", "Paid after the slot was sold to somebody else"
        TWICE = "twice", "Paid twice"
        TAKEN_DOWN = "taken_down", "The tool was taken down"
        GOODWILL = "goodwill", "Decided by staff"

    key = models.CharField(max_length=16, unique=True, default=new_key, editable=False)
    order = models.ForeignKey(Order, models.PROTECT, related_name="refunds")
    booking = models.ForeignKey("featured.Booking", models.PROTECT, null=True, blank=True, related_name="refunds")
    payment = models.CharField(max_length=120, help_text="the payment intent that it goes back on")
    amount = models.PositiveIntegerField(help_text="in minor units, with tax")
    currency = models.CharField(max_length=3)
    why = models.CharField(max_length=10, choices=Why.choices)
    sentence = models.CharField(max_length=300, blank=True, help_text="for who paid")
    state = models.CharField(max_length=10, choices=State.choices, default=State.DUE)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    approved_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    stripe_id = models.CharField(max_length=120, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField(db_default=Now(), help_text="when it is sent, or tried again")
    error = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(db_default=Now())
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["to_approve", "due", "sent", "done", "failed", "refused"]),
                name="refund_state_known",
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="refund_of_something"),
            models.CheckConstraint(
                condition=Q(approved_by=None) | Q(asked_by=None) | ~Q(approved_by=F("asked_by")),
                name="refund_approved_by_another",
            ),
            models.UniqueConstraint(fields=["stripe_id"], condition=~Q(stripe_id=""), name="refund_stripe_id_once"),
            # one refund of a kind for a booking: a task that runs twice asks for the money once
            models.UniqueConstraint(
                fields=["booking", "why"],
                condition=Q(why__in=["cancelled", "paused", "taken_down"]),
                name="refund_of_a_kind_once",
            ),
            models.UniqueConstraint(
                fields=["payment"], condition=Q(why__in=["slot_gone", "twice"]), name="refund_of_a_payment_once"
            ),
        ]
        indexes = [
            models.Index(fields=["due_at", "id"], condition=Q(state="due"), name="refund_due"),
            models.Index(fields=["order", "created_at", "id"], name="refund_of_order"),
        ]

    def __str__(self) -> str:
        return f"refund {self.key}"


class Dispute(models.Model):
    """A payment that its payer asked the bank to take back; written from what Stripe says of it."""

    order = models.ForeignKey(Order, models.PROTECT, related_name="disputes")
    stripe_id = models.CharField(max_length=120, unique=True)
    amount = models.PositiveIntegerField()
    currency = models.CharField(max_length=3)
    reason = models.CharField(max_length=60, blank=True)
    status = models.CharField(max_length=40, help_text="as Stripe says: needs_response, under_review, won, lost …")
    answer_by = models.DateTimeField(null=True, blank=True)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["-opened_at", "-id"], name="dispute_latest")]

    def __str__(self) -> str:
        return self.stripe_id
