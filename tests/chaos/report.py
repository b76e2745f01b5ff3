"""What stands in the database when the dust has settled, and the table that says so."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from django.db import connection
from django.db.models import Count
from django.db.models.functions import Now

from verification.models import Run, RunStep, StepResult


@dataclass
class Found:
    """The state at the end, and what is wrong with it."""

    steps: int
    results: int
    again: int  # steps that were claimed more than once for another reason than a soft fail
    losses: int
    misses: list[str] = field(default_factory=list)


def judge(runs: int, steps_of_a_run: int) -> Found:
    """Compare what is there with what must be."""
    again = sum(attempt > tries + 1 for attempt, tries in StepResult.objects.values_list("attempt", "tries"))
    losses = sum(RunStep.objects.values_list("losses", flat=True))
    found = Found(RunStep.objects.count(), StepResult.objects.count(), again, losses)
    wanted = runs * steps_of_a_run
    finished = Run.objects.filter(state="finished").count()
    if (Run.objects.count(), finished) != (runs, runs):
        found.misses.append(f"{runs} runs were begun, {finished} of {Run.objects.count()} have ended")
    if (found.steps, found.results) != (wanted, wanted):
        found.misses.append(f"{wanted} steps were begun, {found.steps} are there with {found.results} results")
    open_steps = RunStep.objects.exclude(state="done").count()
    if open_steps:
        found.misses.append(f"{open_steps} steps are not done")
    twice = StepResult.objects.values("step").annotate(times=Count("pk")).filter(times__gt=1).count()
    if twice:
        found.misses.append(f"{twice} steps have more than one result")
    stale = RunStep.objects.filter(state="running", lease_until__lt=Now()).count()
    if stale:
        found.misses.append(f"{stale} leases ran out and nobody saw it")
    _judge_what_was_said(found, runs)
    _judge_what_was_told(found, runs)
    return found


def _judge_what_was_said(found: Found, runs: int) -> None:
    sevens = Run.objects.filter(tool__slug__endswith="7").count()
    said = Counter(StepResult.objects.values_list("key", "verdict", "code"))
    must = Counter({(key, "pass", "fine"): runs for key in ("begin", "fetch", "right", "unite")})
    must |= Counter({("left", "pass", "fine"): runs - sevens, ("left", "fail", "shaky"): sevens})
    if said != must:
        found.misses.append(f"not what was to be said: {dict((said - must) + (must - said))}")
    unconfirmed = StepResult.objects.filter(soft=True).exclude(tries=2).count()
    if unconfirmed:
        found.misses.append(f"{unconfirmed} soft fails were said without having been seen again")


def _judge_what_was_told(found: Found, runs: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*), count(DISTINCT run_id) FROM chaos_told")
        told, distinct = cursor.fetchone() or (0, 0)
    if (told, distinct) != (runs, runs):
        found.misses.append(f"{runs} runs ended, {distinct} were told of, {told - distinct} of them again")


def table(faults: Mapping[str, int], events: Mapping[str, int], found: Found, drained: float) -> str:
    """Return the report as text."""
    rows = [(name, str(count)) for name, count in sorted(faults.items())]
    rows += [
        ("faults", str(sum(faults.values()))),
        ("steps", str(found.steps)),
        ("results", str(found.results)),
        ("times a step was begun", str(events.get("begun", 0))),
        ("steps that needed a second attempt", str(found.again)),
        ("leases that ran out", str(found.losses)),
        ("late writers kept out", str(events.get("fenced", 0))),
        ("messages sent", str(events.get("message", 0))),
        ("seconds to drain after the last fault", f"{drained:.1f}"),
    ]
    width = max(len(name) for name, _ in rows)
    lines = [f"{name:{width}}  {value:>6}" for name, value in rows]
    lines += [f"MISS: {miss}" for miss in found.misses] or ["nothing lost, nothing done twice"]
    return "\n".join(lines) + "\n"
