"""Our own outages: which looks cannot be trusted, decided for the looks of the same ten minutes together."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterable, Sequence

from django.db.models import F, Q

from verification import journal
from verification.domains import domain_of
from verification.health.rows import rewrite
from verification.judgement import gate
from verification.judgement.intervals import LADDER
from verification.judgement.judge import Saw, State
from verification.models import Endpoint, LogEntry, OwnOutage, Sample, Watch

AROUND = dt.timedelta(minutes=10)  # looks so close to each other are judged by the gate together
WIDE, ENOUGH = dt.timedelta(hours=1), 50  # of fewer domains, those that passed within the hour before count as well
HELD_AT_MOST = dt.timedelta(hours=2)  # by the share alone, while canaries answer: then it is true after all
TRUSTED_FOR = dt.timedelta(hours=6)  # after that, before the share may hold anything again
CANARY_TELLS = dt.timedelta(hours=1)  # of older looks a canary that is silent now says nothing
FAILED = {Saw.DOWN, Saw.GONE}
OUR_SIDE = "our_side"  # verification/common.py: a worker saw by itself that the trouble is ours
DOUBTFUL = Q(saw__in=FAILED) | Q(code=OUR_SIDE)
WELL = {State.HEALTHY.value, State.DEGRADED.value}
Cause = OwnOutage.Cause


def doubtful(one: Sample) -> bool:
    """Whether a look is one that an outage of ours would cause, too."""
    return one.saw in FAILED or one.code == OUR_SIDE


def asks_canary(at: dt.datetime) -> bool:
    """Whether looks wait of which a canary has to tell: some failed, or an outage of ours may be over."""
    waiting = Sample.objects.filter(judged_at=None, at__lte=at)
    return waiting.filter(DOUBTFUL).exists() or (OwnOutage.objects.filter(ended_at=None).exists() and waiting.exists())


def slices(batch: Iterable[Sample]) -> list[list[Sample]]:
    """Return looks, in order of time, in stretches of at most ten minutes."""
    found: list[list[Sample]] = []
    for one in batch:
        if found and one.at - found[-1][0].at < AROUND:
            found[-1].append(one)
        else:
            found.append([one])
    return found


def holding(
    looks: Sequence[Sample], earlier: Sequence[Sample], *, silent: bool | None, at: dt.datetime
) -> OwnOutage | None:
    """Return the outage of our own that holds what failed of a slice, None when it can be trusted.

    `earlier`: the looks of the same batch that were judged before, not written yet; `silent`: whether no canary answers
    now, None when it was not asked. Begins and ends outages, with an entry in the log.
    """
    begins, ends = looks[0].at, looks[-1].at
    last = OwnOutage.objects.select_for_update().order_by("-began_at", "-id").first()
    if last is not None and begins < (last.ended_at or last.began_at):  # late ones neither begin nor end anything
        return OwnOutage.objects.filter(began_at__lte=begins, ended_at__gt=begins).order_by("began_at").first()
    running = last if last is not None and last.ended_at is None else None
    doubted = any(map(doubtful, looks))
    if running is None and not doubted:
        return None
    if running is not None and (silent is None or (running.cause == Cause.BATCH and not _telling(looks))):
        return running  # nothing was learned of it
    by_canary = running is not None and running.cause == Cause.CANARY
    window = _window(looks, earlier)
    share = gate.share(_glances(window))
    if silent and (by_canary or at - ends <= CANARY_TELLS):
        return _held(running, Cause.CANARY, share, begins)
    ours = gate.share(_glances(one for one in window if one.saw not in FAILED))
    if ours.suspicious or (share.suspicious and not _true_after_all(begins)):
        return _held(running, Cause.BATCH, share, begins)
    if running is not None:
        _end(running, begins)
        journal.note(
            at=begins, kind=LogEntry.Kind.OWN_OUTAGE, key=f"own-outage:{running.pk}:ended",
            sentence=f"Looks count again. {running.held} were held since {running.began_at:%-d %b, %H:%M} UTC.",
        )  # fmt: skip
    return None


def count_held(outage: OwnOutage, held: int) -> None:
    """Note that so many more looks do not count."""
    OwnOutage.objects.filter(pk=outage.pk).update(held=F("held") + held)


def look_again(*, since: dt.datetime, at: dt.datetime) -> None:
    """Let tools be looked at soon of which looks were held by an outage that ended after `since`."""
    ended = list(OwnOutage.objects.filter(ended_at__gte=since))
    if not ended or OwnOutage.objects.filter(ended_at=None).exists():
        return
    # by their keys, one after the other: as one statement it has been seen to take minutes before statistics were there
    held = set(Sample.objects.filter(held_by__in=ended).values_list("endpoint", flat=True))
    untold = Endpoint.objects.filter(pk__in=held, last=Saw.UNKNOWN, retired_at=None)
    tools = set(untold.values_list("tool", flat=True))
    rows = list(Watch.objects.filter(next_at__gt=at + LADDER[0], tool__in=tools).order_by("pk"))
    for row in rows:
        row.next_at = at + LADDER[0] * random.random()  # noqa: S311 - spreads load, keeps no secret
    rewrite(Watch, rows, ["next_at"])


def _held(running: OwnOutage | None, cause: Cause, share: gate.Share, begins: dt.datetime) -> OwnOutage:
    if running is not None and running.cause != cause:
        _end(running, begins)
        running = None
    if running is None:
        running = OwnOutage.objects.create(cause=cause, began_at=begins)
        journal.note(
            at=begins, kind=LogEntry.Kind.OWN_OUTAGE, key=f"own-outage:{running.pk}:began",
            sentence=f"Looks are held: {running.get_cause_display()}. No tool's state changes by what failed.",
        )  # fmt: skip
    if share.turned > running.turned:
        running.checked, running.turned = share.domains, share.turned
        running.save(update_fields=["checked", "turned"])
    return running


def _end(running: OwnOutage, at: dt.datetime) -> None:
    running.ended_at = at
    running.save(update_fields=["ended_at"])


def _true_after_all(now: dt.datetime) -> bool:
    """Whether what the share alone held was held long enough: the trouble is theirs, however many they are."""
    last = OwnOutage.objects.filter(cause=Cause.BATCH).order_by("-began_at", "-id").first()
    if last is None:
        return False
    lasted = (last.ended_at or now) - last.began_at
    return lasted >= HELD_AT_MOST and (last.ended_at is None or now - last.ended_at < TRUSTED_FOR)


def _telling(looks: Iterable[Sample]) -> bool:
    return any(one.saw != Saw.UNKNOWN or one.code == OUR_SIDE for one in looks)


def _window(looks: Sequence[Sample], earlier: Sequence[Sample]) -> list[Sample]:
    """Return the looks that the gate compares: of the slice and ten minutes before it.

    Where these are few domains (those that fail are looked at more often than the others, and would outnumber them),
    also those that passed in the hour before.
    """
    begins, ends = looks[0].at, looks[-1].at
    stored = Sample.objects.filter(judged_at__isnull=False, at__lte=ends).select_related("endpoint", "held_by")
    near = [one for one in earlier if one.at >= begins - AROUND]
    window = [*stored.filter(at__gte=begins - AROUND), *near, *looks]
    domains = {domain_of(one.endpoint.subject) for one in window}
    if len(domains) >= ENOUGH:
        return window
    passed = stored.filter(at__gte=begins - WIDE, at__lt=begins - AROUND, saw=Saw.UP).order_by("-at")[: 4 * ENOUGH]
    before = [one for one in earlier if begins - WIDE <= one.at < begins - AROUND and one.saw == Saw.UP]
    return [*(one for one in [*passed, *before] if domain_of(one.endpoint.subject) not in domains), *window]


def _glances(looks: Iterable[Sample]) -> list[gate.Glance]:
    """Return what the gate needs of looks.

    Those that only confirm a fail seen before did not turn just now, and what failed while no canary answered is
    explained by that.
    """
    return [
        gate.Glance(domain_of(one.endpoint.subject), doubtful(one), one.endpoint.state in WELL)
        for one in looks
        if (one.saw != Saw.UNKNOWN or one.code == OUR_SIDE) and not _confirms(one) and not _explained(one)
    ]


def _explained(one: Sample) -> bool:
    return one.held_by is not None and one.held_by.cause == Cause.CANARY


def _confirms(one: Sample) -> bool:
    if one.saw not in FAILED or one.held_by_id is not None or one.endpoint.state not in WELL:
        return False
    return one.endpoint.fails > 0 if one.judged_at is None else one.endpoint.began_at != one.at
