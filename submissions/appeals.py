"""Appeals: whom a decision concerns asks for another reviewer. Within six months, once, free, answered in a week."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Now
from django.utils import timezone

from core import audit
from submissions import listings, review_mails, speakers
from submissions.mails import may_be_appealed
from submissions.models import Appeal, Decision, Report, State
from submissions.moving import move
from submissions.services import Refused

WITHIN = dt.timedelta(days=183)
ANSWERED_WITHIN = dt.timedelta(days=7)
ONCE = "There is an appeal against this decision already. New facts: send a new submission or a new report."


def concerns(user: Any, decision: Decision) -> bool:
    """Say whether a decision is about what this account sent, reported or speaks for."""
    if user is None or not user.is_authenticated or not user.is_active:
        return False
    if decision.report is not None:
        return bool(decision.report.by_id == user.pk)
    if decision.submission is not None and decision.submission.submitter_id == user.pk:
        return True
    if decision.tool is None or decision.action not in {"suspend", "archive", "reinstate"}:
        return False  # what was decided about a stranger's change of a tool is not its owner's to read, or to use up
    return speakers.speaks_for(user, decision.tool)


def concerning(user: Any) -> QuerySet[Decision]:
    """Return the decisions that concern an account, as `concerns` says of one. At most eight statements before it."""
    if user is None or not user.is_authenticated or not user.is_active:
        return Decision.objects.none()
    at = timezone.now()
    tools = [*speakers.tools_of(user, at), *speakers.away_of(user, at)]
    about = Q(submission__submitter=user) | Q(tool__in=tools, action__in=["suspend", "archive", "reinstate"])
    return Decision.objects.filter(Q(report__by=user) | (Q(report=None) & about))


def hindrance(decision: Decision, at: dt.datetime | None = None) -> str:
    """Return why nobody can appeal against a decision now, as a sentence; "" when one can."""
    if not may_be_appealed(decision) or (decision.action == "archive" and decision.is_unconfirmed):
        return "There is nothing to appeal against: this decision takes nothing away."
    if Appeal.objects.filter(decision=decision).exists():
        return ONCE
    if decision.ended_at is not None:
        return "This decision has no effect any more, so there is nothing to appeal against."
    if (at or timezone.now()) - decision.created_at > WITHIN:
        return "The six months in which one can appeal are over."
    return ""


@transaction.atomic
def file(decision: Decision, *, by: Any, text: str) -> Appeal:
    """Take up an appeal; `by` is the account, None for a notifier without one. Raises Refused."""
    if why := hindrance(decision):
        raise Refused(why)
    try:
        with transaction.atomic():
            appeal = Appeal.objects.create(
                decision=decision, by=by, text=text, against=decision.decided_by,
                due_at=timezone.now() + ANSWERED_WITHIN,
            )  # fmt: skip
    except IntegrityError:  # two windows at once
        raise Refused(ONCE) from None
    review_mails.appeal_received(appeal)
    return appeal


def conflict(reviewer: Any, appeal: Appeal) -> str:
    """Return why a reviewer may not decide about an appeal; "" when nothing is in the way."""
    decision = appeal.decision
    if reviewer.pk in {decision.decided_by_id, decision.second_by_id}:
        return "You took part in the decision that this is about, so somebody else decides."
    if appeal.by_id is not None and appeal.by_id == reviewer.pk:
        return "This appeal is yours, so somebody else decides."
    if decision.report is not None and decision.report.by_id == reviewer.pk:
        return "You reported this yourself, so somebody else decides."
    known, sent = speakers.interests(reviewer), decision.submission
    if sent is not None and (why := speakers.hindrance(known, sent)):
        return why
    return known.hindrance(domain=decision.domain, tool=decision.tool_id)


@transaction.atomic
def decide(appeal: Appeal, *, by: Any, overturned: bool, sentence: str) -> Appeal:
    """Answer an appeal: the decision stands, or it is taken back, which has its effect at once. Raises Refused."""
    if not sentence.strip():
        raise Refused("Say why, in a sentence for whoever appealed.")
    if why := conflict(by, appeal):
        raise Refused(why)
    outcome = Appeal.Outcome.OVERTURNED if overturned else Appeal.Outcome.UPHELD
    open_one = Appeal.objects.filter(pk=appeal.pk, outcome="")
    if not open_one.update(outcome=outcome, sentence=sentence, decided_by=by, decided_at=Now()):
        raise Refused("Another reviewer answered this appeal meanwhile. What you typed is still here.")
    appeal.refresh_from_db()
    audit.record(actor=by, action=f"appeal.{outcome}", obj=appeal.decision)
    told = _take_back(appeal.decision, by, sentence) if overturned else set()
    if appeal.by_id is None or appeal.by_id not in told:
        review_mails.appeal_decided(appeal)
    return appeal


def _take_back(decision: Decision, by: Any, sentence: str) -> set[int]:
    """Let a decision have no effect any more; what has gone on meanwhile stays as it is.

    Return the accounts that a mail tells of it: nobody gets two for one event.
    """
    told: set[int] = set()
    if decision.report is not None:
        Report.objects.filter(pk=decision.report.pk).update(decided_at=None)
    elif decision.action in {"suspend", "archive"} and decision.tool is not None:
        held = listings.in_force(decision.tool)
        if held is not None and held.pk == decision.pk:
            listings.reinstate(decision.tool, by=by, ground="all-rules", sentence=sentence)
            told = {user.pk for user in review_mails.owners(decision.tool)} | _submitter(decision)
    elif decision.submission is not None and decision.submission.state == State.REJECTED:
        last = decision.submission.moves.filter(event="reject").first()
        went_on = decision.submission.other_open_change() is not None
        if last is not None and last.decision_id == decision.pk and not went_on:
            move(decision.submission, "overturn", by=by, sentence=sentence)
            told = _submitter(decision)
    Decision.objects.filter(pk=decision.pk, ended_at=None).update(ended_at=Now())
    return told


def _submitter(decision: Decision) -> set[int]:
    who = decision.submission.submitter_id if decision.submission else None
    return {who} if who is not None else set()
