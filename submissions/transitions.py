"""The moves that a submission may make: event → old state → new state. Nothing else changes a submission's state.

docs/submissions.md is drawn from this table; a test walks every pair of states.
"""

from __future__ import annotations

from submissions.models.submission import State

DRAFT, SUBMITTED, CHECKING, CHANGES, IN_REVIEW, APPROVED, PUBLISHED, WITHDRAWN, REJECTED, SUSPENDED, ARCHIVED = State

MOVES: dict[str, dict[State, State]] = {
    "send": {DRAFT: SUBMITTED, CHANGES: SUBMITTED},
    "begin_checks": {SUBMITTED: CHECKING},
    "accept": {SUBMITTED: APPROVED},  # a small change by whoever speaks for the tool
    "fail_checks": {CHECKING: CHANGES},
    "pass_checks": {CHECKING: IN_REVIEW},
    "request_changes": {IN_REVIEW: CHANGES},
    "approve": {IN_REVIEW: APPROVED},
    "send_back": {APPROVED: IN_REVIEW},  # the second reviewer does not agree, or the tool could not be listed so
    "publish": {APPROVED: PUBLISHED},
    "reject": {IN_REVIEW: REJECTED, APPROVED: REJECTED},
    "reopen": {REJECTED: DRAFT, WITHDRAWN: DRAFT},
    "overturn": {REJECTED: IN_REVIEW},  # an appeal was right
    "withdraw": dict.fromkeys((DRAFT, SUBMITTED, CHECKING, CHANGES, IN_REVIEW, APPROVED), WITHDRAWN),
    "suspend": {PUBLISHED: SUSPENDED},
    "archive": {PUBLISHED: ARCHIVED, SUSPENDED: ARCHIVED},
    "reinstate": {SUSPENDED: PUBLISHED, ARCHIVED: PUBLISHED},
}

# Who may: the submitter, a reviewer, the site itself.
SUBMITTER, REVIEWER, SITE = "submitter", "reviewer", "site"
ACTORS: dict[str, str] = {
    "send": SUBMITTER,
    "begin_checks": SITE,
    "accept": SITE,
    "fail_checks": SITE,
    "pass_checks": SITE,
    "request_changes": REVIEWER,
    "approve": REVIEWER,
    "send_back": REVIEWER,
    "publish": SITE,
    "reject": REVIEWER,
    "reopen": SUBMITTER,
    "overturn": REVIEWER,
    "withdraw": SUBMITTER,
    "suspend": REVIEWER,
    "archive": REVIEWER,
    "reinstate": REVIEWER,
}


class NotAllowed(ValueError):
    """A submission in this state cannot make this move; the message is for people."""

    def __init__(self, event: str, state: str) -> None:
        word = State(state).label.lower()
        super().__init__(f"This submission is “{word}” by now, so this cannot be done ({event.replace('_', ' ')}).")
        self.event, self.state = event, state


def after(event: str, state: str) -> State:
    """Return the state after an event. Raises NotAllowed."""
    try:
        return MOVES[event][State(state)]
    except KeyError:
        raise NotAllowed(event, state) from None


def possible(state: str) -> list[str]:
    """Return the events that may happen in a state, in the order of the table."""
    return [event for event, pairs in MOVES.items() if State(state) in pairs]
