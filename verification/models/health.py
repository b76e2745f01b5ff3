"""How the addresses of a tool are over time: what is watched, each look at it, incidents, and our own outages."""

from __future__ import annotations

import datetime as dt
from typing import Any, Self

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, DateTimeRangeField, RangeBoundary, RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Value
from django.db.models.functions import Now
from django.urls import reverse

from catalog.models import Tool
from verification.judgement.judge import Health, Saw, State
from verification.models.run import Run, StepResult

LONGEST_MAINTENANCE = dt.timedelta(hours=24)


def _choices(names: Any) -> list[tuple[str, str]]:
    return [(one.value, one.value.replace("_", " ").capitalize()) for one in names]


class Watch(models.Model):
    """When a tool is looked at next. The row is the schedule; beat only asks what is due."""

    tool = models.OneToOneField(Tool, models.CASCADE, related_name="watch")
    next_at = models.DateTimeField(null=True, blank=True, help_text="of a light run; empty: not any more")
    full_at = models.DateTimeField(help_text="of a run of all steps")
    since = models.DateTimeField(db_default=Now())
    elsewhere = models.CharField(
        max_length=10, blank=True, help_text="what the last full run saw against it beside its addresses: parked, moved"
    )
    compared_at = models.DateTimeField(
        null=True, editable=False, help_text="as of which change of the tool its addresses were compared the last time"
    )

    class Meta:
        verbose_name_plural = "watches"
        indexes = [
            models.Index(fields=["next_at", "id"], condition=Q(next_at__isnull=False), name="watch_due"),
            models.Index(fields=["full_at", "id"], name="watch_full_due"),
        ]

    def __str__(self) -> str:
        return f"Watch of {self.tool}"


class Endpoint(models.Model):
    """One watched address of a tool and its health (verification/judgement/judge.py says what the columns mean)."""

    tool = models.ForeignKey(Tool, models.CASCADE, related_name="endpoints")
    subject = models.CharField(max_length=600, help_text="the address, as steps store it")
    home = models.BooleanField(default=False, help_text="the home page, not an interface")
    state = models.CharField(max_length=12, choices=_choices(State), default=State.UNKNOWN.value)
    since = models.DateTimeField(db_default=Now(), help_text="when the state began")
    fails = models.PositiveIntegerField(default=0)
    gone = models.PositiveIntegerField(default=0)
    passes = models.PositiveIntegerField(default=0)
    began_at = models.DateTimeField(null=True, blank=True)
    known_at = models.DateTimeField(null=True, blank=True)
    last = models.CharField(max_length=8, choices=_choices(Saw), blank=True)
    unknown_since = models.DateTimeField(null=True, blank=True)
    down_since = models.DateTimeField(null=True, blank=True)
    down_for = models.DurationField(default=dt.timedelta)
    recent = models.CharField(max_length=20, blank=True)
    unstable = models.BooleanField(default=False)
    answers_ms = ArrayField(models.PositiveIntegerField(), default=list, blank=True)
    usual_ms = models.PositiveIntegerField(null=True, blank=True, help_text="median of the 30 days before")
    retired_at = models.DateTimeField(null=True, blank=True, help_text="when the listing no longer named it")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tool", "subject"], name="endpoint_once"),
            models.CheckConstraint(condition=Q(state__in=[one.value for one in State]), name="endpoint_state_known"),
            models.CheckConstraint(
                condition=Q(state="unreachable", down_since__isnull=False)
                | (~Q(state="unreachable") & Q(down_since__isnull=True)),
                name="endpoint_down_since_agrees",
            ),
        ]

    def __str__(self) -> str:
        return self.subject

    @property
    def health(self) -> Health:
        """What is known of it, for verification.judgement.judge."""
        return Health(
            state=State(self.state), fails=self.fails, gone=self.gone, passes=self.passes, began_at=self.began_at,
            known_at=self.known_at, last=Saw(self.last) if self.last else None, unknown_since=self.unknown_since,
            down_since=self.down_since, down_for=self.down_for, recent=self.recent, unstable=self.unstable,
            answers_ms=tuple(self.answers_ms),
        )  # fmt: skip

    def take(self, health: Health) -> None:
        """Take over what was judged; it is saved by who judges."""
        self.state, self.last = health.state.value, health.last.value if health.last else ""
        self.fails, self.gone, self.passes = health.fails, health.gone, health.passes
        self.began_at, self.known_at, self.unknown_since = health.began_at, health.known_at, health.unknown_since
        self.down_since, self.down_for = health.down_since, health.down_for
        self.recent, self.unstable, self.answers_ms = health.recent, health.unstable, list(health.answers_ms)

    def start_anew(self, at: dt.datetime) -> None:
        """Forget how it was: an address that comes back after it was retired. It is saved by who calls."""
        self.take(Health())
        self.since, self.usual_ms, self.retired_at = at, None, None


class OwnOutage(models.Model):
    """A time in which our own looks could not be trusted: nothing that was seen then counts."""

    class Cause(models.TextChoices):
        """How we noticed."""

        CANARY = "canary", "none of the hosts that always answer did"
        BATCH = "batch", "too many tools seemed to fail at once"

    cause = models.CharField(max_length=8, choices=Cause.choices)
    vantage = models.CharField(max_length=40, default="default")
    began_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    checked = models.PositiveIntegerField(default=0, help_text="domains looked at in the worst moment")
    turned = models.PositiveIntegerField(default=0, help_text="of them, those that seemed to have turned bad")
    held = models.PositiveIntegerField(default=0, help_text="looks that do not count")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["vantage"], condition=Q(ended_at=None), name="own_outage_one_open"),
        ]
        indexes = [models.Index(fields=["-began_at", "-id"], name="own_outage_latest")]

    def __str__(self) -> str:
        return f"own outage of {self.began_at:%Y-%m-%d %H:%M}"


class Sample(models.Model):
    """One look at an endpoint. Kept for 35 days; days are made of them (verification/health/rollup.py)."""

    endpoint = models.ForeignKey(Endpoint, models.CASCADE, related_name="samples")
    at = models.DateTimeField()
    saw = models.CharField(max_length=8, choices=_choices(Saw))
    code = models.CharField(max_length=60)
    sentence = models.CharField(max_length=1_000)
    ms = models.PositiveIntegerField(
        null=True, help_text="from the question to the first byte, our waiting not counted"
    )
    vantage = models.CharField(max_length=40)
    run = models.ForeignKey(Run, models.SET_NULL, null=True, related_name="+")
    result = models.ForeignKey(StepResult, models.SET_NULL, null=True, related_name="+")
    maintenance = models.BooleanField(default=False, help_text="within a window that the owner declared")
    judged_at = models.DateTimeField(null=True)
    held_by = models.ForeignKey(OwnOutage, models.PROTECT, null=True, related_name="samples")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "endpoint"], name="sample_once_a_run")]
        indexes = [
            models.Index(fields=["endpoint", "at"], name="sample_of_endpoint"),
            models.Index(fields=["at", "id"], condition=Q(judged_at=None), name="sample_unjudged"),
            models.Index(fields=["at"], name="sample_by_time"),
        ]

    def __str__(self) -> str:
        return f"{self.saw} at {self.at:%Y-%m-%d %H:%M}"


class ProbeDay(models.Model):
    """What the looks of a day (UTC) come to; kept for ever."""

    endpoint = models.ForeignKey(Endpoint, models.CASCADE, related_name="+")
    day = models.DateField()
    looks = models.PositiveIntegerField()
    failed = models.PositiveIntegerField()
    up_seconds = models.PositiveIntegerField()
    down_seconds = models.PositiveIntegerField()
    maintenance_seconds = models.PositiveIntegerField(default=0)
    ms_median = models.PositiveIntegerField(null=True)
    ms_p95 = models.PositiveIntegerField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["endpoint", "day"], name="probe_day_once")]
        indexes = [models.Index(fields=["day"], name="probe_day_by_day")]

    def __str__(self) -> str:
        return f"{self.endpoint_id} {self.day}"


class IncidentQuerySet(models.QuerySet["Incident"]):
    """Reading incidents, latest first."""

    def visible_to(self, user: Any) -> Self:
        """Keep the incidents of tools that this user may see."""
        return self.filter(endpoint__tool__in=Tool.objects.visible_to(user))

    def open(self) -> Self:
        """Keep those that have not ended."""
        return self.filter(closed_at=None)

    def newest_first(self) -> Self:
        """Order by when they began, latest first."""
        return self.order_by("-began_at", "-id")


class Incident(models.Model):
    """A time in which an endpoint was unreachable: opened and closed by judgement, told by a timeline."""

    class State(models.TextChoices):
        """How far its owner is; ours are the first and the last two."""

        INVESTIGATING = "investigating", "Investigating"
        IDENTIFIED = "identified", "Identified"
        MONITORING = "monitoring", "Monitoring"
        RESOLVED = "resolved", "Resolved"

    endpoint = models.ForeignKey(Endpoint, models.CASCADE, related_name="incidents")
    state = models.CharField(max_length=14, choices=State.choices, default=State.INVESTIGATING)
    began_at = models.DateTimeField(help_text="the first look that failed")
    opened_at = models.DateTimeField(help_text="when that was sure")
    closed_at = models.DateTimeField(null=True, blank=True)
    sentence = models.CharField(max_length=1_000, help_text="what the first sure look said")
    reached = models.PositiveSmallIntegerField(
        default=0, help_text="effects that it had (verification/judgement/decay.py)"
    )

    objects = IncidentQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["endpoint"], condition=Q(closed_at=None), name="incident_one_open"),
            models.CheckConstraint(
                condition=Q(state="resolved", closed_at__isnull=False)
                | (~Q(state="resolved") & Q(closed_at__isnull=True)),
                name="incident_closed_agrees",
            ),
        ]
        indexes = [models.Index(fields=["-began_at", "-id"], name="incident_latest")]

    def __str__(self) -> str:
        return f"{self.endpoint.subject[:100]}, {self.began_at:%Y-%m-%d %H:%M}"


class IncidentUpdate(models.Model):
    """One line of the timeline of an incident, by a probe (`by` is empty) or by a person."""

    incident = models.ForeignKey(Incident, models.CASCADE, related_name="updates")
    at = models.DateTimeField()
    state = models.CharField(max_length=14, choices=Incident.State.choices)
    text = models.CharField(max_length=1_000)
    run = models.ForeignKey(Run, models.SET_NULL, null=True, blank=True, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["at", "id"]
        indexes = [models.Index(fields=["incident", "at", "id"], name="incident_timeline")]

    def __str__(self) -> str:
        return self.text[:80]


class _Span(Func):
    """The time between two columns, as PostgreSQL's tstzrange."""

    function = "TSTZRANGE"
    output_field = DateTimeRangeField()


class MaintenanceWindow(models.Model):
    """A time in which the owner said that the tool may be away: shown, and not counted as down."""

    tool = models.ForeignKey(Tool, models.CASCADE, related_name="maintenance_windows")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    reason = models.CharField(max_length=300)
    declared_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    declared_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")) & Q(ends_at__lte=F("starts_at") + Value(LONGEST_MAINTENANCE)),
                name="maintenance_at_most_a_day",
            ),
            ExclusionConstraint(
                name="maintenance_no_overlap",
                expressions=[
                    (_Span("starts_at", "ends_at", RangeBoundary()), RangeOperators.OVERLAPS),
                    ("tool", RangeOperators.EQUAL),
                ],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.starts_at:%Y-%m-%d %H:%M} to {self.ends_at:%H:%M}"

    def get_absolute_url(self) -> str:
        """Return the path of the tool."""
        return reverse("catalog:tool", args=[self.tool.slug])
