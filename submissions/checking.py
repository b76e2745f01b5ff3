"""Checking a submission: the real verification, run on a draft of the listing; only what fails stands in the way."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import transaction
from django.utils import timezone

from catalog import services as catalog
from catalog.choices import SaidBy
from catalog.models import Category, Tool
from catalog.records import record_of, with_record_rows
from submissions import changes, risk
from submissions.models import Decision, Revision, State, Submission
from submissions.moving import Overtaken, move
from verification import services as verification
from verification.listing import fingerprint, listing_of
from verification.models import Run, StepResult
from verification.steps import registry
from verification.verdicts import Verdict

FRESH = dt.timedelta(hours=1)  # a self-check that is younger, of the same text, is not made again when it is sent
LASTS = dt.timedelta(hours=24)  # a reviewer decides on what was seen within so long
NOTHING = "There is nothing about it that our robot could check."
SHOWN = 5  # failing checks named in a sentence


def shadow(submission: Submission) -> Tool:
    """Return the draft of a listing that the runs of a submission check, made to state what it states now."""
    categories = {one.slug: one for one in Category.objects.select_related("parent")}
    of = submission.tool if submission.kind == Submission.Kind.CHANGE else None
    who = SaidBy.OWNER if submission.by_owner else SaidBy.SUBMITTER
    record = changes.stated(submission.record, who, known=submission.base)
    tool = catalog.write_draft(
        submission.shadow, record, categories=categories, said=who, by=submission.submitter, of=of
    )
    if submission.shadow_id != tool.pk:
        Submission.objects.filter(pk=submission.pk).update(shadow=tool)
        submission.shadow = tool
    return tool


@transaction.atomic
def self_check(submission: Submission, *, by: Any) -> Run | None:
    """Begin the checks of a complete draft; return the run, None when there is nothing that could be checked.

    Raises Overtaken when it was sent meanwhile: what a reviewer looks at is what was sent.
    """
    current = Submission.objects.select_for_update(of=("self",)).get(pk=submission.pk)
    if not current.is_with_submitter:
        raise Overtaken("It was sent or withdrawn in another window meanwhile, so it is not a draft any more.")
    tool = shadow(current)
    submission.shadow = tool
    try:
        run, _ = verification.start_run(tool=tool, trigger=Run.Trigger.OWNER, by=by)
    except LookupError:
        return None
    return run


def begin(submission: Submission, revision: Revision) -> None:
    """Check what was just sent, or take the self-check that was made of the same text within the last hour."""
    tool = shadow(submission)
    move(submission, "begin_checks")
    run = _fresh(tool)
    if run is None:
        try:
            run, _ = verification.start_run(tool=tool, trigger=Run.Trigger.OWNER, by=submission.submitter)
        except LookupError:
            _through(submission, None, NOTHING)
            return
    Revision.objects.filter(pk=revision.pk).update(run=run)
    if run.state == Run.State.FINISHED:
        _conclude(submission, run)


def _fresh(tool: Tool) -> Run | None:
    runs = Run.objects.full().finished().filter(tool=tool, finished_at__gt=timezone.now() - FRESH)
    last = runs.filter(fingerprint=fingerprint(listing_of(tool))).newest_first().first()
    return last if last and not failed(last) else None  # what failed may be mended by now


def latest(submission: Submission) -> Run | None:
    """Return the last finished run of all steps on what a submission states; None when there was none."""
    if submission.shadow_id is None:
        return None
    return Run.objects.full().finished().filter(tool=submission.shadow_id).newest_first().first()


def is_stale(submission: Submission, at: dt.datetime | None = None) -> bool:
    """Say whether what was checked was seen too long ago to decide on; what cannot be checked never is."""
    last = latest(submission)
    return last is not None and last.finished_at is not None and last.finished_at < (at or timezone.now()) - LASTS


def again(submission: Submission, *, by: Any) -> Run | None:
    """Begin the checks of what is in review anew, or return those under way; None when nothing can be checked."""
    if submission.shadow is None:
        return None
    try:
        run, _ = verification.start_run(tool=submission.shadow, trigger=Run.Trigger.STAFF, by=by)
    except LookupError:
        return None
    return run


def take_up(run: Run, **_signal: object) -> None:
    """Go on with the submission whose checks have finished (receives `draft_run_finished`, in its transaction)."""
    waiting = Submission.objects.select_for_update(of=("self",)).filter(shadow=run.tool, state=State.CHECKING)
    submission = waiting.first()
    if submission is None:
        return
    last = submission.revisions.first()
    if last is None or last.run_id != run.pk:
        return
    _conclude(submission, run)


def is_checked_as_it_is(submission: Submission) -> bool:
    """Say whether the draft of the listing that runs checked states what the submission states now."""
    if submission.shadow_id is None:
        return False
    tool = with_record_rows(Tool.objects.all()).get(pk=submission.shadow_id)
    return not changes.changed(record_of(tool), submission.record)


def failed(run: Run) -> list[StepResult]:
    """Return the results of a run that stand in the way, in the order of the steps."""
    return list(StepResult.objects.filter(run=run, verdict=Verdict.FAIL, soft=False).order_by("step__position", "id"))


def _conclude(submission: Submission, run: Run) -> None:
    wrong = failed(run)
    if not wrong:
        _through(submission, run, "")
        return
    told = list(dict.fromkeys(one.sentence for one in wrong))  # one trouble often fails several checks alike
    sentence = " ".join(told[:SHOWN])
    if len(told) > SHOWN:
        sentence += f" And {len(told) - SHOWN} more."
    decision = Decision.objects.create(
        submission=submission, tool=submission.tool, domain=submission.domain,
        action=Decision.Action.REQUEST_CHANGES, ground="works",
        sentence=sentence[:2_000], automated=True,
        evidence=[{"label": f"{title_of(one.key)}: failed", "url": run.get_absolute_url()} for one in wrong],
    )  # fmt: skip
    move(submission, "fail_checks", decision=decision)


def title_of(key: str) -> str:
    """Return how pages call a step; a step that has gone since by its key."""
    step = registry().get(key)
    return step.title if step else key


def _through(submission: Submission, run: Run | None, sentence: str) -> None:
    points, why = risk.of(submission, run)
    move(
        submission, "pass_checks", sentence=sentence, risk=points, risks=why,
        needs_second=points >= risk.TWO_PEOPLE,
    )  # fmt: skip


def sweep() -> int:
    """Go on with submissions whose run has gone, or ended unheard; return how many. For the scheduler."""
    moved = 0
    for key in (
        Submission.objects.filter(state=State.CHECKING).order_by("state_since", "id").values_list("pk", flat=True)
    ):
        with transaction.atomic():
            locked = Submission.objects.select_for_update(skip_locked=True, of=("self",))
            submission = locked.filter(pk=key, state=State.CHECKING).first()
            last = submission.revisions.select_related("run").first() if submission else None
            if submission is None or last is None:
                continue
            if last.run is None:
                try:
                    run, _ = verification.start_run(tool=shadow(submission), trigger=Run.Trigger.OWNER)
                except LookupError:
                    _through(submission, None, NOTHING)
                    moved += 1
                    continue
                Revision.objects.filter(pk=last.pk).update(run=run)
                moved += 1
            elif last.run.announced_at is not None:
                _conclude(submission, last.run)
                moved += 1
    return moved
