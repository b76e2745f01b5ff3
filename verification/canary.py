"""Whether our own network works, asked when a tool seems not to answer: else our trouble would be held against it."""

from __future__ import annotations

import logging
import time

from django.conf import settings

from core import safehttp
from core.safehttp import Limits
from verification.contract import Outcome

log = logging.getLogger(__name__)

# Soft fails that a network of ours without a way out would cause too.
DOUBTFUL = frozenset(
    {"timeout", "down", "dns_trouble", "tls_broken", "protocol", "servers_failed", "no_answer", "handshake_failed"}
)
# Seconds that one look serves all steps of this process. An answer serves for less than what passes before a soft
# fail is asked for the last time (work.CONFIRM).
AFTER_ANSWER, AFTER_NONE = 10.0, 30.0
LIMITS = Limits(total=1.5, dns=1.5, connect=1.5, redirects=0)  # of one canary; the task's time limit is near
REASON = "our own network does not reach anything just now."

_last: tuple[float, tuple[str, ...], bool] = (0.0, (), True)  # when, which, what was seen


def our_fault(outcome: Outcome) -> bool:
    """Tell whether an outcome is a fail of the network kind while our own network reaches nothing.

    One of PROBE_CANARIES has to answer, with whatever status.
    """
    return outcome.soft and outcome.code in DOUBTFUL and not reached()


def reached() -> bool:
    """Tell whether our own network reaches anything: one of PROBE_CANARIES; True when none are named."""
    canaries = tuple(settings.PROBE_CANARIES)
    return not canaries or _reached(canaries)


def _reached(canaries: tuple[str, ...]) -> bool:
    global _last  # noqa: PLW0603 - one look for the process; two at once do no harm
    at, which, reached = _last
    if which != canaries or time.monotonic() - at > (AFTER_ANSWER if reached else AFTER_NONE):
        reached = any(_answers(url) for url in canaries)
        _last = (time.monotonic(), canaries, reached)
        if not reached:
            log.warning("None of PROBE_CANARIES answers, so nothing is said about tools that do not answer either.")
    return reached


def _answers(url: str) -> bool:
    return safehttp.fetch(url, method="HEAD", follow=False, limits=LIMITS).verdict == "ok"
