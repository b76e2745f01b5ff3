"""What Stripe told us, as it came: first stored, then applied by a worker."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now


class WebhookEvent(models.Model):
    """An event whose signature was right. Its body only says what to ask Stripe about; it is no truth of its own."""

    event_id = models.CharField(max_length=120, primary_key=True)
    type = models.CharField(max_length=80)
    about = models.CharField(max_length=120, blank=True, help_text="the id of the object it tells of")
    body = models.JSONField(default=dict, help_text="the ids in it; no names, no addresses")
    created_at = models.DateTimeField(help_text="as Stripe says")
    received_at = models.DateTimeField(db_default=Now())
    due_at = models.DateTimeField(db_default=Now(), help_text="when it is applied, or tried again")
    attempts = models.PositiveSmallIntegerField(default=0)
    applied_at = models.DateTimeField(null=True, blank=True)
    error = models.CharField(max_length=300, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["due_at", "event_id"], condition=Q(applied_at=None), name="webhook_due"),
            models.Index(fields=["-received_at", "-event_id"], name="webhook_latest"),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.event_id}"
