"""What nobody waits for: leases that ran out, runs that are overdue, steps that no message told of.

Called every few seconds by beat, and safe to be called by two of them at once: rows are taken with SKIP LOCKED.
"""

from __future__ import annotations

import datetime as dt
import logging
from dataclasses import dataclass

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now
from django.utils import timezone

from verification import services
from verification.common import COMMON
from verification.contract import Outcome
from verification.models import Run, RunStep, StepResult

log = logging.getLogger(__name__)

MOST_LOSSES = 5  # leases of one step that may run out before we give up on it
BATCH = 200
MOST_HINTS = 8  # messages that wait for workers
MOST_TOLD = 50  # finished runs that one sweep announces
UNTOLD = dt.timedelta(seconds=30)  # a finished run that was not announced by then never will be by its worker


@dataclass
class Swept:
    """What one sweep did."""

    requeued: int = 0
    lost: int = 0
    overdue: int = 0
    announced: int = 0
    hints: int = 0


def sweep() -> Swept:
    """Put lost steps back, end overdue runs, tell the workers of what is due. Returns what was done."""
    done = Swept()
    done.requeued, done.lost = _lost_steps()
    done.overdue = _overdue_runs()
    done.hints = _send_hints()
    done.announced = _announce()
    told = ", ".join(f"{count} {name}" for name, count in vars(done).items() if count)
    changed = done.requeued or done.lost or done.overdue or done.announced  # hints are sent in normal work too
    log.log(logging.INFO if changed else logging.DEBUG, "Swept: %s.", told or "nothing to do")
    return done


def _send_hints() -> int:
    """Top up the messages that wait for workers, one for each due step, at most MOST_HINTS: no backlog grows them."""
    due = RunStep.objects.filter(state=RunStep.State.QUEUED, not_before__lte=Now())
    wanted = len(due.values("pk")[:MOST_HINTS])
    wanted -= services.hints_waiting() if wanted else 0
    services.hint(max(0, wanted))
    return max(0, wanted)


def _announce() -> int:
    """Tell of finished runs whose worker died before it could, each in a task of its own: one may fail."""
    from verification.tasks import announce  # noqa: PLC0415 - tasks import the sweeper

    untold = Run.objects.filter(state=Run.State.FINISHED, announced_at=None, finished_at__lt=Now() - UNTOLD)
    found = list(untold.order_by("?").values_list("pk", flat=True)[:MOST_TOLD])
    for pk in found:
        announce.apply_async((pk,), retry=False)
    return len(found)


def _lost_steps() -> tuple[int, int]:
    """Put back the steps whose lease ran out; those that were lost too often end as inconclusive."""
    expired = RunStep.objects.filter(state=RunStep.State.RUNNING, lease_until__lt=Now())
    with transaction.atomic():
        again = expired.filter(losses__lt=MOST_LOSSES).select_for_update(skip_locked=True)[:BATCH]
        requeued = RunStep.objects.filter(pk__in=[step.pk for step in again]).update(
            state=RunStep.State.QUEUED,
            lease_until=None,
            not_before=Now(),
            losses=F("losses") + 1,
            note="Its worker stopped; it will be done again.",
        )
    lost = 0
    for step in expired.filter(losses__gte=MOST_LOSSES)[:BATCH]:
        lost += _end_step(step.run_id, "lost", [step.pk])
    return requeued, lost


def _overdue_runs() -> int:
    """End runs after their deadline: what is not done becomes inconclusive, never a hang."""
    overdue = list(Run.objects.filter(state=Run.State.RUNNING, deadline__lt=Now()).values_list("pk", flat=True)[:BATCH])
    for pk in overdue:
        _end_step(pk, "too_late")
    return len(overdue)


@transaction.atomic
def _end_step(run_id: int, code: str, only: list[int] | None = None) -> int:
    """End steps of a run (all that are not done, or `only` those that are still lost) with a common code."""
    run = Run.objects.select_for_update(skip_locked=True).filter(pk=run_id, state=Run.State.RUNNING).first()
    if run is None:
        return 0
    steps = RunStep.objects.select_for_update().filter(run=run).exclude(state=RunStep.State.DONE)
    if only is not None:
        steps = steps.filter(pk__in=only, state=RunStep.State.RUNNING, lease_until__lt=Now())
    known, now = COMMON[code], timezone.now()
    ended = list(steps)
    outcome = Outcome(known.verdict, code, known.sentence)
    RunStep.objects.filter(pk__in=[step.pk for step in ended]).update(
        state=RunStep.State.DONE, lease_until=None, note="", tried=[]
    )
    StepResult.objects.bulk_create([services.result_of(step, outcome, started_at=now) for step in ended])
    services.settle(run)
    return len(ended)
