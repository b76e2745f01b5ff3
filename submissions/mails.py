"""What submitters are told by mail: one for each move that they did not make themselves."""

from __future__ import annotations

from core import outbox
from core.site import absolute
from submissions.models import Decision, Move, Submission
from submissions.rules import RULES

# what happened, for the subject and the first line; events that are not here send nothing
TOLD = {
    "fail_checks": ("needs a change", "Our checks found something that has to be mended first."),
    "pass_checks": ("is in review", "The checks are through; now a reviewer looks at it."),
    "request_changes": ("needs a change", "A reviewer asks you to change something."),
    "publish": ("is published", "Your submission is public now."),
    "reject": ("was rejected", "A reviewer decided not to take it."),
    "overturn": ("is in review again", "Your appeal was right: the rejection is taken back."),
    "suspend": ("was suspended", "The listing is not shown for now."),
    "archive": ("was archived", "The listing was taken out of the lists."),
    "reinstate": ("is back", "The listing is shown again."),
}


def moved(submission: Submission, made: Move) -> None:
    """Tell the submitter, in the transaction of the move."""
    if made.event not in TOLD or submission.submitter is None or made.by == submission.submitter:
        return
    what, first = TOLD[made.event]
    decision = made.decision
    outbox.post(
        to=submission.submitter.email,
        kind=f"submission.{made.event}",
        template="submission_moved",
        context={
            "name": submission.name or "Your submission",
            "what": what,
            "first": first,
            "sentence": decision.sentence if decision else made.sentence,
            "rule": RULES[decision.ground].title if decision and decision.ground in RULES else "",
            "appealable": decision is not None and may_be_appealed(decision),
            "link": absolute(submission.get_absolute_url()),
        },
        key=f"submission.{made.event}:{made.pk}",
        user=submission.submitter,
    )


def may_be_appealed(decision: Decision) -> bool:
    """Say whether a decision is of the kind against which one can appeal."""
    return decision.action in {
        Decision.Action.REJECT, Decision.Action.SUSPEND, Decision.Action.ARCHIVE, Decision.Action.DISMISS,
    }  # fmt: skip
