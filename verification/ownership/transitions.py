"""The moves that a claim may make: event → old state → new state. Nothing else changes a claim's state.

unverified ─started→ pending ─proved→ verified ─missing→ stale ─lost→ lost ─started→ pending
                     pending ─given_up→ unverified      stale ─seen_again→ verified
every state but unverified ─released, evicted, domain_reregistered→ unverified
"""

from __future__ import annotations

from verification.models.ownership import ClaimState

UNVERIFIED, PENDING, VERIFIED, STALE, LOST = ClaimState
_ENDED = {PENDING: UNVERIFIED, VERIFIED: UNVERIFIED, STALE: UNVERIFIED, LOST: UNVERIFIED}

MOVES: dict[str, dict[ClaimState, ClaimState]] = {
    "started": {UNVERIFIED: PENDING, LOST: PENDING},
    # with a new token in a claim that holds already, the token is exchanged
    "proved": {PENDING: VERIFIED, VERIFIED: VERIFIED, STALE: VERIFIED},
    "given_up": {PENDING: UNVERIFIED},  # the challenge ran out
    "missing": {VERIFIED: STALE},
    "seen_again": {STALE: VERIFIED},
    "lost": {STALE: LOST},
    "released": _ENDED,  # by the account itself
    "evicted": {VERIFIED: UNVERIFIED, STALE: UNVERIFIED},  # by another account that controls the name servers
    "domain_reregistered": _ENDED,
}


class NotAllowed(ValueError):
    """A claim in this state cannot make this move."""

    def __init__(self, event: str, state: str) -> None:
        super().__init__(f"A claim that is {state} cannot be {event.replace('_', ' ')}.")
        self.event, self.state = event, state


def after(event: str, state: str) -> ClaimState:
    """Return the state after an event. Raises NotAllowed."""
    try:
        return MOVES[event][ClaimState(state)]
    except KeyError:
        raise NotAllowed(event, state) from None
