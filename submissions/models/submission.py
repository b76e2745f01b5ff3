"""A submission, the versions of it that were sent, and every move it made."""

from __future__ import annotations

import secrets
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.urls import reverse

from catalog.models import Tool
from verification.models import Run


def new_key() -> str:
    """Return 96 random bits as 16 characters that fit into an address."""
    return secrets.token_urlsafe(12)


class State(models.TextChoices):
    """Where a submission stands. Which moves there are: submissions/transitions.py."""

    DRAFT = "draft", "Draft"
    SUBMITTED = "submitted", "Sent"
    CHECKING = "checking", "Being checked"
    CHANGES_REQUESTED = "changes_requested", "Changes asked for"
    IN_REVIEW = "in_review", "In review"
    APPROVED = "approved", "Approved"
    PUBLISHED = "published", "Published"
    WITHDRAWN = "withdrawn", "Withdrawn"
    REJECTED = "rejected", "Rejected"
    SUSPENDED = "suspended", "Suspended"
    ARCHIVED = "archived", "Archived"


OPEN = (State.DRAFT, State.SUBMITTED, State.CHECKING, State.CHANGES_REQUESTED, State.IN_REVIEW, State.APPROVED)
WITH_THE_SUBMITTER = (State.DRAFT, State.CHANGES_REQUESTED)


class SubmissionQuerySet(models.QuerySet["Submission"]):
    """Reading submissions; every ordering ends in the key of the row."""

    def visible_to(self, user: Any) -> Self:
        """Keep what this user may see: their own, and for reviewers what was sent. Nothing for visitors."""
        if user is None or not user.is_authenticated or not user.is_active:
            return self.none()
        if user.has_perm("submissions.view_submission"):
            return self.filter(Q(submitter=user) | Q(submitted_at__isnull=False))
        return self.filter(submitter=user)

    def of(self, user: Any) -> Self:
        """Keep what this user handed in, or is still writing."""
        return self.filter(submitter=user) if user.is_authenticated else self.none()

    def waiting(self) -> Self:
        """Keep what waits for a reviewer, in the order of the queue: the riskiest first, then the longest waiting."""
        return self.filter(state=State.IN_REVIEW).order_by("-risk", "state_since", "id")

    def latest_first(self) -> Self:
        """Order by the last change, latest first."""
        return self.order_by("-changed_at", "-id")


class Submission(models.Model):
    """A tool, or a change of a listed one, on its way into the catalog. Written only by submissions/services.py."""

    class Kind(models.TextChoices):
        """What it is about."""

        NEW = "new", "New tool"
        CHANGE = "change", "Change of a listed tool"

    key = models.CharField(max_length=16, unique=True, default=new_key, editable=False)
    kind = models.CharField(max_length=6, choices=Kind.choices, default=Kind.NEW)
    submitter = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="submissions"
    )
    tool = models.ForeignKey(Tool, models.SET_NULL, null=True, blank=True, related_name="submissions")
    shadow = models.OneToOneField(
        Tool, models.SET_NULL, null=True, blank=True, related_name="drafted_for", help_text="what its runs check"
    )
    state = models.CharField(max_length=20, choices=State.choices, default=State.DRAFT)
    state_since = models.DateTimeField(db_default=Now())
    # as in catalog/records.py, maybe not complete yet; `base` is the record that a change began with
    record = models.JSONField(default=dict)
    base = models.JSONField(default=dict, blank=True)
    sources = models.JSONField(default=dict, blank=True, help_text="by field: who says it, where, when")
    name = models.CharField(max_length=100, blank=True)
    domain = models.CharField(max_length=255, blank=True, help_text="registrable domain of its home page")
    version = models.PositiveIntegerField(default=0, help_text="of the draft: another tab's older form is refused")
    saved_by = models.JSONField(default=dict, blank=True, help_text="by step: the window that saved it last")
    by_owner = models.BooleanField(default=False, help_text="its submitter spoke for the tool when it was sent")
    risk = models.PositiveSmallIntegerField(default=0)
    risks = models.JSONField(default=list, blank=True, help_text="why, as sentences")
    needs_second = models.BooleanField(default=False, help_text="two reviewers have to agree")
    assigned_to = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    assigned_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(db_default=Now())
    changed_at = models.DateTimeField(db_default=Now())
    submitted_at = models.DateTimeField(null=True, blank=True, help_text="when it was last sent")

    objects = SubmissionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(state__in=State.values), name="submission_state_known"),
            models.CheckConstraint(
                condition=Q(state__in=[State.DRAFT, State.WITHDRAWN]) | Q(submitted_at__isnull=False),
                name="submission_sent_has_its_time",
            ),
            models.CheckConstraint(
                condition=Q(assigned_to=None) | Q(assigned_at__isnull=False), name="submission_assigned_has_its_time"
            ),
            models.UniqueConstraint(
                fields=["submitter", "tool"],
                condition=Q(kind="change", state__in=[s.value for s in OPEN]),
                name="submission_one_open_change",
            ),
        ]
        indexes = [
            models.Index(fields=["submitter", "-changed_at", "-id"], name="submission_latest"),
            models.Index(
                F("risk").desc(), "state_since", "id", condition=Q(state="in_review"), name="submission_queue"
            ),
            models.Index(fields=["domain"], name="submission_domain"),
        ]

    def __str__(self) -> str:
        return self.name or self.domain or f"submission {self.key}"

    def get_absolute_url(self) -> str:
        """Return the path of its page in the portal."""
        return reverse("submissions:submission", args=[self.key])

    def step_url(self, step: str) -> str:
        """Return the path of a step of its form."""
        return reverse("submissions:edit", args=[self.key, step])

    def other_open_change(self) -> Submission | None:
        """Return another change of the same tool by the same account that is open; None when there is none."""
        if self.kind != self.Kind.CHANGE or self.tool_id is None or self.submitter_id is None:
            return None
        same = Submission.objects.filter(submitter=self.submitter_id, tool=self.tool_id, kind=self.kind)
        return same.filter(state__in=OPEN).exclude(pk=self.pk).first()

    @property
    def is_open(self) -> bool:
        """Whether something may still come of it without sending it again."""
        return self.state in OPEN

    @property
    def is_with_submitter(self) -> bool:
        """Whether its submitter may write in it."""
        return self.state in WITH_THE_SUBMITTER


class Revision(models.Model):
    """A submission as it was sent: never changed afterwards."""

    submission = models.ForeignKey(Submission, models.CASCADE, related_name="revisions")
    number = models.PositiveSmallIntegerField()
    record = models.JSONField()
    base = models.JSONField(default=dict)
    sources = models.JSONField(default=dict)
    changed = models.JSONField(default=list, help_text="fields that differ from the listing, or from the one before")
    run = models.ForeignKey(Run, models.SET_NULL, null=True, blank=True, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["submission", "number"], name="revision_number_once")]
        ordering = ["-number"]

    def __str__(self) -> str:
        return f"{self.submission_id}, revision {self.number}"


class Move(models.Model):
    """One change of a submission's state: never changed afterwards."""

    submission = models.ForeignKey(Submission, models.CASCADE, related_name="moves")
    at = models.DateTimeField(db_default=Now())
    event = models.CharField(max_length=20)
    old = models.CharField(max_length=20, choices=State.choices)
    new = models.CharField(max_length=20, choices=State.choices)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    decision = models.ForeignKey("submissions.Decision", models.SET_NULL, null=True, blank=True, related_name="moves")
    sentence = models.CharField(max_length=300, blank=True, help_text="what the site itself has to say of it")

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.event}: {self.old} → {self.new}"
