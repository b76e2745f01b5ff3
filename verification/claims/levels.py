"""The level of a tool, from L0 listed to L5 continuously operated: a pure function of what holds."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Set
from dataclasses import dataclass

from catalog.choices import LEVELS
from verification.judgement.uptime import Uptime
from verification.models import Claim

K = Claim.Kind
NAMES = LEVELS
OPERATED_DAYS = 30
OPERATED_SHARE = 0.995
OPERATED_COVERAGE = 0.8
MEANS = (
    "Listed by an editor; nothing was seen yet, or nothing holds any more.",
    "Its home page and declared endpoints answer.",
    "Those of its interfaces that can be held to a protocol speak it, and our scan found nothing.",
    "Its owner is known here, its site has the documents, and a person went through the listing.",
    "What the listing says of its price was seen on its own page.",
    f"For {OPERATED_DAYS} days it was up for at least {OPERATED_SHARE * 100:g} % of the time that was checked.",
)


@dataclass(frozen=True)
class Basis:
    """What a level rests on."""

    holds: Set[Claim.Kind]  # claims that hold, or count for the level by their grace
    has_interface: bool  # something is declared that a program can speak to, and that we can check
    states_price: bool  # the listing says what it costs, or that it costs nothing
    open_incident: bool = False
    month: Uptime | None = None  # the last 30 days


def level(basis: Basis) -> tuple[int, tuple[str, ...]]:
    """Return the level and what is missing for the next one, in words (none at the highest)."""
    for number, needs in enumerate(_needs(basis), start=1):
        missing = tuple(words for words, met in needs if not met)
        if missing:
            return number - 1, missing
    return len(NAMES) - 1, ()


def _needs(basis: Basis) -> Iterator[list[tuple[str, bool]]]:
    def holds(kind: Claim.Kind) -> tuple[str, bool]:
        return kind.label.lower(), kind in basis.holds

    yield [holds(K.REACHABLE)]
    # what has no interface cannot conform to one; then its documents are what a listing can be held to
    yield [holds(K.PROTOCOL if basis.has_interface else K.DOCUMENTED), holds(K.SCANNED)]
    yield [holds(K.DOCUMENTED), holds(K.IDENTITY), holds(K.REVIEWED)]
    yield [holds(K.PRICING_SEEN) if basis.states_price else ("a stated price", False)]
    yield [(f"{OPERATED_DAYS} days of operation", operated(basis.month) and not basis.open_incident)]


def operated(month: Uptime | None) -> bool:
    """Whether a stretch of time is what the highest level asks for."""
    if month is None or month.share is None:
        return False
    long_enough = month.seconds >= dt.timedelta(days=OPERATED_DAYS).total_seconds()
    return long_enough and month.share >= OPERATED_SHARE and month.coverage >= OPERATED_COVERAGE
