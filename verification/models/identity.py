"""What sites were known by, and cases in which a person says whether it is still the same product."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models.functions import Now

from catalog.models import Tool
from verification.models.run import Run


class IdentityPrint(models.Model):
    """What a tool's site was known by in one run (verification/identity/drift.py). Written once, never changed."""

    tool = models.ForeignKey(Tool, models.CASCADE, related_name="identity_prints")
    run = models.ForeignKey(Run, models.SET_NULL, null=True, blank=True, related_name="+")
    data = models.JSONField()
    at = models.DateTimeField()
    baseline = models.BooleanField(default=False, help_text="what later runs are compared with")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tool"], condition=models.Q(baseline=True), name="identity_print_one_baseline"
            ),
        ]

    def __str__(self) -> str:
        return f"print {self.pk} of {self.tool_id}"


class DriftCase(models.Model):
    """A site that has moved so far that a person should look. The machine never answers."""

    class State(models.TextChoices):
        """What the person said, or a later look. open → one of the others, once."""

        OPEN = "open", "Open"
        SAME = "same_product", "Same product"
        OTHER = "other_product", "Another product"
        BACK = "back", "Back to what it was"
        LISTED = "listing_changed", "The listing has another home page"

    tool = models.ForeignKey(Tool, models.CASCADE, related_name="drift_cases")
    baseline = models.ForeignKey(IdentityPrint, models.CASCADE, related_name="+")
    print = models.ForeignKey(IdentityPrint, models.CASCADE, related_name="+")
    score = models.PositiveSmallIntegerField()
    signals = models.JSONField(help_text="[[sign, weight, sentence], …]")
    sentence = models.CharField(max_length=1_000)
    opened_at = models.DateTimeField(db_default=Now())
    state = models.CharField(max_length=20, choices=State.choices, default=State.OPEN)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tool"], condition=models.Q(state="open"), name="drift_case_one_open"),
            models.CheckConstraint(
                condition=models.Q(state="open", decided_at=None)
                | (~models.Q(state="open") & models.Q(decided_at__isnull=False)),
                name="drift_case_decided_at_agrees",
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=["open", "same_product", "other_product", "back", "listing_changed"]),
                name="drift_case_state_known",
            ),
        ]

    def __str__(self) -> str:
        return f"drift of {self.tool_id}: {self.state}"

    @property
    def looks(self) -> str:
        """Return what names the two looks of a case: who answers has seen these and no others."""
        return f"{self.baseline_id}-{self.print_id}"
