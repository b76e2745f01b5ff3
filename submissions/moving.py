"""The one place that writes a submission's state: compare-and-set on the old state, one row for each change."""

from __future__ import annotations

from typing import Any

from django.db.models.functions import Now

from core import audit
from submissions import mails
from submissions.models import Decision, Move, Submission
from submissions.transitions import after

AUDITED = {
    "approve",
    "reject",
    "request_changes",
    "suspend",
    "reinstate",
    "archive",
    "overturn",
    "send_back",
    "publish",
}


class Overtaken(Exception):
    """Somebody else moved the submission meanwhile; nothing was written. The message says who does what now."""


def move(
    submission: Submission,
    event: str,
    *,
    by: Any = None,
    decision: Decision | None = None,
    sentence: str = "",
    **values: Any,
) -> Move:
    """Let `event` happen to a submission as it was read; `values` are further columns. Call it in a transaction.

    `by` is an account, None for the site itself. Who handed it in is told by mail, but for what they did themselves.
    Raises NotAllowed when it cannot happen in that state, Overtaken when the submission is in another one by now.
    """
    old, new = submission.state, after(event, submission.state)
    values = {"state": new, "state_since": Now(), "changed_at": Now(), **values}
    if new != old and "assigned_to" not in values and event != "approve":
        values |= {"assigned_to": None, "assigned_at": None}
    if not Submission.objects.filter(pk=submission.pk, state=old).update(**values):
        raise Overtaken("Somebody was quicker: this submission was moved on meanwhile. Load the page again.")
    submission.refresh_from_db()
    made = Move.objects.create(
        submission=submission, event=event, old=old, new=new, by=by, decision=decision, sentence=sentence[:300]
    )
    mails.moved(submission, made)
    if event in AUDITED:
        audit.record(actor=by, action=f"submission.{event}", obj=submission, detail={"from": old, "to": new})
    return made
