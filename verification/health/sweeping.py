"""What beat asks for: begin the looks that are due, judge what was seen, let incidents and claims have their time."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F, Q
from django.utils import timezone

from catalog.choices import LISTED
from catalog.models import Tool
from verification.claims import services as claims
from verification.health import looks, standing
from verification.health.decaying import sweep_incidents
from verification.health.judging import Judged, judge_due
from verification.health.rows import rewrite
from verification.judgement.intervals import USUAL, next_full
from verification.listing import listing_of
from verification.models import Endpoint, Run, Watch
from verification.services import start_runs

AT_ONCE = 100  # runs begun by one sweep: 30 seconds' worth of what a usual worker does
SPREAD = USUAL  # what was never looked at is looked at within this time, not at once
NEW_AT_ONCE = 2_000
EDITS_AT_ONCE = 500
AGAIN = dt.timedelta(minutes=5)  # after which a full run is tried again that could not begin as one was under way
IN_THE_DEMONSTRATION = r"^https?://[^/?#]*\.example(:[0-9]+)?([/?#]|$)"


@contextmanager
def alone() -> Iterator[bool]:
    """Tell whether nobody else sweeps over time, and keep others from it until the end."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtext('verification_time'))")
        (mine,) = cursor.fetchone() or (False,)
    try:
        yield bool(mine)
    finally:
        if mine:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(hashtext('verification_time'))")


def watch_new(*, at: dt.datetime | None = None) -> int:
    """Begin to watch listed tools that are not watched yet, spread over six hours; return how many.

    With a name server of its own (PROBE_RESOLVER, as in `make demo`) a site sees a made-up world, in which real tools
    would be accused of not being there: only names under .example are watched.
    """
    at = at or timezone.now()
    new = Tool.objects.listed().filter(watch=None)
    if settings.PROBE_RESOLVER:
        new = new.filter(homepage__iregex=IN_THE_DEMONSTRATION)
    rows = []
    for pk in new.order_by("pk").values_list("pk", flat=True)[:NEW_AT_ONCE]:
        first = at + SPREAD * random.random()  # noqa: S311 - spreads load, keeps no secret
        rows.append(Watch(tool_id=pk, full_at=first, next_at=first + SPREAD))
    Watch.objects.bulk_create(rows, ignore_conflicts=True)
    return len(rows)


@transaction.atomic
def begin_due(*, at: dt.datetime | None = None) -> dict[str, int]:
    """Begin the runs that are due, full ones first, at most 100; return how many of each kind.

    The rows are taken with SKIP LOCKED and moved on in the same transaction that begins the runs: two beats begin
    them once. The next look is set for good when this one has been judged. A tool whose looks have stopped (`next_at`
    is empty) has no full runs by itself either; one that a person asks for brings it back when it answers.
    """
    at = at or timezone.now()
    if not (settings.PROBES_ENABLED and settings.PROBES_SCHEDULED):
        return {"full": 0, "light": 0}
    watches = Watch.objects.select_for_update(skip_locked=True, of=("self",)).filter(tool__status__in=LISTED)
    full = list(
        watches.filter(full_at__lte=at, next_at__isnull=False)
        .select_related("tool")
        .order_by("full_at", "id")[:AT_ONCE]
    )
    due = Q(next_at__lte=at) & ~Q(pk__in=[one.pk for one in full])
    light = list(watches.filter(due).select_related("tool").order_by("next_at", "id")[: AT_ONCE - len(full)])
    tools = Tool.objects.filter(pk__in=[one.tool_id for one in [*full, *light]]).prefetch_related("plans", "interfaces")
    by_key = {tool.pk: tool for tool in tools}
    begun = {
        name: start_runs([by_key[one.tool_id] for one in rows], trigger=Run.Trigger.SCHEDULE, light=name == "light")
        for name, rows in (("full", full), ("light", light))
    }
    under_way = set(
        Run.objects.filter(tool__in=by_key, light=False, state=Run.State.RUNNING)
        .exclude(pk__in=begun["full"])
        .values_list("tool", flat=True)
    )
    for one in full:
        if one.tool_id in under_way:  # of an older text, it may be: what made this one due is not forgotten
            one.full_at = at + AGAIN
            continue
        priced = any(plan.amount for plan in by_key[one.tool_id].plans.all())
        one.full_at = at + next_full(priced=priced, chance=random.random())  # noqa: S311
        if one.next_at is not None and one.next_at <= at + USUAL / 2:
            one.next_at = at + USUAL
    for one in light:
        one.next_at = at + USUAL
    rewrite(Watch, [*full, *light], ["full_at", "next_at"])
    return {name: len(runs) for name, runs in begun.items()}


@dataclass
class Swept:
    """What one sweep over time did."""

    judged: Judged
    effects: int = 0
    claims: int = 0


def sweep_time(*, at: dt.datetime | None = None) -> Swept:
    """Judge what was seen, let open incidents have their effects, end claims whose time is over or whose text changed.

    What an edit has ended is looked at anew at once, not when the next full run would come.
    """
    at = at or timezone.now()
    done = Swept(judge_due(at=at))
    done.effects = sweep_incidents(at=at)
    changed = claims.end_changed(at=at)
    Watch.objects.filter(tool__in=changed, full_at__gt=at).update(full_at=at)
    heed_edits(at=at)
    ended = claims.end_lapsed(at=at) | changed
    standing.refresh(ended, at=at)
    done.claims = len(ended)
    return done


@transaction.atomic
def heed_edits(*, at: dt.datetime) -> int:
    """Have all steps made soon where an edit changed which addresses are watched; return of how many tools.

    What the last full run saw beside the addresses was said of the old ones. Each edit is compared once.
    """
    edited = Watch.objects.select_for_update(skip_locked=True, of=("self",)).filter(tool__status__in=LISTED)
    edited = edited.exclude(compared_at=F("tool__changed_at")).select_related("tool").order_by("id")
    rows = list(edited.prefetch_related("tool__plans", "tool__interfaces")[:EDITS_AT_ONCE])
    keys = [one.tool_id for one in rows]
    there: dict[int, set[str]] = {key: set() for key in keys}
    for tool, subject in Endpoint.objects.filter(tool__in=keys, retired_at=None).values_list("tool", "subject"):
        there[tool].add(subject)
    heeded = 0
    for one in rows:
        one.compared_at = one.tool.changed_at
        if there[one.tool_id] and there[one.tool_id] != looks.watched(listing_of(one.tool)).keys():
            one.full_at = min(one.full_at, at)
            one.next_at, one.elsewhere, heeded = one.next_at or at, "", heeded + 1
    rewrite(Watch, rows, ["compared_at", "full_at", "next_at", "elsewhere"])
    return heeded
