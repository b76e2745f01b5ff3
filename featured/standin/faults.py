"""What the next calls get instead of an answer."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from featured.standin.refused import Refused

KINDS = ("500", "500_kept", "500_after", "429", "hang", "hang_after", "close", "close_after")


@dataclass(frozen=True)
class Fault:
    """One call that goes wrong. With `_after` it was carried out before, and only its answer is lost.

    Stripe keeps a 500 under the call's Idempotency-Key if it had begun to work on it: 500_kept.
    """

    kind: str
    seconds: float = 0.0
    path: str = ""  # only calls whose path has this in it

    @property
    def after(self) -> bool:
        """Tell whether the call is carried out."""
        return self.kind.endswith("_after")


class Faults:
    """The faults that wait for a call, first come, first served."""

    def __init__(self) -> None:
        self.waiting: deque[Fault] = deque()

    def add(self, kind: str, count: int = 1, seconds: float = 0.0, path: str = "") -> None:
        """Let the next `count` calls (whose path has `path` in it) go wrong. Raises Refused for an unknown kind."""
        if kind not in KINDS:
            raise Refused(f"Invalid kind: must be one of {', '.join(KINDS)}", param="kind")
        self.waiting.extend(Fault(kind, seconds, path) for _ in range(count))

    def take(self, path: str) -> Fault | None:
        """Return the fault for a call, which is used up by it."""
        for fault in self.waiting:
            if fault.path in path:
                self.waiting.remove(fault)
                return fault
        return None


def error(kind: str) -> Refused:
    """Return what Stripe says when the fault is its own, or when it was asked too often."""
    if kind == "429":
        return Refused("Too many requests. Please retry later.", status=429, code="rate_limit")
    return Refused("An unexpected error occurred.", status=500, kind="api_error")
