"""From looks to hours and days: what is kept when the looks themselves are forgotten."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby, zip_longest
from statistics import median, quantiles
from typing import Any

from django.db import connection
from django.db.models import Exists, OuterRef, QuerySet
from django.db.models.functions import TruncDate
from django.utils import timezone

from verification.judgement.judge import Saw
from verification.judgement.uptime import HOLDS, Span, Uptime, spans, within
from verification.models import Endpoint, MaintenanceWindow, ProbeDay, Sample

HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
SAMPLES_KEPT = dt.timedelta(days=35)
AGAIN = dt.timedelta(hours=14)  # how late a look may be told, judged or held: a full run has twelve hours
USUAL_DAYS, USUAL_LEAST = 30, 7  # days whose medians make what is usual, and how many of them it takes
BATCH = 1_000
FIELDS = ["looks", "failed", "up_seconds", "down_seconds", "maintenance_seconds", "ms_median", "ms_p95"]
NOTHING: dict[str, Any] = dict.fromkeys(FIELDS[:-2], 0) | dict.fromkeys(FIELDS[-2:])
Row = tuple[dt.datetime, Saw, bool, int | None]  # when, what was seen, within maintenance, how long the answer took
Facts = dict[str, int | None]  # by FIELDS
Windows = Mapping[int, Sequence[tuple[dt.datetime, dt.datetime]]]


def roll_up(*, at: dt.datetime | None = None) -> dict[str, int]:
    """Make the days up to now; return how many rows were written. Done twice, it is the same.

    Looks are read address by address, so memory stays flat however many there are.
    """
    at = at or timezone.now()
    oldest = Sample.objects.order_by("at").values_list("at", flat=True).first()
    if oldest is None:
        return {"days": 0}
    last = ProbeDay.objects.order_by("-day").values_list("day", flat=True).first()
    first = _begin(min(_midnight(last), at - AGAIN) if last else oldest, DAY)
    had = _had(max(first, _begin(oldest, DAY)))  # the looks before are forgotten
    done = 0
    rows: list[ProbeDay] = []
    for endpoint, begin, row in _stretches(Sample.objects.all(), first, at, DAY):
        if had.pop((endpoint, begin.date()), None) != row:
            rows.append(ProbeDay(endpoint_id=endpoint, day=begin.date(), **row))
        if len(rows) >= BATCH:
            done += _write(rows)
            rows = []
    # of what was known then, nothing is known now: looks were held
    rows += [ProbeDay(endpoint_id=endpoint, day=day, **NOTHING) for endpoint, day in had]
    return {"days": done + _write(rows)}


def hours(
    endpoints: Iterable[Endpoint], begins: dt.datetime, ends: dt.datetime
) -> dict[tuple[int, dt.datetime], Facts]:
    """Return what the hours (UTC) of a stretch of time come to, by address and beginning. Two statements.

    They are made when they are read: an address that works is looked at four times a day, so that stored hours would
    be six times as many rows as the looks that they are made of.
    """
    looks = Sample.objects.filter(endpoint__in=list(endpoints))
    return {(endpoint, begin): row for endpoint, begin, row in _stretches(looks, begins, ends, HOUR)}


def _stretches(
    looks: QuerySet[Sample], first: dt.datetime, until: dt.datetime, length: dt.timedelta
) -> Iterator[tuple[int, dt.datetime, Facts]]:
    """Yield what each hour or day (UTC) from `first` on comes to, by endpoint and beginning; none of nothing known."""
    begins = first - HOLDS
    windows = _windows(begins, until)
    for endpoint, rows in _looks(looks, begins, until):
        known = spans(list(_told(rows, windows.get(endpoint, ()))), until)
        inside: dict[dt.datetime, list[Row]] = defaultdict(list)
        parts: dict[dt.datetime, list[Span]] = defaultdict(list)
        for row in rows:
            inside[_begin(row[0], length)].append(row)
        for span in known:
            begin = _begin(span.begins, length)
            while begin < span.ends:
                parts[begin].append(span)
                begin += length
        for begin in sorted(inside.keys() | parts.keys()):
            if begin >= first:
                yield endpoint, begin, _facts(inside[begin], within(parts[begin], begin, min(begin + length, until)))


def _facts(looks: Sequence[Row], uptime: Uptime) -> Facts:
    times = [ms for *_, ms in looks if ms is not None]
    return {
        "looks": len(looks),
        "failed": sum(saw in {Saw.DOWN, Saw.GONE} for _, saw, _, _ in looks),
        "up_seconds": uptime.up,
        "down_seconds": uptime.down,
        "maintenance_seconds": uptime.maintenance,
        "ms_median": round(median(times)) if times else None,
        "ms_p95": percentile(times),
    }


def _had(first: dt.datetime) -> dict[tuple[int, dt.date], Facts]:
    """Return the days that are written already from `first` on: two, unless the job was away."""
    rows = ProbeDay.objects.filter(day__gte=first.date()).values_list("endpoint", "day", *FIELDS)
    return {(endpoint, day): dict(zip(FIELDS, facts, strict=True)) for endpoint, day, *facts in rows.iterator(BATCH)}


def _write(rows: Sequence[ProbeDay]) -> int:
    ProbeDay.objects.bulk_create(
        rows, batch_size=BATCH, update_conflicts=True, unique_fields=["endpoint", "day"], update_fields=FIELDS
    )
    return len(rows)


def _looks(found: QuerySet[Sample], begins: dt.datetime, ends: dt.datetime) -> Iterator[tuple[int, list[Row]]]:
    """Yield the looks in a stretch of time by endpoint; what was held is what could not be told."""
    rows = found.filter(at__gte=begins, at__lt=ends).order_by("endpoint", "at", "id")
    columns = rows.values_list("endpoint", "at", "saw", "maintenance", "held_by", "ms").iterator(BATCH)
    for endpoint, looks in groupby(columns, key=lambda row: row[0]):
        yield (
            endpoint,
            [(at, Saw.UNKNOWN if held else Saw(saw), maintenance, ms) for _, at, saw, maintenance, held, ms in looks],
        )


def _windows(begins: dt.datetime, ends: dt.datetime) -> Windows:
    """Return the maintenance in a stretch of time by endpoint."""
    found: dict[int, list[tuple[dt.datetime, dt.datetime]]] = defaultdict(list)
    rows: Any = MaintenanceWindow.objects.filter(ends_at__gt=begins, starts_at__lt=ends)
    for endpoint, starts_at, ends_at in rows.values_list("tool__endpoints", "starts_at", "ends_at"):
        found[endpoint].append((starts_at, ends_at))
    return found


def _told(
    looks: Sequence[Row], windows: Sequence[tuple[dt.datetime, dt.datetime]]
) -> Iterator[tuple[dt.datetime, Saw, bool]]:
    """Yield looks for `spans`; what was seen within a window says nothing about the time after its end."""
    for look, following in zip_longest(looks, looks[1:]):
        at, saw, maintenance, _ = look
        yield at, saw, maintenance
        ends = next((ends for begins, ends in windows if maintenance and begins <= at < ends), None)
        if ends is not None and (following is None or ends < following[0]):
            yield ends, Saw.UNKNOWN, False


def _begin(at: dt.datetime, length: dt.timedelta) -> dt.datetime:
    """Return when the hour or the day (UTC) began that a moment is in."""
    return at.astimezone(dt.UTC) - (at - EPOCH) % length


def _midnight(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), dt.UTC)


def _day_of(at: dt.datetime) -> dt.date:
    return at.astimezone(dt.UTC).date()


def percentile(times: Iterable[int]) -> int | None:
    """Return the 95th percentile, None of none."""
    rows = sorted(times)
    if len(rows) < 2:
        return rows[0] if rows else None
    return round(quantiles(rows, n=20, method="inclusive")[-1])


# rows that are being judged are left for the next time: this waits for nobody, so nobody waits for each other
USUAL = """
WITH found AS (
    SELECT endpoint_id, round(percentile_cont(0.5) WITHIN GROUP (ORDER BY ms_median))::int AS ms
    FROM verification_probeday WHERE day >= %s AND day < %s AND ms_median IS NOT NULL
    GROUP BY endpoint_id HAVING count(*) >= %s
), free AS (
    SELECT e.id, found.ms FROM verification_endpoint e JOIN found ON found.endpoint_id = e.id
    WHERE e.usual_ms IS DISTINCT FROM found.ms FOR NO KEY UPDATE OF e SKIP LOCKED
)
UPDATE verification_endpoint e SET usual_ms = free.ms FROM free WHERE e.id = free.id
"""


def usual_times(*, at: dt.datetime | None = None) -> int:
    """Note for each address how long its answers usually take: the median day of the 30 before yesterday.

    Returns for how many it has changed.
    """
    today = _day_of(at or timezone.now())
    with connection.cursor() as cursor:
        cursor.execute(USUAL, [today - (USUAL_DAYS + 1) * DAY, today - DAY, USUAL_LEAST])
        return int(cursor.rowcount)


def forget_looks(*, at: dt.datetime | None = None) -> dict[str, int]:
    """Delete looks after 35 days; days stay. Nothing goes that was not judged, or that no day was made of yet."""
    at = at or timezone.now()
    rolled = ProbeDay.objects.filter(endpoint=OuterRef("endpoint"), day=OuterRef("on"))
    old = Sample.objects.filter(at__lt=at - SAMPLES_KEPT, judged_at__isnull=False)
    old = old.annotate(on=TruncDate("at", tzinfo=dt.UTC)).filter(Exists(rolled))
    done = {"samples": 0}
    while keys := list(old.values_list("pk", flat=True)[:BATCH]):
        done["samples"] += Sample.objects.filter(pk__in=keys).delete()[0]
    return done
