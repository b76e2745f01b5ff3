"""What was decided, by whom and why; appeals against it; what visitors report."""

from __future__ import annotations

from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.urls import reverse

from catalog.models import Tool
from submissions.models.submission import Submission, new_key

ACCOUNT = settings.AUTH_USER_MODEL


class DecisionQuerySet(models.QuerySet["Decision"]):
    """Reading decisions."""

    def unconfirmed(self) -> Self:
        """Keep what waits for a second reviewer, what ends first at the front."""
        waiting = self.filter(confirm_by__isnull=False, seconded_at=None, ended_at=None)
        return waiting.order_by("confirm_by", "id")

    def of_listing(self) -> Self:
        """Keep what was decided about listed tools, not about submissions or reports alone."""
        return self.filter(tool__isnull=False, action__in=["suspend", "archive", "reinstate"])


class Decision(models.Model):
    """One decision about a submission, a listed tool or a report: never changed but for the second name and the mail.

    The database refuses one by whoever handed the submission in, speaks for the tool, or belongs to its company
    (migration 0002).
    """

    class Action(models.TextChoices):
        """What was decided."""

        APPROVE = "approve", "Approved"
        REQUEST_CHANGES = "request_changes", "Changes asked for"
        REJECT = "reject", "Rejected"
        SUSPEND = "suspend", "Suspended"
        REINSTATE = "reinstate", "Reinstated"
        ARCHIVE = "archive", "Archived"
        DISMISS = "dismiss", "Report refused"  # the listing stays as it is
        ACT = "act", "Report followed"  # and what was done about it is a decision of its own, or a change

    key = models.CharField(max_length=16, unique=True, default=new_key, editable=False)
    submission = models.ForeignKey(Submission, models.CASCADE, null=True, blank=True, related_name="decisions")
    tool = models.ForeignKey(Tool, models.SET_NULL, null=True, blank=True, related_name="decisions")
    report = models.ForeignKey("submissions.Report", models.CASCADE, null=True, blank=True, related_name="decisions")
    domain = models.CharField(max_length=255, blank=True, help_text="registrable domain of what it is about")
    action = models.CharField(max_length=20, choices=Action.choices)
    ground = models.CharField(max_length=40, help_text="a rule of submissions/rules.py")
    sentence = models.TextField(max_length=2_000, help_text="to whom it concerns: what to change, or why")
    evidence = models.JSONField(default=list, blank=True, help_text="what it rests on: [{label, url}]")
    automated = models.BooleanField(default=False, help_text="by the site itself, by a written rule")
    decided_by = models.ForeignKey(ACCOUNT, models.SET_NULL, null=True, blank=True, related_name="+")
    second_by = models.ForeignKey(ACCOUNT, models.SET_NULL, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(db_default=Now())
    seconded_at = models.DateTimeField(null=True, blank=True)
    # of a suspension, which stands at once, and of an archiving, which waits: until when a second has to agree
    confirm_by = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True, help_text="since when it has no effect any more")

    objects = DecisionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(second_by=None) | ~Q(second_by=F("decided_by")), name="decision_by_two_people"
            ),
            models.CheckConstraint(
                condition=Q(submission__isnull=False) | Q(tool__isnull=False) | Q(report__isnull=False),
                name="decision_is_about_something",
            ),
            models.CheckConstraint(condition=Q(action__in=[
                "approve", "request_changes", "reject", "suspend", "reinstate", "archive", "dismiss", "act",
            ]), name="decision_action_known"),
        ]  # fmt: skip
        indexes = [
            models.Index(fields=["-created_at", "-id"], name="decision_latest"),
            models.Index(
                fields=["confirm_by", "id"],
                condition=Q(confirm_by__isnull=False, seconded_at=None, ended_at=None),
                name="decision_unconfirmed",
            ),
        ]
        ordering = ["-created_at", "-id"]

    def __str__(self) -> str:
        return f"{self.get_action_display()} ({self.ground})"

    def get_absolute_url(self) -> str:
        """Return the path of the statement for whom it concerns."""
        return reverse("submissions:decision", args=[self.key])

    @property
    def is_unconfirmed(self) -> bool:
        """Whether a second reviewer has to agree and nobody has answered yet."""
        return self.confirm_by is not None and self.seconded_at is None and self.ended_at is None


class AppealQuerySet(models.QuerySet["Appeal"]):
    """Reading appeals."""

    def waiting(self) -> Self:
        """Keep those without an answer, what is due first at the front."""
        return self.filter(outcome="").order_by("due_at", "id")


class Appeal(models.Model):
    """Somebody asks another reviewer to look at a decision again. One for each decision."""

    class Outcome(models.TextChoices):
        """What came of it; "" while nobody has decided."""

        UPHELD = "upheld", "The decision stands"
        OVERTURNED = "overturned", "The decision is taken back"

    decision = models.OneToOneField(Decision, models.CASCADE, related_name="appeal")
    by = models.ForeignKey(ACCOUNT, models.SET_NULL, null=True, blank=True, related_name="+")
    text = models.TextField(max_length=4_000)
    created_at = models.DateTimeField(db_default=Now())
    due_at = models.DateTimeField(help_text="by then it has an answer: seven days")
    # who took the decision, so that the database can tell that somebody else decides about the appeal
    against = models.ForeignKey(ACCOUNT, models.SET_NULL, null=True, blank=True, related_name="+")
    outcome = models.CharField(max_length=12, choices=Outcome.choices, blank=True)
    sentence = models.TextField(max_length=2_000, blank=True)
    decided_by = models.ForeignKey(ACCOUNT, models.SET_NULL, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)

    objects = AppealQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(decided_by=None) | Q(against=None) | ~Q(decided_by=F("against")),
                name="appeal_decided_by_another",
            ),
            models.CheckConstraint(
                condition=Q(outcome="", decided_at=None, decided_by=None)
                | (~Q(outcome="") & Q(decided_at__isnull=False) & ~Q(sentence="")),
                name="appeal_outcome_agrees",
            ),
        ]
        indexes = [models.Index(fields=["due_at", "id"], condition=Q(outcome=""), name="appeal_open")]

    def __str__(self) -> str:
        return f"appeal against {self.decision_id}"


class ReportQuerySet(models.QuerySet["Report"]):
    """Reading reports."""

    def visible_to(self, user: Any) -> Self:
        """Keep what this user may see: for reviewers all, for others what they reported themselves."""
        if user is None or not user.is_authenticated or not user.is_active:
            return self.none()
        return self if user.has_perm("submissions.view_report") else self.filter(by=user)

    def waiting(self) -> Self:
        """Keep those that nobody has decided, the oldest first."""
        return self.filter(decided_at=None).order_by("created_at", "id")


class Report(models.Model):
    """A notice that something is wrong with a listing (the shape of Art. 16 DSA)."""

    class Reason(models.TextChoices):
        """What is wrong."""

        WRONG = "wrong", "A fact is wrong or out of date"
        DEAD = "dead", "It does not exist any more"
        NOT_THEIRS = "not_theirs", "It is listed by somebody who does not own it"
        HARMFUL = "harmful", "It is malicious or deceives people"
        ILLEGAL = "illegal", "It breaks the law"
        RIGHTS = "rights", "It uses my work or my name"
        OTHER = "other", "Something else"

    key = models.CharField(max_length=16, unique=True, default=new_key, editable=False)
    tool = models.ForeignKey(Tool, models.CASCADE, related_name="reports")
    reason = models.CharField(max_length=12, choices=Reason.choices)
    text = models.TextField(max_length=4_000)
    email = models.EmailField(blank=True, help_text="where the receipt and the decision go")
    by = models.ForeignKey(ACCOUNT, models.SET_NULL, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(db_default=Now())
    decided_at = models.DateTimeField(null=True, blank=True)
    # the right of reply: who speaks for the tool says something to it, and never learns who reported
    reply = models.TextField(max_length=4_000, blank=True)
    replied_by = models.ForeignKey(ACCOUNT, models.SET_NULL, null=True, blank=True, related_name="+")
    replied_at = models.DateTimeField(null=True, blank=True)

    objects = ReportQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["created_at", "id"], condition=Q(decided_at=None), name="report_open")]

    def __str__(self) -> str:
        return f"{self.get_reason_display()}: {self.tool_id}"

    def get_absolute_url(self) -> str:
        """Return the path of its page for reviewers."""
        return reverse("submissions:report", args=[self.key])
