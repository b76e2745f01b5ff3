"""What can be done with a submission. Each function is one transaction; moving.py writes the state."""

from __future__ import annotations

import copy
import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone

from catalog.choices import SaidBy
from catalog.models import Category, Tool
from catalog.records import Record, record_of, with_record_rows
from catalog.validation import REQUIRED, problems_of
from catalog.yamlfile import Located
from core import audit, safehttp
from submissions import changes, checking, publishing, risk, speakers
from submissions.models import Decision, Move, Revision, State, Submission, SubmissionLogo
from submissions.models.submission import OPEN
from submissions.moving import Overtaken, move
from submissions.rules import RULES
from submissions.transitions import possible

MOST_OPEN = 50  # submissions of one account that are not decided
WAIT = {1: 24, 2: 24}  # hours after the first and the second rejection, until it can be opened again
WAIT_LATER = 24 * 30  # hours after further ones
HELD = dt.timedelta(hours=4)  # so long a reviewer has what they took, unless they decide
STALE = "The last checks are older than 24 hours. Run them again, then decide on what they see."
FILLED_IN = {
    "name": "A name", "homepage": "https://example.com", "tagline": "A tagline that is long enough", "kind": "app",
    "description": " ".join(["word"] * 40), "category": "none/none", "tags": ["one", "two", "three"],
    "pricing": {"access": "unknown", "model": [], "source": "unknown"},
}  # fmt: skip


class Incomplete(ValueError):
    """A record cannot be sent as it is; `problems` maps names of fields to sentences."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        super().__init__("Some answers need another look.")
        self.problems = dict(problems)


class Refused(ValueError):
    """Something is not possible; the message says why and what to do instead."""


def begin(*, by: Any, tool: Tool | None = None, record: Record | None = None, sources: Any = None) -> Submission:
    """Begin a draft of a new tool, or of a change of `tool`; an open change of the same account is gone on with.

    Raises Refused when the account has too many open ones.
    """
    with transaction.atomic():
        if tool is not None:
            open_one = Submission.objects.filter(submitter=by, tool=tool, kind=Submission.Kind.CHANGE, state__in=OPEN)
            if found := open_one.first():
                return found
        _refuse_too_many(by)
        base: Record = {}
        if tool is not None:
            base = record_of(with_record_rows(Tool.objects.all()).get(pk=tool.pk))
        submission = Submission(
            kind=Submission.Kind.CHANGE if tool else Submission.Kind.NEW,
            submitter=by,
            tool=tool,
            base=base,
            record=copy.deepcopy(record if record is not None else changes.theirs(base)),
            sources=sources or {},
        )
        _derive(submission)
        try:
            with transaction.atomic():
                submission.save()
        except IntegrityError:  # pressed twice: the first one counts
            other = submission.other_open_change()
            if other is None:
                raise
            return other
        return submission


def same_before(submission: Submission) -> Submission | None:
    """Return an older open submission of the same account that says the very same of a new tool; None for none."""
    mine = Submission.objects.filter(
        submitter=submission.submitter_id, kind=Submission.Kind.NEW, state__in=OPEN, pk__lt=submission.pk
    )
    if submission.kind != Submission.Kind.NEW or not submission.record:
        return None
    return mine.filter(record=submission.record).order_by("pk").first()


def _refuse_too_many(by: Any) -> None:
    if Submission.objects.filter(submitter=by, state__in=OPEN).count() >= MOST_OPEN:
        raise Refused(f"You have {MOST_OPEN} submissions that are not decided. Withdraw some first.")


def save_draft(submission: Submission, *, by: Any, record: Record, version: int, sources: Any = None) -> Submission:
    """Keep what was typed; nothing of it has to be complete. Return the draft with its next version.

    Raises Overtaken when another tab saved since `version`, or the submission is no longer with its submitter.
    """
    submission.record = changes.theirs(record)
    _derive(submission)
    values: dict[str, Any] = {"record": submission.record, "name": submission.name, "domain": submission.domain}
    if sources is not None:
        values["sources"] = sources
    mine = Submission.objects.filter(pk=submission.pk, submitter=by, version=version)
    if not mine.filter(state__in=[State.DRAFT, State.CHANGES_REQUESTED]).update(
        **values, version=version + 1, changed_at=Now()
    ):
        raise Overtaken(
            "This draft was saved in another window since you opened it here, or it was sent. What you typed here is"
            " still in the form; compare it with the newer one before you save."
        )
    submission.refresh_from_db()
    return submission


def problems(record: Record) -> dict[str, str]:
    """Return what keeps a record from being sent, as a sentence by field; {} when nothing does."""
    parents = dict(Category.objects.filter(parent__isnull=False).values_list("slug", "parent__slug"))
    # a record that lacks something is judged with it filled in: all that is wrong is said at once
    missing = [name for name in REQUIRED if name != "slug" and record.get(name) in (None, "", [], {})]
    found = dict.fromkeys(missing, "is missing")
    whole = {**record, **{name: FILLED_IN[name] for name in missing}}
    for problem in problems_of(Located(changes.stated(whole, SaidBy.SUBMITTER), "", 0), parents):
        if problem.field.split(".")[0] not in missing:
            found.setdefault(problem.field, problem.message)
    if "homepage" not in found:
        try:
            safehttp.parse(record["homepage"])
        except safehttp.Refused as refused:  # what our robot may not look at: an address inside of a network, no name
            found["homepage"] = f"cannot be looked at: {str(refused).rstrip('.')}"
    return found


@transaction.atomic
def send(submission: Submission, *, by: Any) -> Submission:
    """Send a draft: a small change by whoever speaks for the tool is published at once, all else is checked.

    Raises Incomplete, Refused, NotAllowed, Overtaken.
    """
    submission = Submission.objects.select_for_update(of=("self",)).get(pk=submission.pk)
    if wrong := problems(submission.record):
        raise Incomplete(wrong)
    found = changes.changed(submission.base, submission.record)
    if submission.kind == Submission.Kind.CHANGE:
        if not found and not SubmissionLogo.objects.filter(submission=submission).exists():
            raise Refused("Nothing is changed yet. Change something, or withdraw this.")
        if submission.tool is None or not submission.tool.is_listed:
            raise Refused("The tool is no longer listed, so it cannot be changed.")
    by_owner = speaks(submission, by)
    revision = _revise(submission, by, sorted(found))
    move(submission, "send", by=by, submitted_at=timezone.now(), by_owner=by_owner)
    if submission.kind == Submission.Kind.CHANGE and by_owner:
        why = changes.material(submission.base, submission.record)
        if not why:
            decision = _decide(
                submission, Decision.Action.APPROVE, "all-rules", by=None,
                sentence="A change like this needs no review: its owner made it, and it changes nothing material.",
            )  # fmt: skip
            move(submission, "accept", decision=decision)
            publishing.publish(submission, actor=by)
            return submission
    checking.begin(submission, revision)
    return submission


def why_reviewed(submission: Submission, user: Any) -> list[str]:
    """Return as sentences why a person looks at it before it is public; [] for a change that is published at once."""
    if submission.kind == Submission.Kind.NEW:
        return ["It is a new tool."]
    if not speaks(submission, user):
        return ["You have not proved to speak for it."]
    return changes.material(submission.base, submission.record)


@transaction.atomic
def discard(submission: Submission, *, by: Any) -> None:
    """Delete a draft that was never sent, with what was checked of it. Raises Refused for all else."""
    mine = Submission.objects.select_for_update(of=("self",)).select_related("shadow")
    found = mine.filter(pk=submission.pk, submitter=by, state=State.DRAFT, submitted_at=None).first()
    if found is None or found.moves.exists():
        raise Refused(_why_kept(submission))
    shadow = found.shadow
    found.delete()
    if shadow is not None:
        shadow.delete()


def _why_kept(submission: Submission) -> str:
    """Return why a submission cannot be deleted, and what can be done instead."""
    state = State(Submission.objects.values_list("state", flat=True).get(pk=submission.pk))
    if "withdraw" in possible(state):
        return "Only a draft that was never sent or withdrawn can be deleted. Withdraw it instead."
    return f"It is “{state.label.lower()}”, and what was sent or withdrawn once stays on record: it cannot be deleted."


def speaks(submission: Submission, user: Any) -> bool:
    """Say whether an account speaks for the tool that a submission is about."""
    if submission.tool is not None:
        return speakers.speaks_for(user, submission.tool)
    return speakers.owns(user, Tool(homepage=submission.record.get("homepage", "")))


def _revise(submission: Submission, by: Any, found: Sequence[str]) -> Revision:
    number = submission.revisions.count() + 1
    return Revision.objects.create(
        submission=submission, number=number, record=submission.record, base=submission.base,
        sources=submission.sources, changed=list(found), by=by,
    )  # fmt: skip


@transaction.atomic
def withdraw(submission: Submission, *, by: Any) -> None:
    """Take a submission back before it is published. Raises NotAllowed, Overtaken."""
    move(submission, "withdraw", by=by)


@transaction.atomic
def reopen(submission: Submission, *, by: Any) -> None:
    """Make a draft again of what was withdrawn or rejected; a change is compared with the listing as it stands now.

    Raises Refused while one has to wait, NotAllowed, Overtaken.
    """
    until = waits_until(submission)
    if until is not None and until > timezone.now():
        raise Refused(f"It was rejected, so it can be opened again from {until:%Y-%m-%d %H:%M} UTC on.")
    if submission.other_open_change() is not None:
        raise Refused("Another change of yours of this tool is open already. Go on with that one, or withdraw it.")
    _refuse_too_many(by)
    move(submission, "reopen", by=by)
    if submission.kind == Submission.Kind.CHANGE and submission.tool is not None:
        current = record_of(with_record_rows(Tool.objects.all()).get(pk=submission.tool.pk))
        submission.record = changes.rebased(submission.base, submission.record, current)
        submission.base = current
        submission.save(update_fields=["record", "base"])


def waits_until(submission: Submission) -> Any:
    """Return when what was rejected may be opened again; None when it is not rejected."""
    if submission.state != State.REJECTED:
        return None
    times = Move.objects.filter(submission=submission, new=State.REJECTED).count()
    return submission.state_since + dt.timedelta(hours=WAIT.get(times, WAIT_LATER))


def _decide(  # noqa: PLR0913 - by name
    submission: Submission, action: str, ground: str, *, by: Any, sentence: str, evidence: Any = ()
) -> Decision:
    return Decision.objects.create(
        submission=submission, tool=submission.tool, domain=submission.domain,
        action=action, ground=ground, sentence=sentence,
        evidence=list(evidence), automated=by is None, decided_by=by,
    )  # fmt: skip


def _hold(submission: Submission) -> None:
    """Let nobody else write it until the transaction ends. Raises Overtaken when it was sent anew since it was read."""
    now = Submission.objects.select_for_update(of=("self",)).get(pk=submission.pk)
    if now.submitted_at != submission.submitted_at:
        raise Overtaken("It was sent anew since you looked at it. Look at what it says now.")


@transaction.atomic
def decide(  # noqa: PLR0913 - by name
    submission: Submission, *, action: str, ground: str, sentence: str, by: Any, evidence: Sequence[Any] = ()
) -> Decision:
    """Let a reviewer decide about what is in review: approve, request_changes or reject; return the decision.

    What is approved is published, unless two have to agree (`second`). Raises Refused for a conflict of interest or an
    unknown rule, NotAllowed and Overtaken when somebody was quicker.
    """
    _hold(submission)
    if ground not in RULES:
        raise Refused("Name the rule that this rests on.")
    why = speakers.hindrance(speakers.interests(by), submission)
    if why:
        raise Refused(why)
    if action not in {"approve", "request_changes", "reject"}:
        raise Refused("Approve it, ask for changes, or reject it.")
    if action != "approve" and not sentence.strip():
        raise Refused("Say what to change, or why, in a sentence for who sent it.")
    if action == "approve" and checking.is_stale(submission):
        raise Refused(STALE)
    decision = _decide(submission, action, ground, by=by, sentence=sentence, evidence=evidence)
    found: dict[str, Any] = {}
    if action == "approve":  # the site may have changed since it was sent
        points, reasons = risk.of(submission, checking.latest(submission))
        if points > submission.risk:
            needs = submission.needs_second or points >= risk.TWO_PEOPLE
            found = {"risk": points, "risks": reasons, "needs_second": needs}
    move(submission, action, by=by, decision=decision, **found)
    if action == "approve" and not submission.needs_second:
        publishing.publish(submission, actor=by)
    return decision


@transaction.atomic
def second(submission: Submission, *, by: Any, agrees: bool, sentence: str = "") -> None:
    """Let a second reviewer agree with an approval, which publishes it, or send it back to review with a sentence.

    Raises Refused for the first reviewer and for a conflict of interest; NotAllowed, Overtaken.
    """
    _hold(submission)
    decision = submission.decisions.filter(action=Decision.Action.APPROVE).latest("created_at", "id")
    if decision.decided_by == by:
        raise Refused("You approved it yourself: somebody else has to agree.")
    why = speakers.hindrance(speakers.interests(by), submission)
    if why:
        raise Refused(why)
    if not agrees:
        move(submission, "send_back", by=by, sentence=sentence)
        return
    if checking.is_stale(submission):
        raise Refused(STALE)
    Decision.objects.filter(pk=decision.pk, second_by=None).update(second_by=by, seconded_at=Now())
    publishing.publish(submission, actor=by)


@transaction.atomic
def assign(submission: Submission, *, to: Any, by: Any) -> None:
    """Let one reviewer have a submission of the queue, or nobody again (`to` None, by who has it).

    What nobody decided within four hours is free again. Raises Overtaken when another has it.
    """
    free = Submission.objects.filter(pk=submission.pk, state__in=[State.IN_REVIEW, State.APPROVED])
    if to is not None:
        long_ago = timezone.now() - HELD
        free = free.filter(Q(assigned_to=None) | Q(assigned_to=to) | Q(assigned_at__lt=long_ago))
    else:
        free = free.filter(assigned_to=by)
    if not free.update(assigned_to=to, assigned_at=Now() if to is not None else None):
        raise Overtaken("Another reviewer has it, or it is decided by now.")
    submission.refresh_from_db()
    audit.record(actor=by, action="submission.assigned", obj=submission, detail={"taken": to is not None})


def _derive(submission: Submission) -> None:
    submission.name = str(submission.record.get("name", ""))[:100]
    submission.domain = changes.domain(submission.record)[:255]
