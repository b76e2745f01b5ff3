"""A submission as its page and the list of all show it: the way it goes, what is next, every move."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from submissions import mails, services, times
from submissions.models import Move, State, Submission
from submissions.rules import RULES
from submissions.transitions import possible
from verification.models import Run, RunStep

NEXT = {
    State.DRAFT: "Finish it and send it.",
    State.SUBMITTED: "Nothing: its checks begin in a moment.",
    State.CHECKING: "Nothing: our robot is checking it.",
    State.CHANGES_REQUESTED: "Change what was asked for and send it again.",
    State.IN_REVIEW: "Nothing: a reviewer looks at it.",
    State.APPROVED: "Nothing: a second reviewer looks at it.",
    State.PUBLISHED: "Nothing: it is public.",
    State.WITHDRAWN: "Nothing. You can open it again.",
    State.REJECTED: "You can appeal, or open it again and change it.",
    State.SUSPENDED: "You can appeal.",
    State.ARCHIVED: "You can appeal, if the tool can be used.",
}
SHAPES = {
    State.CHANGES_REQUESTED: "warn", State.PUBLISHED: "ok", State.REJECTED: "fail", State.SUSPENDED: "fail",
    State.WITHDRAWN: "skip", State.ARCHIVED: "skip",
}  # fmt: skip
MOVED = {
    "send": "Sent",
    "begin_checks": "The checks began",
    "accept": "Accepted without a review",
    "fail_checks": "The checks found something",
    "pass_checks": "The checks are through; in review",
    "request_changes": "Changes asked for",
    "approve": "Approved",
    "send_back": "Back in review",
    "publish": "Published",
    "reject": "Rejected",
    "reopen": "Opened again",
    "overturn": "The appeal was right: in review again",
    "withdraw": "Withdrawn",
    "suspend": "Suspended",
    "archive": "Archived",
    "reinstate": "Shown again",
}


@dataclass(frozen=True)
class Row:
    """One submission of the list."""

    submission: Submission
    shape: str
    next: str


@dataclass(frozen=True)
class Stage:
    """One stage of the way: "done", "now", "todo" or "wrong", with when it was reached."""

    name: str
    state: str
    at: dt.datetime | None
    note: str = ""


def rows(found: Sequence[Submission]) -> list[Row]:
    """Return the rows of a list; asks for nothing more."""
    return [Row(one, SHAPES.get(State(one.state), "unk"), NEXT[State(one.state)]) for one in found]


def page(found: Submission, user: Any) -> dict[str, Any]:
    """Return what the page of a submission shows."""
    moves = list(found.moves.select_related("decision", "decision__appeal").order_by("id"))
    run = _run(found)
    mine = found.submitter_id == user.pk
    can = set(possible(found.state)) if mine else set()
    until = services.waits_until(found)
    return {
        "submission": found,
        "mine": mine,
        "shape": SHAPES.get(State(found.state), "unk"),
        "next": _next(found, until),
        "stages": _stages(found, moves),
        "moves": [_told(move) for move in moves],
        "position": times.position(found),
        "expected": expected_in_words(),
        "run": run,
        "steps_done": RunStep.objects.filter(run=run, state=RunStep.State.DONE).count() if run else 0,
        "steps_all": RunStep.objects.filter(run=run).count() if run else 0,
        "moving": found.state in {State.SUBMITTED, State.CHECKING},
        "may_withdraw": "withdraw" in can and (found.state != State.DRAFT or bool(moves)),
        "may_reopen": "reopen" in can and (until is None or until <= timezone.now()),
        "waits_until": until,
        "may_edit": mine and found.is_with_submitter,
        "may_delete": mine and found.state == State.DRAFT and found.submitted_at is None and not moves,
        "appealable": _appealable(moves) if mine else None,
    }


def _next(found: Submission, until: dt.datetime | None) -> str:
    """Return what has to be done; of what was rejected also from when on it can be opened again."""
    if until is None or until <= timezone.now():
        return NEXT[State(found.state)]
    return f"You can appeal now, or open it again and change it from {until.day} {until:%B, %H:%M} UTC on."


def expected_in_words() -> dict[str, str] | None:
    """Return how long answers take, in words: "median" and "p90"; None when nothing was answered of late."""
    found = times.expected()
    return {"median": times.in_words(found.median), "p90": times.in_words(found.p90)} if found else None


def _run(found: Submission) -> Run | None:
    last = found.revisions.select_related("run", "run__tool").first()
    return last.run if last else None


def _told(move: Move) -> dict[str, Any]:
    decision = move.decision
    rule = RULES.get(decision.ground) if decision else None
    return {
        "move": move,
        "words": MOVED.get(move.event, move.get_new_display()),
        "sentence": decision.sentence if decision and decision.sentence else move.sentence,
        "decision": decision,
        "rule": rule,
        "ground": decision.ground if decision else "",
        "by": "by the site itself" if decision and decision.automated else "by a reviewer" if decision else "",
    }


def _appealable(moves: Sequence[Move]) -> Any:
    """Return the last decision when it may still be appealed against; None else."""
    decision = next((move.decision for move in reversed(moves) if move.decision is not None), None)
    if decision is None or not mails.may_be_appealed(decision):
        return None
    last = moves[-1]
    return decision if last.decision_id == decision.pk else None


def _stages(found: Submission, moves: Sequence[Move]) -> list[Stage]:
    """Return the usual way with the times of this one: what lies before it has none."""
    last: dict[str, dt.datetime] = {}
    for move in moves:
        if move.event in {"send", "reopen"}:
            last = {}
        last[move.new] = move.at
    at = State(found.state)
    order = [State.DRAFT, State.SUBMITTED, State.CHECKING, State.IN_REVIEW, State.PUBLISHED]
    names = {State.SUBMITTED: "Sent", State.CHECKING: "Checks", State.IN_REVIEW: "Review"}
    times_of: dict[State, dt.datetime | None] = {
        State.DRAFT: found.created_at,
        **{State(k): v for k, v in last.items()},
    }
    standing = {State.CHANGES_REQUESTED: State.IN_REVIEW if State.IN_REVIEW in times_of else State.CHECKING,
                State.APPROVED: State.IN_REVIEW, State.REJECTED: State.IN_REVIEW, State.SUSPENDED: State.PUBLISHED,
                State.ARCHIVED: State.PUBLISHED}.get(at, at)  # fmt: skip
    place = order.index(standing) if standing in order else -1
    stages = []
    for index, one in enumerate(order):
        state = "done" if index < place or (index == place and at == State.PUBLISHED) else "now"
        if index == place and at in {State.CHANGES_REQUESTED, State.REJECTED, State.SUSPENDED, State.ARCHIVED}:
            state = "wrong"
        if index > place:
            state = "todo"
        note = found.get_state_display() if index == place and standing != at else ""
        when = times_of.get(one) if index <= place else None
        stages.append(Stage(names.get(one, State(one).label), state, when, note))
    if at == State.WITHDRAWN:
        stages.append(Stage("Withdrawn", "wrong", found.state_since))
    return stages
