"""Webhooks: where somebody wants to be told of changes, what is to be sent there, and each try."""

from __future__ import annotations

import secrets
from typing import Any, Self
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now


def new_key() -> str:
    """Return 128 random bits as 22 characters that fit into an address."""
    return secrets.token_urlsafe(16)


class WebhookEndpointQuerySet(models.QuerySet["WebhookEndpoint"]):
    """Reading endpoints."""

    def visible_to(self, user: Any) -> Self:
        """Keep one's own."""
        return self.filter(account=user.pk) if user is not None and user.is_authenticated else self.none()


class WebhookEndpoint(models.Model):
    """An address that is told of changes. Written by `api.hooks` only.

    `position` is the last serial of the change log that it was looked through for. `busy_until`: a worker is sending
    something there, so that no other does and the order stays. `slow`: its last answer took seconds. What of the change
    log was passed over, because it was disabled or too far behind, stands in `left_out_…`.
    """

    class State(models.TextChoices):
        """Whether it is told."""

        ACTIVE = "active", "Active"
        PAUSED = "paused", "Paused"
        DISABLED = "disabled", "Disabled"

    class Only(models.TextChoices):
        """Which tools it is told of."""

        ALL = "all", "All tools"
        KEPT = "kept", "Tools that I saved or put on a list"
        TOOLS = "tools", "These tools"

    account = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="webhooks")
    key = models.CharField(max_length=22, unique=True, default=new_key, editable=False)
    url = models.CharField(max_length=2_048)
    description = models.CharField(max_length=200, blank=True)
    types = ArrayField(models.CharField(max_length=40))
    only = models.CharField(max_length=10, choices=Only.choices, default=Only.ALL)
    slugs = ArrayField(models.CharField(max_length=80), default=list, blank=True)
    secret = models.BinaryField(editable=False, help_text="sealed (core/sealed.py)")
    previous_secret = models.BinaryField(null=True, editable=False, help_text="sealed; signs too until previous_until")
    previous_until = models.DateTimeField(null=True, blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.ACTIVE)
    reason = models.CharField(max_length=400, blank=True, help_text="why it is disabled")
    disabled_at = models.DateTimeField(null=True, blank=True)
    position = models.BigIntegerField()
    busy_until = models.DateTimeField(null=True, blank=True)
    failing_since = models.DateTimeField(null=True, blank=True, help_text="nothing was taken since")
    slow = models.BooleanField(default=False)
    left_out_from = models.BigIntegerField(null=True, blank=True, help_text="not told of what comes after this serial")
    left_out_to = models.BigIntegerField(null=True, blank=True, help_text="up to this one")
    left_out_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(db_default=Now())

    objects = WebhookEndpointQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state="disabled", disabled_at__isnull=False)
                | (~Q(state="disabled") & Q(disabled_at__isnull=True)),
                name="webhook_disabled_when",
            ),
            models.CheckConstraint(
                condition=Q(previous_secret__isnull=True, previous_until__isnull=True)
                | Q(previous_secret__isnull=False, previous_until__isnull=False),
                name="webhook_previous_until",
            ),
            models.CheckConstraint(condition=Q(slugs__len__lte=100), name="webhook_few_slugs"),
            models.CheckConstraint(
                condition=Q(left_out_from__isnull=True, left_out_to__isnull=True, left_out_at__isnull=True)
                | Q(left_out_from__isnull=False, left_out_to__isnull=False, left_out_at__isnull=False),
                name="webhook_left_out_whole",
            ),
        ]
        indexes = [
            models.Index(fields=["account", "-created_at", "-id"], name="webhook_of_account"),
            models.Index(fields=["position"], name="webhook_behind", condition=Q(state="active")),
        ]

    def __str__(self) -> str:
        return self.description or f"Webhook to {urlsplit(self.url).hostname}"


class WebhookDelivery(models.Model):
    """One event for one endpoint: the very bytes that are sent, at each try the same."""

    class State(models.TextChoices):
        """Where it is; the last three are final, until it is sent again by hand."""

        DUE = "due", "Waiting"
        DELIVERED = "delivered", "Delivered"
        FAILED = "failed", "Failed"
        CANCELLED = "cancelled", "Not sent"

    endpoint = models.ForeignKey(WebhookEndpoint, models.CASCADE, related_name="deliveries")
    event_id = models.CharField(max_length=64, help_text="the webhook-id, by which a receiver knows what it had")
    type = models.CharField(max_length=40)
    serial = models.BigIntegerField(null=True, blank=True, help_text="of the change; none of a test")
    body = models.BinaryField(editable=False)
    of_kept = models.BooleanField(default=False, help_text="made while it was told of kept tools: which, is private")
    state = models.CharField(max_length=10, choices=State.choices, default=State.DUE)
    attempts = models.PositiveIntegerField(default=0)
    due_at = models.DateTimeField(db_default=Now())
    lease_until = models.DateTimeField(null=True, blank=True)
    status = models.PositiveIntegerField(null=True, blank=True, help_text="of the last answer")
    error = models.CharField(max_length=400, blank=True, help_text="what went wrong last")
    took_ms = models.PositiveIntegerField(null=True, blank=True)
    created_at = models.DateTimeField(db_default=Now())
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "webhook deliveries"
        constraints = [
            models.UniqueConstraint(fields=["endpoint", "event_id"], name="webhook_event_once"),
            models.CheckConstraint(
                condition=Q(state="due", ended_at__isnull=True)
                | (~Q(state="due") & Q(ended_at__isnull=False, lease_until__isnull=True)),
                name="webhook_ended_when_final",
            ),
        ]
        indexes = [
            models.Index(fields=["endpoint", "due_at", "id"], name="webhook_delivery_due", condition=Q(state="due")),
            models.Index(fields=["endpoint", "-id"], name="webhook_deliveries_latest"),
            models.Index(fields=["created_at"], name="webhook_delivery_old"),
        ]

    def __str__(self) -> str:
        return f"{self.event_id} ({self.state})"


class WebhookAttempt(models.Model):
    """One try: written before anything is sent, ended once by what came of it. The database refuses other changes.

    One without an end is being made, or was cut off when its worker was killed.
    """

    delivery = models.ForeignKey(WebhookDelivery, models.CASCADE, related_name="tries")
    number = models.PositiveIntegerField()
    at = models.DateTimeField(db_default=Now())
    status = models.PositiveIntegerField(null=True, blank=True)
    error = models.CharField(max_length=400, blank=True)
    took_ms = models.PositiveIntegerField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["delivery", "number"], name="webhook_attempt_once")]
        indexes = [models.Index(fields=["at"], name="webhook_attempt_old")]

    def __str__(self) -> str:
        return f"try {self.number} of {self.delivery_id}"
