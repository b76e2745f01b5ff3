"""One piece of work: claim a due step, do its I/O outside any transaction, write its effect once.

The row is the truth. A claim raises `attempt` and takes a lease; only the holder of the last claim may write (a
fence), and the result is unique for its step, so that a worker that was thought dead changes nothing. Times are the
database's.
"""

from __future__ import annotations

import datetime as dt
import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from celery.exceptions import SoftTimeLimitExceeded
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.db.models import QuerySet
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from verification import canary, evidence, redaction, services
from verification.common import COMMON
from verification.context import Context
from verification.contract import Listing, Outcome, Step, Subject
from verification.domains import domain_of
from verification.inline import Checked, earlier_of
from verification.listing import fingerprint, listing_of
from verification.models import OptOut, Run, RunStep, StepResult
from verification.plan import Planned, not_asked, subjects_of
from verification.polite import PoliteGate, Postponed
from verification.steps import registry
from verification.verdicts import Verdict
from verification.version import CHECKER

log = logging.getLogger(__name__)

CLAIMING = 8_252  # names our advisory locks among others of the database
LEASE = 55  # seconds; longer than the hard time limit of the task (verification/tasks.py)
LONGEST_WAIT = 120.0  # seconds that a step waits for its turn in a run that a person waits for
MOST_CLAIMS = 30  # of one step: who is put back more often is not going to have its turn in this run
CONFIRM = (5, 20)  # seconds before a soft fail is asked again, in runs that a person waits for
CONFIRM_SCHEDULED = (60, 300)  # and in scheduled ones of all steps; light ones are confirmed by the next look
SHARE = dt.timedelta(minutes=10)  # a result of the same address for another tool that is not older serves both
REMEMBER = dt.timedelta(days=7)  # what a step remembers of an address (the era of an MCP server)
CLAIM_TRIES = 5  # domains that a worker may lose to others, one after the other, before it takes a rest
# Two statements in one transaction: the second sees what was committed before the domain was ours to claim. With one
# alone two workers would meet in the unique index at times, and the database would log an error in normal work.
DUE = """
WITH due AS MATERIALIZED (
  SELECT s.id, s.domain FROM verification_runstep s
  WHERE s.state = 'queued' AND s.not_before <= now() AND NOT s.domain = ANY(%s)
    AND (s.domain = '' OR NOT EXISTS (
      SELECT 1 FROM verification_runstep r WHERE r.domain = s.domain AND r.state = 'running' AND r.domain <> ''))
  ORDER BY s.priority, s.not_before, s.id
  LIMIT 1 FOR UPDATE OF s SKIP LOCKED
)
SELECT id, domain, domain = '' OR pg_try_advisory_xact_lock(%s, hashtext(domain)) FROM due
"""
CLAIM = """
UPDATE verification_runstep s
SET state = 'running', attempt = attempt + 1, lease_until = now() + %s * interval '1 second', note = ''
WHERE s.id = %s AND (s.domain = '' OR NOT EXISTS (
  SELECT 1 FROM verification_runstep r WHERE r.domain = s.domain AND r.state = 'running' AND r.domain <> ''))
RETURNING s.id, clock_timestamp()
"""
SHARED = """
SELECT r.id FROM verification_stepresult r JOIN verification_run n ON n.id = r.run_id
WHERE r.key = %s AND r.subject = %s AND r.ended_at > now() - %s * interval '1 second'
  AND r.shared_from_id IS NULL AND r.requests > 0 AND n.checker = %s AND n.tool_id <> %s AND NOT r.code = ANY(%s)
  AND NOT r.soft
ORDER BY r.id DESC LIMIT 1
"""


def claim() -> RunStep | None:
    """Take the most urgent due step; None when there is none. Two workers never get the same one."""
    busy: list[str] = []
    for _ in range(CLAIM_TRIES):
        try:
            found = _claim(busy)
        except IntegrityError:  # a worker of an older version, which takes no lock, was quicker
            continue
        if found is None:
            return None
        pk, claimed_at, domain = found
        if claimed_at is None:
            busy.append(domain)
            continue
        step = RunStep.objects.select_related("run__tool").filter(pk=pk).first()
        if step is not None:  # else its tool was deleted just now
            step.claimed_at = claimed_at
            return step
    return None


def _claim(busy: list[str]) -> tuple[int, dt.datetime | None, str] | None:
    """Claim a due step whose domain is not one of `busy`; return its key, when, and its domain.

    Without a time another worker is claiming a step of that domain at this moment. None when nothing is due.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(DUE, [busy, CLAIMING])
        due = cursor.fetchone()
        if due is None:
            return None
        pk, domain, ours = due
        if ours:
            cursor.execute(CLAIM, [LEASE, pk])
            row = cursor.fetchone()
            if row is not None:
                return row[0], row[1], domain
        return pk, None, domain


def execute(step: RunStep) -> bool:
    """Do a claimed step and write what it said; return whether ours was the claim that counts."""
    started = step.claimed_at or timezone.now()
    run = step.run
    known = registry().get(step.key)
    if known is None:  # a step that was removed while its run was under way
        return _write(step, _common("checker_error"), started, {})
    listing = listing_of(run.tool)
    planned = _planned(known, listing, step.subject)
    earlier = _earlier(planned, run) if planned else {}
    skipped = _skipped(step, listing, planned, earlier)
    if skipped is not None or planned is None:
        return _write(step, skipped or _common("not_declared"), started, {})
    shared = _shared(known, step)
    if shared is not None:
        return _write_shared(step, shared, started)
    return _ask(step, Asked(known, listing, planned, earlier, started))


@dataclass(frozen=True)
class Asked:
    """A step that is about to be asked, with all it needs."""

    known: Step
    listing: Listing
    planned: Planned
    earlier: Mapping[str, Outcome]
    started: dt.datetime


def _skipped(
    step: RunStep, listing: Listing, planned: Planned | None, earlier: Mapping[str, Outcome]
) -> Outcome | None:
    """Return why a step is not done at all, None when it is."""
    if fingerprint(listing) != step.run.fingerprint:  # what the page of this run says belongs to the text as it was
        return _common("superseded")
    if planned is None:
        return _common("not_declared")
    domain = domain_of(step.subject)
    if domain and OptOut.objects.filter(domain=domain).exists():  # before anything is asked, the name system too
        return _common("opted_out", domain=domain)
    return not_asked(planned, listing, earlier)


def _ask(step: RunStep, asked: Asked) -> bool:
    """Let a step ask, and write what it said, or put it back."""
    run, started = step.run, asked.started
    gate = PoliteGate(asked_for=run.trigger in services.ASKED_FOR)
    remembered: Any = SimpleLazyObject(lambda: _remembered(step))  # few steps ask
    context = Context(
        asked.known, asked.listing, asked.planned.subject, earlier=asked.earlier, gate=gate, remembered=remembered
    )
    try:
        outcome = _checked(asked.known, context)
    except Postponed as postponed:
        patience = LONGEST_WAIT if run.trigger in services.ASKED_FOR else services.DEADLINE[False].total_seconds() / 2
        if postponed.seconds > patience or step.attempt > MOST_CLAIMS:
            return _write(step, _common("no_turn", key=postponed.key), started, {})
        return _put_back(step, postponed.seconds, f"Waiting for its turn at {postponed.key}.")
    if canary.our_fault(outcome):
        outcome = context.say("our_side", reason=canary.REASON)
    delays = _confirming(run)
    if outcome.soft and step.tries < len(delays):
        return _ask_again(step, outcome, started, context, delays[step.tries])
    rows, bodies = evidence.keep(context.exchanges)
    return _write(step, outcome, started, {"exchanges": services.clean_json(rows)}, bodies)


@transaction.atomic
def _ask_again(step: RunStep, outcome: Outcome, started: dt.datetime, context: Context, seconds: float) -> bool:
    """Keep what a soft fail saw, and queue the step again."""
    rows, bodies = evidence.keep(context.exchanges)
    seen = services.try_of(outcome, started_at=started, exchanges=services.clean_json(rows))
    note = f"To be confirmed: {outcome.sentence}"
    if not _put_back(step, seconds, note, tries=step.tries + 1, tried=[*step.tried, seen]):
        return False
    evidence.store(bodies)
    return True


def _confirming(run: Run) -> tuple[int, ...]:
    """Return after how many seconds each a soft fail is asked again before it is said."""
    if run.trigger in services.ASKED_FOR:
        return CONFIRM
    return () if run.light else CONFIRM_SCHEDULED


def _checked(known: Step, context: Context) -> Outcome:
    """Return what the step says; a fault of ours is told as ours, never as the tool's."""
    try:
        outcome = known.check(context)
        json.dumps(outcome.detail, allow_nan=False)  # what the database would refuse is the step's fault too
        return outcome
    except (Postponed, DatabaseError):
        raise
    except SoftTimeLimitExceeded:
        log.exception("Step %s took too long for %s.", known.key, context.subject.address)
    except Exception:  # a step is a plug-in: whatever it raises must neither end the worker nor be told as the tool's
        log.exception("Step %s failed for %s.", known.key, context.subject.address)
    return context.say("checker_error")


def _planned(known: Step, listing: Listing, stored: str) -> Planned | None:
    """Return the subject as the listing has it now; where the listing changed in between, the address alone.

    None when that is lost too, because a row did not hold the whole of it.
    """
    for subject in subjects_of(known, listing):
        if services.subject_text(subject) == stored:
            return Planned(known, subject)
    return None if services.is_cut(stored) else Planned(known, Subject(stored))


def _earlier(planned: Planned, run: Run) -> Mapping[str, Outcome]:
    if not planned.step.needs:
        return {}
    results = StepResult.objects.filter(run=run, key__in=planned.step.needs).order_by("step__position")
    done = [Checked(one.key, Subject(one.subject), outcome_of(one)) for one in results]
    return earlier_of(Planned(planned.step, Subject(services.subject_text(planned.subject))), done)


def outcome_of(result: StepResult) -> Outcome:
    """Return a stored result as a step would have said it."""
    return Outcome(Verdict(result.verdict), result.code, result.sentence, result.detail, result.soft)


def _remembered(step: RunStep) -> Mapping[str, Any]:
    if not step.subject:
        return {}
    last = StepResult.objects.filter(key=step.key, subject=step.subject, ended_at__gt=timezone.now() - REMEMBER)
    return last.order_by("-id").values_list("detail", flat=True).first() or {}


def _shared(known: Step, step: RunStep) -> StepResult | None:
    """Return a result of the same address, seen just now for another tool, that serves this one too."""
    if not (known.shared and step.subject):
        return None
    with connection.cursor() as cursor:
        cursor.execute(SHARED, [step.key, step.subject, SHARE.total_seconds(), CHECKER, step.run.tool_id, list(COMMON)])
        row = cursor.fetchone()
    return StepResult.objects.filter(pk=row[0]).first() if row else None


def _write_shared(step: RunStep, result: StepResult, started: dt.datetime) -> bool:
    return _write(step, outcome_of(result), started, {"shared_from": result})


def _common(code: str, **values: str) -> Outcome:
    known = COMMON[code]
    return Outcome(known.verdict, code, known.sentence.format(**values))


@transaction.atomic
def _write(
    step: RunStep,
    outcome: Outcome,
    started: dt.datetime,
    extra: Mapping[str, Any],
    bodies: list[Any] | None = None,
) -> bool:
    # one writer per run: promotion sees all that is done
    run = Run.objects.select_for_update().filter(pk=step.run_id).only("pk").first()
    if run is None or not _close(step):
        return False
    evidence.store(bodies or [])
    services.result_of(step, outcome, started_at=started, **extra).save(force_insert=True)
    services.settle(run)
    return True


def _ours(step: RunStep) -> QuerySet[RunStep]:
    """The fence: the step's row while our claim is the last one."""
    return RunStep.objects.filter(pk=step.pk, state=RunStep.State.RUNNING, attempt=step.attempt)


def _close(step: RunStep) -> bool:
    return _ours(step).update(state=RunStep.State.DONE, lease_until=None, note="", tried=[]) == 1


def _put_back(step: RunStep, seconds: float, note: str, **changes: Any) -> bool:
    """Queue a claimed step again, not before so many seconds from now."""
    when = Now() + dt.timedelta(seconds=seconds)
    queued = _ours(step).update(
        state=RunStep.State.QUEUED, lease_until=None, not_before=when, note=redaction.text(note)[:400], **changes
    )
    return queued == 1
