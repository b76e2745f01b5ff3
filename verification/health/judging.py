"""Judging samples: in the order of their times, a batch under one lock, and nothing that cannot be trusted."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import takewhile

from django.db import connection, transaction
from django.db.models import Max
from django.utils import timezone

from catalog.services import hold
from verification import canary, journal
from verification.health import incidents, own_outages, standing
from verification.health.rows import rewrite
from verification.judgement import judge as rules
from verification.judgement import quorum
from verification.judgement.judge import HOLDS, Event, Look, Saw, State, judge
from verification.models import Endpoint, LogEntry, MaintenanceWindow, Sample

BATCH = 2_000  # samples judged in one transaction
TOGETHER = dt.timedelta(minutes=1)  # looks from several places within it are one; one place does not look again so soon


@dataclass
class Judged:
    """What one turn of judging did."""

    samples: int = 0
    held: int = 0
    tools: set[int] = field(default_factory=set)
    events: dict[str, int] = field(default_factory=dict)


@dataclass
class Turn:
    """One turn of judging: what it needs to know, and what it did."""

    at: dt.datetime
    silent: bool | None  # whether no canary answers, None when none was asked
    judged: dict[int, dt.datetime]  # by endpoint, the last look that was judged, where it is not older than the batch
    told: dict[int, list[tuple[dt.datetime, str, Saw]]]  # by endpoint: when, from where, what was seen
    windows: Mapping[int, list[tuple[dt.datetime, dt.datetime]]]  # of maintenance, by tool
    earlier: list[Sample] = field(default_factory=list)  # looks of this turn that were judged
    done: Judged = field(default_factory=Judged)


def judge_due(*, at: dt.datetime | None = None, reached: Callable[[], bool] = canary.reached) -> Judged:
    """Judge what was seen and not judged yet, up to 2,000 looks. Two at once do it once.

    `reached` tells whether our own network reaches anything; it is asked when something failed or while an outage of
    our own is under way, before the database is locked. What failed after it was not asked waits for the next turn.
    """
    at = at or timezone.now()
    silent = not reached() if own_outages.asks_canary(at) else None
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtext('verification_judge'))")
        (alone,) = cursor.fetchone() or (False,)
        return _judge_batch(at, silent) if alone else Judged()


def _judge_batch(at: dt.datetime, silent: bool | None) -> Judged:
    done = Judged()
    waiting = Sample.objects.filter(judged_at=None, at__lte=at)
    tools = set(waiting.order_by("at", "id").values_list("endpoint__tool", flat=True)[:BATCH])
    if not tools:
        return done
    hold(tools)  # before anything is read: a run that ends now may retire an address
    batch = list(waiting.filter(endpoint__tool__in=tools).select_related("endpoint__tool").order_by("at", "id")[:BATCH])
    if silent is None:
        batch = list(takewhile(lambda one: not own_outages.doubtful(one), batch))
    if not batch:
        return done
    told = _told(batch)
    batch = _settled(batch, told, at)
    if not batch:
        return done
    endpoints = {one.endpoint_id: one.endpoint for one in batch}
    for sample in batch:
        sample.endpoint = endpoints[sample.endpoint_id]  # one object for all its samples
    turn = Turn(at, silent, _judged_after(batch), told, _windows(batch), done=done)
    for looks in own_outages.slices(batch):
        _judge_slice(looks, turn)
        turn.earlier += looks
    rewrite(Sample, batch, ["judged_at", "held_by", "maintenance"])
    rewrite(Endpoint, list(endpoints.values()), JUDGED)
    done.samples, done.tools = len(batch), {one.tool_id for one in endpoints.values()}
    standing.refresh(done.tools, at=at, new_looks=True)
    own_outages.look_again(since=batch[0].at, at=at)
    return done


def _judge_slice(looks: Sequence[Sample], turn: Turn) -> None:
    outage = own_outages.holding(looks, turn.earlier, silent=turn.silent, at=turn.at)
    held = [one for one in looks if own_outages.doubtful(one)] if outage is not None else []
    for one in held:
        one.held_by = outage
    if outage is not None:
        own_outages.count_held(outage, len(held))
        turn.done.held += len(held)
    by_endpoint: dict[int, list[Sample]] = defaultdict(list)
    for one in looks:
        one.judged_at = turn.at
        one.maintenance = any(begins <= one.at < ends for begins, ends in turn.windows[one.endpoint.tool_id])
        by_endpoint[one.endpoint_id].append(one)
    groups = [group for rows in by_endpoint.values() for group in together(rows)]
    for group in sorted(groups, key=lambda group: (group[-1].at, group[-1].pk)):
        for event in _judge_group(group, turn):
            turn.done.events[event] = turn.done.events.get(event, 0) + 1


def together(looks: Sequence[Sample]) -> list[list[Sample]]:
    """Return looks at one address, in order of time, in groups that are one look each: of each place at most one."""
    groups: list[list[Sample]] = []
    for one in looks:
        last = groups[-1] if groups else []
        if last and one.at - last[0].at < TOGETHER and one.vantage not in {other.vantage for other in last}:
            last.append(one)
        else:
            groups.append([one])
    return groups


def _judge_group(group: Sequence[Sample], turn: Turn) -> list[Event]:
    """Judge looks at one address that are one look. Late ones count for the uptime only."""
    endpoint, at = group[0].endpoint, group[-1].at
    last = turn.judged.get(endpoint.pk)
    if last is not None and at <= last:
        return []
    turn.judged[endpoint.pk] = at
    saw = _counts(group, endpoint, turn)
    if saw is None:
        return []
    sample = next((one for one in reversed(group) if one.saw == saw), group[-1])
    state = endpoint.state
    health, events = judge(
        endpoint.health, Look(at, saw, sample.ms), usual_ms=endpoint.usual_ms, maintenance=sample.maintenance
    )
    endpoint.take(health)
    if endpoint.state != state:
        endpoint.since = at
    for event in events:
        _follow(event, endpoint, sample)
    return events


def _counts(group: Sequence[Sample], endpoint: Endpoint, turn: Turn) -> Saw | None:
    """Return what looks of one moment come to, together with what other places saw last; None when they say nothing.

    A look that the other places outvote is one that could not tell: it changes nothing, and is asked again soon. One
    that could not tell says nothing where others could.
    """
    told = turn.told[endpoint.pk]
    here = {one.vantage for one in group}
    at = group[-1].at
    votes = {place: saw for seen_at, place, saw in told if at - HOLDS < seen_at <= at and place not in here}
    own = {one.vantage: Saw(one.saw) for one in group if one.saw != Saw.UNKNOWN and one.held_by_id is None}
    told += [(one.at, one.vantage, own[one.vantage]) for one in group if one.vantage in own]
    if not own:
        held = any(one.held_by_id is not None for one in group)
        return None if votes and not held else Saw.UNKNOWN
    was = Saw.DOWN if endpoint.state == State.UNREACHABLE else Saw.UP
    saw = quorum.agreed({**votes, **own}, was=was).saw
    return saw if any((one == Saw.UP) == (saw == Saw.UP) for one in own.values()) else Saw.UNKNOWN


def _follow(event: Event, endpoint: Endpoint, sample: Sample) -> None:
    """Do what an event of judgement asks for."""
    if event == Event.OPENED:
        incidents.open_incident(endpoint, sample=sample)
    elif event == Event.CLOSED:
        incidents.close_incident(
            endpoint,
            at=sample.at,
            text="Reachable again, seen twice.",
            run=sample.run_id,
        )
    elif event == Event.LOST_SIGHT:
        why = "our own looks could not be trusted." if sample.held_by_id else sample.sentence
        text = f"Nothing could be told for {rules.FROZEN_AT_MOST.days} days, so nothing is said any more: {why}"
        incidents.close_incident(endpoint, at=sample.at, text=text, run=sample.run_id)
    elif event in SAID:
        journal.note(
            at=sample.at, kind=LogEntry.Kind.HEALTH, key=f"endpoint:{endpoint.pk}:{event}:{sample.at:%Y%m%d%H%M%S}",
            tool=endpoint.tool, run=sample.run_id, sentence=f"{endpoint.subject} {SAID[event]}",
        )  # fmt: skip


SAID = {
    Event.SEEN: "answered; until then nothing was known of it.",
    Event.SLOWED: f"answers over {rules.SLOW:g} times as slowly as it used to.",
    Event.QUICKENED: "answers as fast as it used to again.",
    Event.UNSTABLE: f"comes and goes: {rules.FLAPS} or more changes in the last {rules.REMEMBERED} looks.",
    Event.STEADY: "has stopped coming and going.",
}


def _windows(batch: Sequence[Sample]) -> Mapping[int, list[tuple[dt.datetime, dt.datetime]]]:
    found: dict[int, list[tuple[dt.datetime, dt.datetime]]] = defaultdict(list)
    tools = {one.endpoint.tool_id for one in batch}
    rows = MaintenanceWindow.objects.filter(tool__in=tools, starts_at__lte=batch[-1].at, ends_at__gt=batch[0].at)
    for tool, begins, ends in rows.values_list("tool", "starts_at", "ends_at"):
        found[tool].append((begins, ends))
    return found


def _judged_after(batch: Sequence[Sample]) -> dict[int, dt.datetime]:
    """Return when the last judged look at each endpoint was, of those that were not before the whole batch."""
    rows = Sample.objects.filter(
        endpoint__in={one.endpoint_id for one in batch}, at__gte=batch[0].at, judged_at__isnull=False
    )
    return dict(rows.values_list("endpoint").annotate(last=Max("at")))


def _settled(
    batch: Sequence[Sample], told: Mapping[int, Sequence[tuple[dt.datetime, str, Saw]]], at: dt.datetime
) -> list[Sample]:
    """Return a batch without the looks of the last minute at what several places look at: they may be one with more."""
    places = {endpoint: {place for _, place, _ in rows} for endpoint, rows in told.items()}
    for one in batch:
        places.setdefault(one.endpoint_id, set()).add(one.vantage)
    return [one for one in batch if one.at <= at - TOGETHER or len(places[one.endpoint_id]) == 1]


def _told(batch: Sequence[Sample]) -> dict[int, list[tuple[dt.datetime, str, Saw]]]:
    """Return what could be told before from other places than the batch's only one, by endpoint, in order of time."""
    found: dict[int, list[tuple[dt.datetime, str, Saw]]] = defaultdict(list)
    places = {one.vantage for one in batch}
    rows = Sample.objects.filter(
        endpoint__in={one.endpoint_id for one in batch}, at__gt=batch[0].at - HOLDS, at__lte=batch[-1].at,
        judged_at__isnull=False, held_by=None,
    ).exclude(saw=Saw.UNKNOWN)  # fmt: skip
    if len(places) == 1:
        rows = rows.exclude(vantage__in=places)
    for endpoint, at, place, saw in rows.order_by("at", "id").values_list("endpoint", "at", "vantage", "saw"):
        found[endpoint].append((at, place, Saw(saw)))
    return found


JUDGED = [
    "state", "since", "fails", "gone", "passes", "began_at", "known_at", "last", "unknown_since", "down_since",
    "down_for", "recent", "unstable", "answers_ms",
]  # fmt: skip
