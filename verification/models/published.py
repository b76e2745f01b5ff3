"""Facts that a vendor publishes and that nobody has decided on, or somebody has."""

from __future__ import annotations

import hashlib
import json

from django.conf import settings
from django.db import models
from django.db.models.functions import MD5, Cast, Now

from catalog.models import Tool


class ProposedFact(models.Model):
    """A value that one source of a vendor states for one field of a listing (docs/published.md)."""

    class State(models.TextChoices):
        """What became of it. open → accepted, rejected or superseded; none of these changes any more."""

        OPEN = "open", "Open"
        ACCEPTED = "accepted", "Accepted"
        REJECTED = "rejected", "Rejected"
        SUPERSEDED = "superseded", "Superseded"

    tool = models.ForeignKey(Tool, models.CASCADE, related_name="proposed_facts")
    field = models.CharField(max_length=30)
    value = models.JSONField()
    current = models.JSONField(null=True, help_text="what the listing said when it was proposed")
    source_kind = models.CharField(max_length=20)
    source_url = models.URLField(max_length=500)
    quote = models.CharField(max_length=300)
    flags = models.JSONField(default=list, blank=True)
    evidence = models.CharField(max_length=64, blank=True, help_text="sha256 of the body it was read from")
    seen_at = models.DateTimeField()
    first_seen_at = models.DateTimeField(db_default=Now())
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "tool",
                "field",
                "source_kind",
                MD5(Cast("value", models.TextField())),  # of any length; an index over the value itself has a limit
                condition=models.Q(state="open"),
                name="proposed_fact_open_once",
            ),
            models.CheckConstraint(
                condition=models.Q(state="open", decided_at=None)
                | (~models.Q(state="open") & models.Q(decided_at__isnull=False)),
                name="proposed_fact_decided_at_agrees",
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=["open", "accepted", "rejected", "superseded"]),
                name="proposed_fact_state_known",
            ),
        ]
        indexes = [models.Index(fields=["tool", "field", "id"], condition=models.Q(state="open"), name="proposed_open")]

    def __str__(self) -> str:
        return f"{self.field} of {self.tool_id} by {self.source_kind}"

    @property
    def change(self) -> str:
        """Return what names the change that a row would make: who accepts has seen this one and no other."""
        return hashlib.sha256(json.dumps([self.current, self.value], sort_keys=True).encode()).hexdigest()
