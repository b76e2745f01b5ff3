"""Reading what is known of the past: the last 30 days for the level, 90 days and 48 hours for the strips on pages."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import OuterRef, Subquery, Sum

from verification.claims.levels import operated
from verification.health import rollup
from verification.judgement.uptime import Uptime
from verification.models import Endpoint, ProbeDay

HOUR_SECONDS, DAY_SECONDS = 3_600, 86_400
MONTH = 30
STRIP, HOURS = 90, 48


@dataclass(frozen=True)
class Day:
    """One day of the strip: what was known of it, and how long answers took."""

    day: dt.date
    uptime: Uptime
    looks: int
    ms_median: int | None
    ms_p95: int | None

    @property
    def state(self) -> str:
        """How it is drawn: ok, warn, fail; unk when nothing was known."""
        return _state(self.uptime)


@dataclass(frozen=True)
class Hour:
    """One hour of the strip of hours: what was known of it, and how long answers took."""

    begins: dt.datetime
    uptime: Uptime
    looks: int
    ms_median: int | None

    @property
    def state(self) -> str:
        """How it is drawn: ok, warn, fail; unk when nothing was known."""
        return _state(self.uptime)


def _state(uptime: Uptime) -> str:
    share = uptime.share
    if share is None:
        return "unk"
    return "ok" if share >= 0.99 else "warn" if share >= 0.5 else "fail"


def months(tools: Iterable[int], at: dt.datetime) -> Mapping[int, Uptime]:
    """Return the last 30 whole days of these tools, by the address that stands worst.

    That is one whose 30 days are not what the highest level asks for, also because it is known for a few days only, and
    of several the one that was up least.
    """
    today = at.astimezone(dt.UTC).date()
    days = ProbeDay.objects.filter(endpoint=OuterRef("pk")).order_by()
    month = days.filter(day__gte=today - dt.timedelta(days=MONTH), day__lt=today).values("endpoint")
    sums = {
        name: Subquery(month.annotate(sum=Sum(f"{name}_seconds")).values("sum"))
        for name in ("up", "down", "maintenance")
    }
    rows = Endpoint.objects.filter(tool__in=list(tools), retired_at=None)
    rows = rows.annotate(first=Subquery(days.order_by("day").values("day")[:1]), **sums)
    found: dict[int, list[Uptime]] = defaultdict(list)
    for tool, first, up, down, maintenance in rows.values_list("tool", "first", *sums):
        known_for = min(MONTH, (today - first).days) if first else 0
        found[tool].append(Uptime(up or 0, down or 0, maintenance or 0, known_for * DAY_SECONDS))
    return {tool: min(one, key=lambda month: (operated(month), month.share or 0.0)) for tool, one in found.items()}


def uptime_of(row: ProbeDay) -> Uptime:
    """Return a stored day as uptime."""
    return Uptime(row.up_seconds, row.down_seconds, row.maintenance_seconds, DAY_SECONDS)


def strips(endpoints: Iterable[Endpoint], today: dt.date) -> dict[int, list[Day]]:
    """Return the last 90 days of these addresses by their keys, oldest first, one for each day. One statement."""
    keys = [endpoint.pk for endpoint in endpoints]
    rows: dict[int, dict[dt.date, ProbeDay]] = {key: {} for key in keys}
    days = [today - dt.timedelta(days=back) for back in range(STRIP - 1, -1, -1)]
    for row in ProbeDay.objects.filter(endpoint__in=keys, day__gte=days[0], day__lte=today):
        rows[row.endpoint_id][row.day] = row
    return {key: [_day(day, found.get(day)) for day in days] for key, found in rows.items()}


def hours(endpoints: Iterable[Endpoint], at: dt.datetime) -> dict[int, list[Hour]]:
    """Return the last 48 hours that are over (UTC) of these addresses by their keys, oldest first."""
    now = at.astimezone(dt.UTC).replace(minute=0, second=0, microsecond=0)
    begins = [now - dt.timedelta(hours=back) for back in range(HOURS, 0, -1)]
    rows = list(endpoints)
    found = rollup.hours(rows, begins[0], now)
    return {one.pk: [_hour(begin, found.get((one.pk, begin), rollup.NOTHING)) for begin in begins] for one in rows}


def _hour(begins: dt.datetime, facts: Mapping[str, Any]) -> Hour:
    uptime = Uptime(facts["up_seconds"], facts["down_seconds"], facts["maintenance_seconds"], HOUR_SECONDS)
    return Hour(begins, uptime, facts["looks"], facts["ms_median"])


def strip(endpoint: Endpoint, today: dt.date) -> list[Day]:
    """Return the last 90 days of an address, oldest first, one for each day."""
    return strips([endpoint], today)[endpoint.pk]


def _day(day: dt.date, row: ProbeDay | None) -> Day:
    if row is None:
        return Day(day, Uptime(0, 0, 0, DAY_SECONDS), 0, None, None)
    return Day(day, uptime_of(row), row.looks, row.ms_median, row.ms_p95)
