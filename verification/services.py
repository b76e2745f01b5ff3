"""Beginning and ending runs. All states of runs and steps change here and in verification/work.py."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import logging
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Any

import django.dispatch
from django.db import models, transaction
from django.db.models import prefetch_related_objects
from django.db.models.functions import Now
from django.utils import timezone
from kombu.exceptions import KombuError

from catalog import services as catalog
from catalog.choices import Status
from catalog.models import Tool
from verification import redaction
from verification.contract import Outcome, Subject
from verification.domains import domain_of
from verification.listing import fingerprint, listing_of
from verification.models import Run, RunStep, StepResult
from verification.plan import Planned, plan
from verification.reading.addresses import canonical
from verification.steps import registry
from verification.version import CHECKER

log = logging.getLogger(__name__)
run_finished = django.dispatch.Signal()  # upward notice: sender=Run, run=…; see `announce`
draft_run_finished = django.dispatch.Signal()  # the same of a tool that is not listed: nothing follows from it here

QUEUE = "verification"  # of the hints; the sweeps have another, so that no backlog keeps them waiting
HINTS = 4  # messages sent for one run: as many as a usual worker has processes
HINT_EXPIRES = 600.0  # seconds; long, because a worker's clock may differ from the sender's
SUBJECT = 600  # characters of a subject that a row holds
CUT = re.compile(r"(?s).{560}#[0-9a-f]{32}")
DETAIL = 512 * 1024  # bytes of JSON
BATCH = 500  # runs begun in one transaction
ASKED_FOR = {Run.Trigger.STAFF, Run.Trigger.OWNER, Run.Trigger.COMMAND}
DEADLINE = {True: dt.timedelta(minutes=30), False: dt.timedelta(hours=12)}  # a person waits; by schedule


def start_run(*, tool: Tool, trigger: str, by: Any = None, light: bool = False) -> tuple[Run, bool]:
    """Begin a run of `tool` and tell the workers; return it and True, or the one that runs already and False.

    Raises LookupError when the tool has nothing that such a run could check.
    """
    prefetch_related_objects([tool], "plans", "interfaces")
    for _ in range(3):
        begun = start_runs([tool], trigger=trigger, by=by, light=light)
        if begun:
            return Run.objects.get(pk=begun[0]), True
        running = Run.objects.filter(tool=tool, light=light, state=Run.State.RUNNING).first()
        if running is not None:
            return running, False  # else it ended between the two statements
    raise LookupError(f"{tool.name} has nothing that could be checked.")


def start_runs(tools: Iterable[Tool], *, trigger: str, by: Any = None, light: bool = False) -> list[int]:
    """Begin runs of any number of tools (plans and interfaces prefetched); return the keys of the runs.

    Tools with such a run under way, and tools whose run would have no step, are left out. Works in batches, each a
    transaction of its own: give it a QuerySet and memory stays flat.
    """
    left = iter(tools.iterator(chunk_size=BATCH) if isinstance(tools, models.QuerySet) else tools)
    begun: list[int] = []
    while batch := list(islice(left, BATCH)):
        begun += _start_batch(batch, trigger=trigger, by=by, light=light)
    if begun:
        transaction.on_commit(lambda: hint(HINTS))
    return begun


@transaction.atomic
def _start_batch(tools: list[Tool], *, trigger: str, by: Any, light: bool) -> list[int]:
    planned: dict[int, tuple[Run, list[Planned]]] = {}
    deadline = Now() + DEADLINE[trigger in ASKED_FOR]
    for tool in sorted(tools, key=lambda tool: tool.pk):  # one order: no deadlock with another start of the same tools
        listing = listing_of(tool)
        steps = plan(listing, light=light)
        if steps:
            run = Run(
                tool=tool, trigger=trigger, light=light, requested_by=by, checker=CHECKER, deadline=deadline,
                fingerprint=fingerprint(listing),
            )  # fmt: skip
            planned[tool.pk] = (run, steps)
    Run.objects.bulk_create([run for run, _ in planned.values()], ignore_conflicts=True)
    # with ignore_conflicts no keys come back: ours are the running ones that have no steps yet
    fresh = Run.objects.filter(tool__in=planned, light=light, state=Run.State.RUNNING, steps=None)
    begun = list(fresh.order_by("id").only("pk", "tool_id", "trigger"))
    rows = [row for run in begun for row in _steps_of(run, planned[run.tool_id][1])]
    RunStep.objects.bulk_create(rows, batch_size=1_000)
    return [run.pk for run in begun]


def _steps_of(run: Run, steps: Sequence[Planned]) -> list[RunStep]:
    keys = {one.step.key for one in steps}
    once: dict[tuple[str, str], Planned] = {}  # two spellings of one address are one piece of work
    for one in steps:
        once.setdefault((one.step.key, subject_text(one.subject)), one)
    return [
        RunStep(
            run=run,
            position=position,
            key=key,
            subject=subject,
            domain=domain_of(subject) if one.step.requests else "",
            state=RunStep.State.WAITING if keys & set(one.step.needs) else RunStep.State.QUEUED,
            priority=0 if run.trigger in ASKED_FOR else 5,
        )
        for position, ((key, subject), one) in enumerate(once.items())
    ]


def subject_text(subject: Subject) -> str:
    """Return how a subject is stored: addresses in their one spelling, so that two listings share them.

    What is longer than a row holds is cut and ends in a hash of the whole: no two are stored alike.
    """
    text = canonical(subject.address) if "://" in subject.address else subject.address
    if len(text) <= SUBJECT:
        return text
    return f"{text[:560]}#{hashlib.sha256(text.encode('utf-8', 'replace')).hexdigest()[:32]}"


def is_cut(stored: str) -> bool:
    """Whether a stored subject is not the address itself, but a cut one."""
    return CUT.fullmatch(stored) is not None


def hint(count: int = 1) -> None:
    """Tell the workers that there is work. Lost hints do no harm: the sweeper sends others."""
    from verification.tasks import work  # noqa: PLC0415 - tasks import services

    try:
        for _ in range(count):
            work.apply_async(retry=False, expires=HINT_EXPIRES)
    except (KombuError, OSError) as error:
        log.warning("The broker took no hint (%s); the sweeper will send one.", error)


def hints_waiting() -> int:
    """Return how many hints lie in the broker that no worker has taken; 0 when it cannot tell."""
    from verification.tasks import work  # noqa: PLC0415 - tasks import services

    connection: Any
    with work.app.pool.acquire(block=True) as connection:
        try:
            connection.ensure_connection(max_retries=1, interval_start=0)
            with connection.channel() as channel:
                return int(channel.queue_declare(queue=QUEUE, passive=True).message_count)
        except (*connection.channel_errors, *connection.connection_errors, KombuError, OSError):
            return 0  # nobody is there, or no such queue: nothing was sent yet


def settle(run: Run) -> None:
    """Queue what waited for the steps that are done, or end the run. The caller holds the run's lock."""
    steps = list(RunStep.objects.filter(run=run).only("pk", "key", "state"))
    if all(step.state == RunStep.State.DONE for step in steps):
        _finish(run)
        return
    promoted = _promote(steps)
    if promoted > 1:  # whoever calls us goes on with one of them
        transaction.on_commit(lambda: hint(min(HINTS, promoted - 1)))


def _promote(steps: Sequence[RunStep]) -> int:
    """Queue the waiting steps whose needs are met; return how many."""
    open_keys = {step.key for step in steps if step.state != RunStep.State.DONE}
    ready = [
        step.pk
        for step in steps
        if step.state == RunStep.State.WAITING
        and not (step.key in registry() and open_keys & set(registry()[step.key].needs))
    ]
    if not ready:
        return 0
    return RunStep.objects.filter(pk__in=ready, state=RunStep.State.WAITING).update(
        state=RunStep.State.QUEUED, not_before=Now()
    )


def _finish(run: Run) -> None:
    """End a run by what its rows say."""
    counts = Counter(StepResult.objects.filter(run=run).values_list("verdict", flat=True))
    changed = Run.objects.filter(pk=run.pk, state=Run.State.RUNNING).update(
        state=Run.State.FINISHED, finished_at=Now(), counts=dict(counts)
    )
    if changed:
        transaction.on_commit(lambda: announce(run.pk), robust=True)


@transaction.atomic
def announce(run_id: int) -> bool:
    """Tell the listeners that a run has finished; return False when they know it.

    What they write stands or falls with the note that they were told: a process that dies in between, or a listener
    that fails, is made good by the sweeper, and nobody's rows are written twice.
    """
    untold = Run.objects.filter(pk=run_id, state=Run.State.FINISHED, announced_at=None)
    catalog.hold(untold.values_list("tool", flat=True))  # before any row: listeners write what follows from the tool
    untold = untold.select_for_update(skip_locked=True, of=("self",)).select_related("tool")
    run = untold.first()
    if run is None:
        return False
    notice = draft_run_finished if run.tool.status == Status.DRAFT else run_finished
    notice.send(sender=Run, run=run)
    Run.objects.filter(pk=run_id).update(announced_at=Now())
    return True


def clean_json(value: Any) -> Any:
    """Return a value as jsonb can hold it: no NUL, no lone surrogates, keys as text."""
    if isinstance(value, str):
        return value.replace("\x00", "�").encode("utf-8", "replace").decode("utf-8")
    if isinstance(value, dict):
        return {str(clean_json(str(key))): clean_json(one) for key, one in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [clean_json(one) for one in value]
    return value


def bounded(detail: dict[str, Any]) -> dict[str, Any]:
    """Return a detail as it is up to 512 KiB of JSON; of a larger one what fits, small facts first, and `cut`."""
    if _bytes(detail) <= DETAIL:
        return detail
    kept: dict[str, Any] = {"cut": True}
    left = DETAIL - _bytes(kept)
    for size, key in sorted((_bytes({key: value}), key) for key, value in detail.items()):
        if size > left:
            break
        kept[key] = detail[key]
        left -= size
    return kept


def _bytes(value: dict[str, Any]) -> int:
    return len(json.dumps(value, ensure_ascii=False).encode())


def try_of(outcome: Outcome, *, started_at: dt.datetime, exchanges: list[dict[str, Any]]) -> dict[str, Any]:
    """Return as JSON a soft fail that is asked again: what was said and seen, and when."""
    return {
        "verdict": str(outcome.verdict),
        "code": outcome.code,
        "sentence": _sentence(outcome),
        "started_at": moment(started_at),
        "ended_at": moment(timezone.now()),
        "exchanges": exchanges,
    }


def moment(value: dt.datetime) -> str:
    """Return a moment as JSON has it: RFC 3339 in UTC."""
    return value.astimezone(dt.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def exchanges_of(result: StepResult) -> list[dict[str, Any]]:
    """Return the exchanges of all tries of a result, in order."""
    return [one for before in result.tries_before for one in before["exchanges"]] + list(result.exchanges)


def bodies_of(results: Iterable[StepResult]) -> set[str]:
    """Return the sha256 of all bodies that these results name."""
    exchanges = [one for result in results for one in exchanges_of(result)]
    return {one[side] for one in exchanges for side in ("sent", "received") if one[side]}


def _sentence(outcome: Outcome) -> str:
    return redaction.text(str(clean_json(outcome.sentence)))[:1_000]


def result_of(step: RunStep, outcome: Outcome, *, started_at: dt.datetime, **extra: Any) -> StepResult:
    """Return the row, not yet stored, of what a step said; to be stored by who closes the step."""
    result = StepResult(
        run_id=step.run_id,
        step=step,
        key=step.key,
        subject=step.subject,
        verdict=outcome.verdict,
        code=outcome.code,
        sentence=_sentence(outcome),
        soft=outcome.soft,
        detail=bounded(
            redaction.strings(bounded(clean_json(dict(outcome.detail))))
        ),  # at most so much is looked through
        attempt=step.attempt,
        tries=step.tries,
        tries_before=step.tried,
        started_at=started_at,
        **extra,
    )
    result.requests = sum(len(one["hops"]) for one in exchanges_of(result))
    return result


@transaction.atomic
def forget_runs(tools: Iterable[int]) -> int:
    """Delete all runs of these tools (keys) because the tools go; return how many.

    Locks the runs before anything, in the order that workers do: whoever is at a step of them loses by the fence.
    """
    runs = list(
        Run.objects.select_for_update().filter(tool__in=list(tools)).order_by("pk").values_list("pk", flat=True)
    )
    StepResult.objects.filter(shared_from__run__in=runs).update(shared_from=None)
    for model in (StepResult, RunStep):
        model._default_manager.filter(run__in=runs).delete()
    Run.objects.filter(pk__in=runs).delete()
    return len(runs)
