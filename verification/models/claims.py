"""What may be said of a tool, with its evidence, from when and until when; and the log of all that was decided."""

from __future__ import annotations

import datetime as dt
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from catalog.models import Tool
from verification.models.run import Run


class ClaimQuerySet(models.QuerySet["Claim"]):
    """Reading claims."""

    def holding(self, at: dt.datetime) -> Self:
        """Keep those that hold then as far as their dates go (`claims.services.holding` asks for more)."""
        return self.filter(ended_at=None, granted_at__lte=at, expires_at__gt=at)


class Claim(models.Model):
    """One thing that was seen of a tool. It ends by itself; a new look renews it. Ended ones stay as history."""

    class Kind(models.TextChoices):
        """What is claimed (verification/claims/kinds.py has what each needs and how long it holds)."""

        REACHABLE = "reachable", "Reachable"
        PROTOCOL = "protocol", "Protocol"
        SCANNED = "scanned", "Scanned"
        DOCUMENTED = "documented", "Documented"
        PRICING_SEEN = "pricing-seen", "Price seen"
        IDENTITY = "identity", "Identity"
        REVIEWED = "reviewed", "Reviewed"

    class Ended(models.TextChoices):
        """Why it ended."""

        LAPSED = "lapsed", "its time is over"
        CHANGED = "changed", "the listing it was proved for has changed"
        REFUTED = "refuted", "a later look saw otherwise"
        UNREACHABLE = "unreachable", "the tool was unreachable for too long"
        WITHDRAWN = "withdrawn", "a person withdrew it"

    tool = models.ForeignKey(Tool, models.CASCADE, related_name="claims")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    granted_at = models.DateTimeField()
    renewed_at = models.DateTimeField(help_text="the last look that supported it")
    expires_at = models.DateTimeField()
    bound = models.CharField(max_length=64, help_text="sha256 of what it was proved for; it ends when that changes")
    compared_at = models.DateTimeField(
        null=True, editable=False, help_text="as of which change of its tool `bound` was compared the last time"
    )
    sentence = models.CharField(max_length=600)
    receipt = models.JSONField(default=dict, help_text="what was proved, and by which steps")
    run = models.ForeignKey(Run, models.SET_NULL, null=True, blank=True, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    ended_at = models.DateTimeField(null=True, blank=True)
    ended = models.CharField(max_length=12, choices=Ended.choices, blank=True)

    objects = ClaimQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tool", "kind"], condition=Q(ended_at=None), name="claim_one_at_a_time"),
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("granted_at"), renewed_at__gte=F("granted_at")),
                name="claim_dates_agree",
            ),
            models.CheckConstraint(
                condition=Q(ended="", ended_at=None) | (~Q(ended="") & Q(ended_at__isnull=False)),
                name="claim_ended_agrees",
            ),
            models.CheckConstraint(
                condition=Q(
                    kind__in=["reachable", "protocol", "scanned", "documented", "pricing-seen", "identity", "reviewed"]
                ),
                name="claim_kind_known",
            ),
        ]
        indexes = [
            models.Index(fields=["expires_at"], condition=Q(ended_at=None), name="claim_expires"),
            models.Index(fields=["tool", "-granted_at", "-id"], name="claim_history"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} of {self.tool}"


class LogEntryQuerySet(models.QuerySet["LogEntry"]):
    """Reading the log, latest first."""

    def visible_to(self, user: Any) -> Self:
        """Keep what concerns no tool, or one that this user may see."""
        return self.filter(Q(tool=None, slug="") | Q(tool__in=Tool.objects.visible_to(user)))

    def newest_first(self) -> Self:
        """Order by time, latest first."""
        return self.order_by("-at", "-id")


class LogEntry(models.Model):
    """One decision of the verification, for everybody to read. Written once, never changed."""

    class Kind(models.TextChoices):
        """What was decided."""

        INCIDENT = "incident", "Incident"
        EFFECT = "effect", "Effect of an incident"
        CLAIM = "claim", "Claim"
        LEVEL = "level", "Level"
        HEALTH = "health", "Health"
        OWN_OUTAGE = "own-outage", "Our own outage"
        PERSON = "person", "Decision by a person"

    at = models.DateTimeField()
    kind = models.CharField(max_length=12, choices=Kind.choices)
    key = models.CharField(max_length=120, unique=True, help_text="what it is about: nothing is decided twice")
    tool = models.ForeignKey(Tool, models.SET_NULL, null=True, blank=True, related_name="+")
    slug = models.CharField(max_length=80, blank=True)
    run = models.ForeignKey(Run, models.SET_NULL, null=True, blank=True, related_name="+")
    sentence = models.CharField(max_length=1_000)
    written_at = models.DateTimeField(db_default=Now())

    objects = LogEntryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "log entries"
        indexes = [
            models.Index(fields=["-at", "-id"], name="log_entry_latest"),
            models.Index(fields=["tool", "-at", "-id"], name="log_entry_of_tool"),
        ]

    def __str__(self) -> str:
        return self.sentence[:80]
