"""The reading of a site from which a draft is prefilled: due work with its progress, as a row."""

from __future__ import annotations

from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from submissions.models.submission import Submission, new_key


class SubmissionLogo(models.Model):
    """The logo that a submission proposes, drawn anew already (catalog/logos.py)."""

    submission = models.OneToOneField(Submission, models.CASCADE, primary_key=True, related_name="logo")
    large = models.BinaryField(help_text="PNG, 256 pixels wide")
    small = models.BinaryField(help_text="PNG, 128 pixels wide")
    source = models.CharField(max_length=500, blank=True, help_text="where it was found; “” for an upload")
    set_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return f"logo of {self.submission_id}"


class PrefillQuerySet(models.QuerySet["Prefill"]):
    """Reading prefills."""

    def of(self, user: Any) -> Self:
        """Keep what this account asked for."""
        return self.filter(by=user) if user.is_authenticated else self.none()


class Prefill(models.Model):
    """One reading of a tool's site. Written only by submissions/flow/reading.py."""

    class State(models.TextChoices):
        """How far it is."""

        QUEUED = "queued", "Waiting for a worker"
        RUNNING = "running", "Reading"
        DONE = "done", "Read"
        FAILED = "failed", "Could not be read"
        SKIPPED = "skipped", "Not waited for"

    key = models.CharField(max_length=16, unique=True, default=new_key, editable=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    url = models.CharField(max_length=500)
    state = models.CharField(max_length=8, choices=State.choices, default=State.QUEUED)
    progress = models.JSONField(default=list, blank=True, help_text="what it does, as sentences, the latest last")
    found = models.JSONField(default=dict, blank=True, help_text="what was found beside the record: Prefilled")
    error = models.CharField(max_length=500, blank=True)
    tries = models.PositiveSmallIntegerField(default=0)
    lease_until = models.DateTimeField(null=True, blank=True, help_text="until then a worker has it")
    created_at = models.DateTimeField(db_default=Now())
    finished_at = models.DateTimeField(null=True, blank=True)
    submission = models.ForeignKey(Submission, models.SET_NULL, null=True, blank=True, related_name="+")

    objects = PrefillQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["queued", "running", "done", "failed", "skipped"]), name="prefill_state_known"
            ),
        ]
        indexes = [
            models.Index(fields=["created_at", "id"], condition=Q(state__in=["queued", "running"]), name="prefill_due")
        ]

    def __str__(self) -> str:
        return f"{self.url}: {self.state}"
