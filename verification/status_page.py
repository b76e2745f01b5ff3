"""What /status/ says: how the verification itself does. Nothing about people, nothing about single tools."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db.models import Aggregate, Count, DurationField, ExpressionWrapper, F, Max, Min, Q, Value
from django.utils import timezone

from catalog.choices import LISTED
from catalog.models import Tool
from verification.models import OwnOutage, Run, RunStep, Sample, Watch
from verification.services import moment

PAST = dt.timedelta(days=90)
MOST = 100  # outages shown
HOUR, DAY, WEEK = dt.timedelta(hours=1), dt.timedelta(days=1), dt.timedelta(days=7)
OUR_SIDE = "our_side"  # verification/common.py
OURS_AT_MOST = 0.2


class Median(Aggregate):
    """The middle of values; PostgreSQL's percentile_cont."""

    function = "PERCENTILE_CONT"
    template = "%(function)s(0.5) WITHIN GROUP (ORDER BY %(expressions)s)"


@dataclass(frozen=True)
class Status:
    """All that the page says."""

    at: dt.datetime
    probes: bool  # whether looks are made at all
    scheduled: bool  # and by themselves, too
    outage: OwnOutage | None  # of our own, under way
    outages: list[OwnOutage]
    queued: int  # steps whose time has come, or comes
    due: int  # of them, those whose time has come
    oldest_due: dt.datetime | None
    running: int  # runs under way
    watched: int
    late: int  # watches whose look is due
    listed: int
    day: int  # listed tools that were looked at within 24 hours, and could be told about
    week: int
    never: int  # or not known any more: nothing could be told for a week
    median_age: dt.timedelta | None
    looked: dt.datetime | None  # the last look that was judged
    hour: int  # looks of the last hour
    ours: int  # of them, those that trouble of our own kept from telling anything
    unjudged: int

    @property
    def troubled(self) -> bool:
        """Whether too many of our own looks come to nothing by our own trouble: our name server, our line."""
        return self.ours > self.hour * OURS_AT_MOST

    @property
    def older(self) -> int:
        """Return how many listed tools were looked at longer ago than a week."""
        return self.listed - self.week - self.never


def status(at: dt.datetime | None = None) -> Status:
    """Return how the verification does. Eight statements."""
    at = at or timezone.now()
    outages = OwnOutage.objects.filter(Q(ended_at=None) | Q(ended_at__gt=at - PAST)).order_by("-began_at", "-id")[:MOST]
    rows = list(outages)
    waiting = RunStep.objects.filter(state=RunStep.State.QUEUED)
    queue = waiting.aggregate(
        queued=Count("id"), due=Count("id", filter=Q(not_before__lte=at)), oldest=Min("not_before")
    )
    runs = Run.objects.filter(state=Run.State.RUNNING).count()
    is_late = Q(next_at__lte=at) | Q(full_at__lte=at, next_at__isnull=False)
    watches = Watch.objects.filter(tool__status__in=LISTED).aggregate(all=Count("id"), late=Count("id", filter=is_late))
    told = Max("endpoints__known_at", filter=Q(endpoints__retired_at=None))
    age = ExpressionWrapper(Value(at) - F("told"), output_field=DurationField())
    tools = (
        Tool.objects.listed()
        .annotate(told=told)
        .aggregate(
            listed=Count("id"),
            day=Count("id", filter=Q(told__gt=at - DAY)),
            week=Count("id", filter=Q(told__gt=at - WEEK)),
            never=Count("id", filter=Q(told=None)),
            age=Median(age, output_field=DurationField()),
        )
    )
    looks = Sample.objects.exclude(judged_at=None).order_by("-at").values_list("at", flat=True)
    hour = Sample.objects.filter(at__gt=at - HOUR).aggregate(all=Count("id"), ours=Count("id", filter=Q(code=OUR_SIDE)))
    return Status(
        at=at,
        probes=settings.PROBES_ENABLED,
        scheduled=settings.PROBES_ENABLED and settings.PROBES_SCHEDULED,
        outage=next((one for one in rows if one.ended_at is None), None),
        outages=rows,
        queued=queue["queued"],
        due=queue["due"],
        oldest_due=queue["oldest"] if queue["due"] else None,
        running=runs,
        watched=watches["all"],
        late=watches["late"],
        listed=tools["listed"],
        day=tools["day"],
        week=tools["week"],
        never=tools["never"],
        median_age=tools["age"],
        looked=looks.first(),
        hour=hour["all"],
        ours=hour["ours"],
        unjudged=Sample.objects.filter(judged_at=None).count(),
    )


def as_json(found: Status) -> dict[str, Any]:
    """Return the same for programs (docs/verification.md)."""
    return {
        "at": moment(found.at),
        "probes_enabled": found.probes,
        "probes_scheduled": found.scheduled,
        "own_outage": _outage(found.outage) if found.outage else None,
        "own_outages": [_outage(one) for one in found.outages],
        "looks_of_the_last_hour": found.hour,
        "of_them_lost_by_our_own_trouble": found.ours,
        "backlog": {
            "steps_queued": found.queued,
            "steps_due": found.due,
            "oldest_due_at": moment(found.oldest_due) if found.oldest_due else None,
            "runs_under_way": found.running,
            "tools_watched": found.watched,
            "tools_due": found.late,
            "looks_unjudged": found.unjudged,
        },
        "freshness": {
            "listed": found.listed,
            "within_24_hours": found.day,
            "within_7_days": found.week,
            "older": found.older,
            "never": found.never,
            "median_age_seconds": round(found.median_age.total_seconds()) if found.median_age is not None else None,
            "last_judged_look_at": moment(found.looked) if found.looked else None,
        },
    }


def _outage(one: OwnOutage) -> dict[str, Any]:
    return {
        "cause": one.cause,
        "began_at": moment(one.began_at),
        "ended_at": moment(one.ended_at) if one.ended_at else None,
        "looks_held": one.held,
    }
