"""Tools that live through simulated time: samples are written when a look is due, and beat's sweeps run between."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

from catalog.models import Tool
from tests import make
from verification.health import judging, sweeping
from verification.judgement.judge import Saw
from verification.models import Endpoint, Sample, Watch
from verification.reading.addresses import canonical

START = dt.datetime(2027, 1, 1, tzinfo=dt.UTC)
DAY, HOUR, MINUTE = dt.timedelta(days=1), dt.timedelta(hours=1), dt.timedelta(minutes=1)


def watched(**changes: Any) -> Endpoint:
    """Return the home page of a new, watched tool whose first look is due at START."""
    tool = make.tool(**changes)
    Tool.objects.filter(pk=tool.pk).update(changed_at=START - DAY)
    Watch.objects.create(tool=tool, next_at=START, full_at=START + 365 * DAY)
    return Endpoint.objects.create(tool=tool, subject=canonical(tool.homepage), home=True, since=START)


def look(endpoint: Endpoint, at: dt.datetime, saw: Saw, **changes: Any) -> Sample:
    """Write what a look saw, to be judged."""
    sentence = "It answered." if saw == Saw.UP else "It did not answer."
    values: dict[str, Any] = {"code": "answers", "sentence": sentence, "vantage": "default", "ms": 120, **changes}
    return Sample.objects.create(endpoint=endpoint, at=at, saw=saw, **values)


def judge(at: dt.datetime, *, ours: bool = True) -> judging.Judged:
    """Judge what is there; `ours`: whether our own network reaches anything."""
    return judging.judge_due(at=at, reached=lambda: ours)


def live(
    endpoint: Endpoint, begins: dt.datetime, ends: dt.datetime, saw: Callable[[dt.datetime], Saw], every: dt.timedelta
) -> None:
    """Let time pass: look when the watch says so, sweep after each step of `every`."""
    at = begins
    while at < ends:
        watch = Watch.objects.get(tool=endpoint.tool_id)
        while watch.next_at is not None and watch.next_at < at + every and watch.next_at < ends:
            moment = max(watch.next_at, at)
            look(endpoint, moment, saw(moment))
            judge(moment)
            watch.refresh_from_db()
        at = min(at + every, ends)
        sweeping.sweep_time(at=at)


def tool_of(endpoint: Endpoint) -> Tool:
    """Return its tool as it is now."""
    return Tool.objects.get(pk=endpoint.tool_id)
