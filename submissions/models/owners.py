"""What owners of a tool do beside submitting: hand it over, and answer in public what was seen against it."""

from __future__ import annotations

import datetime as dt
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from catalog.models import Tool
from submissions.models.submission import new_key
from verification.models import Incident, StepResult

ACCOUNT = settings.AUTH_USER_MODEL


class HandoverQuerySet(models.QuerySet["Handover"]):
    """Reading handovers."""

    def visible_to(self, user: Any) -> Self:
        """Keep those that this account began or took up."""
        return self.filter(Q(giver=user) | Q(taker=user)) if user.is_authenticated else self.none()

    def open(self, at: dt.datetime) -> Self:
        """Keep those that may still come to an end at `at`."""
        return self.filter(ended_at=None, expires_at__gt=at)


class Handover(models.Model):
    """An owner's wish that somebody else owns a tool. A proof is never handed over: the other proves the name."""

    class Ended(models.TextChoices):
        """How it ended."""

        DONE = "done", "handed over"
        CANCELLED = "cancelled", "taken back"
        DECLINED = "declined", "declined"

    key = models.CharField(max_length=16, unique=True, default=new_key, editable=False)
    tool = models.ForeignKey(Tool, models.CASCADE, related_name="handovers")
    giver = models.ForeignKey(ACCOUNT, models.CASCADE, related_name="+")
    email = models.EmailField(help_text="where the link went")
    token_hash = models.CharField(max_length=64, blank=True, help_text="sha256 of the link's secret; “” once used")
    begun_at = models.DateTimeField(db_default=Now())
    expires_at = models.DateTimeField()
    taker = models.ForeignKey(ACCOUNT, models.CASCADE, null=True, blank=True, related_name="+")
    taken_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended = models.CharField(max_length=12, choices=Ended.choices, blank=True)

    objects = HandoverQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tool", "giver"], condition=Q(ended_at=None), name="handover_one_open"),
            models.UniqueConstraint(fields=["token_hash"], condition=~Q(token_hash=""), name="handover_link_once"),
            models.CheckConstraint(
                condition=Q(taken_at=None, taker=None) | Q(taken_at__isnull=False), name="handover_taken_has_its_time"
            ),
            models.CheckConstraint(
                condition=Q(ended="", ended_at=None) | (~Q(ended="") & Q(ended_at__isnull=False)),
                name="handover_ended_agrees",
            ),
        ]

    def __str__(self) -> str:
        return f"handover of {self.tool_id}"


class ReplyQuerySet(models.QuerySet["Reply"]):
    """Reading replies."""

    def shown(self) -> Self:
        """Keep those that stand, the latest first."""
        return self.filter(ended_at=None).order_by("-at", "-id")


class Reply(models.Model):
    """A sentence of who speaks for a tool, about an incident or a negative verdict; shown beside it as their words."""

    tool = models.ForeignKey(Tool, models.CASCADE, related_name="replies")
    incident = models.ForeignKey(Incident, models.CASCADE, null=True, blank=True, related_name="replies")
    result = models.ForeignKey(StepResult, models.CASCADE, null=True, blank=True, related_name="replies")
    text = models.TextField(max_length=600)
    by = models.ForeignKey(ACCOUNT, models.SET_NULL, null=True, blank=True, related_name="+")
    at = models.DateTimeField(db_default=Now())
    ended_at = models.DateTimeField(null=True, blank=True, help_text="taken back, or replaced by a later one")

    objects = ReplyQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "replies"
        constraints = [
            models.CheckConstraint(
                condition=Q(incident__isnull=False, result=None) | Q(incident=None, result__isnull=False),
                name="reply_is_about_one_thing",
            ),
            models.UniqueConstraint(fields=["incident"], condition=Q(ended_at=None), name="reply_one_for_an_incident"),
            models.UniqueConstraint(fields=["result"], condition=Q(ended_at=None), name="reply_one_for_a_verdict"),
        ]
        indexes = [models.Index(fields=["tool", "-at", "-id"], condition=Q(ended_at=None), name="reply_of_tool")]

    def __str__(self) -> str:
        return self.text[:80]

    @property
    def about(self) -> str:
        """What it answers, in words; reads the incident's address or the step."""
        if self.incident is not None:
            return f"the incident of {self.incident.began_at:%Y-%m-%d} at {self.incident.endpoint.subject}"
        assert self.result is not None
        return f"“{self.result.key}: {self.result.code}” in run {self.result.run_id}"
