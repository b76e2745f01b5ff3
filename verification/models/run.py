"""A run of the verification: the run, the work of its steps, and what they said."""

from __future__ import annotations

import datetime as dt
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Now
from django.urls import reverse

from catalog.models import Tool
from verification.verdicts import Verdict


class RunQuerySet(models.QuerySet["Run"]):
    """Reading runs, latest first."""

    def visible_to(self, user: Any) -> Self:
        """Keep the runs of tools that this user may see."""
        return self.filter(tool__in=Tool.objects.visible_to(user))

    def newest_first(self) -> Self:
        """Order by when they were begun, latest first."""
        return self.order_by("-created_at", "-id")

    def full(self) -> Self:
        """Keep the runs of all steps, not the light ones of endpoints only."""
        return self.filter(light=False)

    def finished(self) -> Self:
        """Keep those that have ended."""
        return self.filter(state=Run.State.FINISHED)


class Run(models.Model):
    """One verification of one listing as it stood."""

    class State(models.TextChoices):
        """Where a run stands."""

        RUNNING = "running", "Running"
        FINISHED = "finished", "Finished"

    class Trigger(models.TextChoices):
        """Why it was begun."""

        STAFF = "staff", "by our staff"
        OWNER = "owner", "by its owner"
        SCHEDULE = "schedule", "by schedule"
        COMMAND = "command", "from the command line"

    tool = models.ForeignKey(Tool, models.CASCADE, related_name="runs")
    trigger = models.CharField(max_length=10, choices=Trigger.choices)
    light = models.BooleanField(default=False, help_text="declared endpoints only")
    state = models.CharField(max_length=10, choices=State.choices, default=State.RUNNING)
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    fingerprint = models.CharField(max_length=64, help_text="sha256 of the listing that is verified")
    checker = models.CharField(max_length=20, help_text="version of our steps")
    vantage = models.CharField(max_length=40, default="default", help_text="where we asked from")
    created_at = models.DateTimeField(db_default=Now())
    deadline = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)
    announced_at = models.DateTimeField(null=True, blank=True, help_text="when those who wait for its end were told")
    counts = models.JSONField(default=dict, help_text="results by verdict, once it has finished")

    objects = RunQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state="finished", finished_at__isnull=False)
                | models.Q(state="running", finished_at__isnull=True),
                name="run_finished_at_agrees",
            ),
            # "Verify now" twice, two beats: one run at a time for each tool and kind
            models.UniqueConstraint(
                fields=["tool", "light"], condition=models.Q(state="running"), name="run_one_at_a_time"
            ),
        ]
        indexes = [
            models.Index(fields=["tool", "-created_at", "-id"], name="run_latest_of_tool"),
            models.Index(fields=["deadline"], condition=models.Q(state="running"), name="run_overdue"),
            models.Index(
                fields=["finished_at"], condition=models.Q(state="finished", announced_at=None), name="run_untold"
            ),
        ]

    def __str__(self) -> str:
        return f"run {self.pk} of {self.tool_id}"

    def get_absolute_url(self) -> str:
        """Return the path of its evidence page."""
        return reverse("verification:run", args=[self.tool.slug, self.pk])

    def was_told_late(self) -> bool:
        """Say whether a later full run of the tool is known already: what this one saw is older news. One statement."""
        later = Run.objects.full().finished().filter(tool=self.tool_id, finished_at__gt=self.finished_at)
        return later.exclude(announced_at=None).exists()


class RunStep(models.Model):
    """The work of one step: the row is the truth, a message to a worker only a hint (docs/verification.md)."""

    class State(models.TextChoices):
        """Where it stands. waiting → queued → running → done; running → queued when it is lost or tried again."""

        WAITING = "waiting", "Waiting for another step"
        QUEUED = "queued", "Queued"
        RUNNING = "running", "Running"
        DONE = "done", "Done"

    run = models.ForeignKey(Run, models.CASCADE, related_name="steps")
    position = models.PositiveSmallIntegerField()
    key = models.CharField(max_length=40)
    subject = models.CharField(max_length=600, blank=True)
    domain = models.CharField(max_length=255, blank=True, help_text="registrable domain it asks, “” for none")
    state = models.CharField(max_length=10, choices=State.choices)
    priority = models.PositiveSmallIntegerField(default=0, help_text="lower goes first")
    not_before = models.DateTimeField(db_default=Now())
    lease_until = models.DateTimeField(null=True, blank=True)
    attempt = models.PositiveIntegerField(default=0, help_text="the fence: only the last claim may write")
    losses = models.PositiveSmallIntegerField(default=0, help_text="leases that ran out")
    tries = models.PositiveSmallIntegerField(default=0, help_text="soft fails that are being confirmed")
    tried = models.JSONField(default=list, help_text="what these tries saw; goes to the result")
    note = models.CharField(max_length=400, blank=True, help_text="why it waits, for people")
    claimed_at: dt.datetime | None = None  # by the database's clock; known to the worker that claimed it

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["run", "key", "subject"], name="run_step_once"),
            # one request in flight for each registrable domain, whatever else goes wrong
            models.UniqueConstraint(
                fields=["domain"],
                condition=models.Q(state="running") & ~models.Q(domain=""),
                name="run_step_domain_in_flight",
            ),
            models.CheckConstraint(
                condition=models.Q(state="running", lease_until__isnull=False)
                | (~models.Q(state="running") & models.Q(lease_until__isnull=True)),
                name="run_step_lease_agrees",
            ),
        ]
        indexes = [
            models.Index(
                fields=["priority", "not_before", "id"], condition=models.Q(state="queued"), name="run_step_due"
            ),
            models.Index(fields=["lease_until"], condition=models.Q(state="running"), name="run_step_lease"),
        ]

    def __str__(self) -> str:
        return f"{self.key} {self.subject}".strip()


class StepResult(models.Model):
    """What a step said. Written once, never changed."""

    run = models.ForeignKey(Run, models.CASCADE, related_name="results")
    step = models.OneToOneField(RunStep, models.CASCADE, related_name="result")  # unique: no effect twice
    key = models.CharField(max_length=40)
    subject = models.CharField(max_length=600, blank=True)
    verdict = models.CharField(max_length=12, choices=Verdict.choices)
    code = models.CharField(max_length=60)
    sentence = models.CharField(max_length=1_000)
    soft = models.BooleanField(default=False)
    detail = models.JSONField(default=dict)
    exchanges = models.JSONField(default=list, help_text="what was sent and received (verification/evidence.py)")
    requests = models.PositiveSmallIntegerField(default=0, help_text="of all tries")
    attempt = models.PositiveIntegerField()
    tries = models.PositiveSmallIntegerField(default=0)
    tries_before = models.JSONField(default=list, help_text="soft fails before this, with their exchanges")
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(db_default=Now())
    shared_from = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(verdict__in=Verdict.values), name="step_result_verdict_known"),
        ]
        indexes = [
            models.Index(fields=["key", "subject", "-id"], name="step_result_of_subject"),
            models.Index(
                KeyTextTransform("tools_hash", "detail"),
                condition=models.Q(key="mcp_tools"),
                name="step_result_tools_hash",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.key}: {self.verdict} {self.code}"
