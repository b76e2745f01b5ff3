"""What was seen of tools: levels, claims, health, incidents, runs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.urls import reverse
from rest_framework import serializers

from api.rendering import moment
from api.shapes.tools import LEVEL_NAMES, SEEN
from catalog import choices
from catalog.models import Tool
from core.site import absolute
from verification.claims.kinds import KINDS
from verification.judgement.judge import State
from verification.judgement.uptime import Uptime, total
from verification.models import Claim, Incident, Run, RunStep
from verification.over_time import Address, OverTime, claim_row
from verification.verdicts import Verdict

HOLDING = ("holds", "lapsed", "ended")
WINDOWS = {"day": 1, "month": 30, "quarter": 90}  # days


class ClaimShape(serializers.Serializer[Any]):
    """Something that was proved of a tool, by what, and until when it may be said."""

    kind = serializers.ChoiceField(choices=Claim.Kind.values)
    title = serializers.CharField()
    means = serializers.CharField(help_text="what claims of this kind say, and no more")
    state = serializers.ChoiceField(choices=HOLDING, help_text="lapsed: its time is over and it was not renewed")
    sentence = serializers.CharField()
    granted_at = serializers.DateTimeField()
    renewed_at = serializers.DateTimeField(help_text="the last look that supported it")
    expires_at = serializers.DateTimeField()
    ended_at = serializers.DateTimeField(allow_null=True)
    ended = serializers.ChoiceField(choices=Claim.Ended.values, allow_null=True)
    receipt = serializers.DictField(help_text="what was proved, and by which steps")
    run = serializers.IntegerField(allow_null=True, help_text="the run that supported it last")


class UptimeShape(serializers.Serializer[Any]):
    """How much of a time an address was up: `share` of what is known, `coverage` is how much that is."""

    share = serializers.FloatField(allow_null=True, min_value=0, max_value=1)
    coverage = serializers.FloatField(min_value=0, max_value=1)


class UptimesShape(serializers.Serializer[Any]):
    """Uptime of the last 24 hours, of the last 30 and 90 whole days."""

    day = UptimeShape()
    month = UptimeShape()
    quarter = UptimeShape()


class EndpointShape(serializers.Serializer[Any]):
    """A watched address."""

    address = serializers.CharField()
    home = serializers.BooleanField(help_text="the home page, not an interface")
    state = serializers.ChoiceField(choices=[one.value for one in State])
    since = serializers.DateTimeField()
    looked_at = serializers.DateTimeField(allow_null=True, help_text="the last look that could tell")
    confirming = serializers.BooleanField(help_text="the last looks failed, and it is not sure yet")
    usual_ms = serializers.IntegerField(allow_null=True, help_text="median answer of the 30 days before")
    uptime = UptimesShape()


class UpdateShape(serializers.Serializer[Any]):
    """A line of the timeline of an incident."""

    at = serializers.DateTimeField()
    state = serializers.ChoiceField(choices=Incident.State.values)
    text = serializers.CharField()


class IncidentShape(serializers.Serializer[Any]):
    """A time in which an address was unreachable."""

    id = serializers.IntegerField()
    tool = serializers.SlugField()
    address = serializers.CharField()
    state = serializers.ChoiceField(choices=Incident.State.values)
    began_at = serializers.DateTimeField(help_text="the first look that failed")
    opened_at = serializers.DateTimeField(help_text="when that was sure")
    closed_at = serializers.DateTimeField(allow_null=True)
    sentence = serializers.CharField()
    updates = UpdateShape(many=True)


class CountsShape(serializers.Serializer[Any]):
    """How many steps of a run came to which verdict; empty while it runs."""


for _verdict in Verdict.values:
    CountsShape._declared_fields[_verdict] = serializers.IntegerField(required=False)


class RunShape(serializers.Serializer[Any]):
    """One verification of a listing as it stood."""

    id = serializers.IntegerField()
    tool = serializers.SlugField()
    state = serializers.ChoiceField(choices=Run.State.values)
    trigger = serializers.ChoiceField(choices=Run.Trigger.values)
    light = serializers.BooleanField(help_text="declared endpoints only")
    vantage = serializers.CharField(help_text="where we asked from")
    checker = serializers.CharField(help_text="version of our steps")
    started_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)
    counts = CountsShape()
    url = serializers.URLField(help_text="its page")


class HealthShape(serializers.Serializer[Any]):
    """Whether a tool works right now, as far as we saw, and how it did before."""

    tool = serializers.SlugField()
    seen = serializers.ChoiceField(choices=SEEN)
    checked_at = serializers.DateTimeField(allow_null=True)
    away = serializers.ChoiceField(choices=[one or "no" for one in choices.Away.values])
    endpoints = EndpointShape(many=True)
    incidents = IncidentShape(many=True, help_text="those that are open")


class VerificationShape(HealthShape):
    """What may be said of a tool, by what, until when."""

    level = serializers.IntegerField(min_value=0, max_value=5)
    name = serializers.ChoiceField(choices=LEVEL_NAMES)
    since = serializers.DateTimeField(allow_null=True)
    missing = serializers.ListField(child=serializers.CharField(), help_text="what the next level needs")
    claims = ClaimShape(many=True, help_text="the latest of each kind")
    next_to_expire = serializers.ChoiceField(choices=Claim.Kind.values, allow_null=True)
    latest_run = RunShape(allow_null=True, help_text="the last whole one that ended")
    running = serializers.BooleanField(help_text="a whole run is under way")


def claim(row: Claim, at: dt.datetime, *, holds: bool) -> dict[str, Any]:
    """Return a claim; `holds`: it is within its time and for the listing as it is."""
    drawn = claim_row(row, at, holds=holds)
    lapsed = row.ended_at is None and at >= row.expires_at
    state = "holds" if drawn.words == "Holds" else "lapsed" if lapsed else "ended"
    return {
        "kind": row.kind,
        "title": Claim.Kind(row.kind).label,
        "means": KINDS[Claim.Kind(row.kind)].says,
        "state": state,
        "sentence": row.sentence,
        "granted_at": moment(row.granted_at),
        "renewed_at": moment(row.renewed_at),
        "expires_at": moment(row.expires_at),
        "ended_at": moment(row.ended_at),
        "ended": row.ended or None,
        "receipt": row.receipt,
        "run": row.run_id,
    }


def health(tool: Tool, over: OverTime) -> dict[str, Any]:
    """Return the health of a tool."""
    return {
        "tool": tool.slug,
        "seen": tool.seen or SEEN[0],
        "checked_at": moment(tool.checked_at),
        "away": tool.away or "no",
        "endpoints": [endpoint(one) for one in over.addresses],
        "incidents": [incident(one, tool.slug) for one in over.open],
    }


def endpoint(row: Address) -> dict[str, Any]:
    """Return a watched address with its uptime."""
    one = row.endpoint
    spans: dict[str, Iterable[Uptime]] = {"day": (hour.uptime for hour in row.hours[-24:])}
    for name, days in list(WINDOWS.items())[1:]:
        spans[name] = (day.uptime for day in row.days[:-1][-days:])  # today is not over
    return {
        "address": one.subject,
        "home": one.home,
        "state": one.state,
        "since": moment(row.since),
        "looked_at": moment(one.known_at),
        "confirming": row.confirming,
        "usual_ms": one.usual_ms,
        "uptime": {name: uptime(total(parts)) for name, parts in spans.items()},
    }


def uptime(row: Uptime) -> dict[str, float | None]:
    """Return an uptime."""
    return {"share": None if row.share is None else round(row.share, 5), "coverage": round(row.coverage, 5)}


def incident(row: Incident, slug: str) -> dict[str, Any]:
    """Return an incident with its timeline."""
    return {
        "id": row.pk,
        "tool": slug,
        "address": row.endpoint.subject,
        "state": row.state,
        "began_at": moment(row.began_at),
        "opened_at": moment(row.opened_at),
        "closed_at": moment(row.closed_at),
        "sentence": row.sentence,
        "updates": [{"at": moment(one.at), "state": one.state, "text": one.text} for one in row.updates.all()],
    }


class StepResultShape(serializers.Serializer[Any]):
    """What a step of a run came to."""

    verdict = serializers.ChoiceField(choices=Verdict.values)
    code = serializers.CharField(allow_blank=True)
    sentence = serializers.CharField()
    soft = serializers.BooleanField(help_text="a failure of it does not make the run fail")
    detail = serializers.JSONField(help_text="more, by step")
    started_at = serializers.DateTimeField()
    ended_at = serializers.DateTimeField()
    duration_ms = serializers.FloatField()
    attempt = serializers.IntegerField()
    tries = serializers.IntegerField()
    requests = serializers.IntegerField(help_text="how many were sent")
    shared_from = serializers.URLField(allow_null=True, help_text="the run whose result this is")
    exchanges = serializers.ListField(child=serializers.DictField(), help_text="what was sent and received")
    tries_before = serializers.ListField(child=serializers.DictField(), help_text="tries that ended in nothing")


class RunStepShape(serializers.Serializer[Any]):
    """A step of a run."""

    key = serializers.CharField()
    title = serializers.CharField()
    group = serializers.CharField(allow_blank=True)
    subject = serializers.CharField(allow_blank=True, help_text="what it looks at; empty: the listing")
    state = serializers.ChoiceField(choices=RunStep.State.values)
    note = serializers.CharField(allow_blank=True)
    result = StepResultShape(allow_null=True)


def run(row: Run, slug: str) -> dict[str, Any]:
    """Return a run in a list."""
    return {
        "id": row.pk,
        "tool": slug,
        "state": row.state,
        "trigger": row.trigger,
        "light": row.light,
        "vantage": row.vantage,
        "checker": row.checker,
        "started_at": moment(row.created_at),
        "finished_at": moment(row.finished_at),
        "counts": row.counts,
        "url": absolute(reverse("verification:run", args=[slug, row.pk])),
    }
