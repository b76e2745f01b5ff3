"""Uptime with its coverage: what is known of a stretch of time from looks at moments of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from verification.judgement.judge import HOLDS as HOLDS  # noqa: PLC0414 - one time for uptime and the clock of an incident
from verification.judgement.judge import Saw


@dataclass(frozen=True)
class Span:
    """A stretch of time in which one thing is known; `maintenance`: away as its owner said it would be."""

    begins: dt.datetime
    ends: dt.datetime
    up: bool
    maintenance: bool = False


@dataclass(frozen=True)
class Uptime:
    """Seconds known to be up, to be down, in maintenance; and of how many."""

    up: int
    down: int
    maintenance: int
    seconds: int

    @property
    def share(self) -> float | None:
        """Up among what is known (0 to 1), None when nothing is. Maintenance counts neither way."""
        known = self.up + self.down
        return self.up / known if known else None

    @property
    def coverage(self) -> float:
        """Known among all time (0 to 1)."""
        return min(1.0, (self.up + self.down + self.maintenance) / self.seconds) if self.seconds else 0.0


def spans(looks: Sequence[tuple[dt.datetime, Saw, bool]], until: dt.datetime) -> list[Span]:
    """Return what looks (time, what was seen, within maintenance), in order of time, say about the time after each.

    A look that could not tell says nothing, and ends what the one before it said.
    """
    found = []
    for (at, saw, maintenance), (following, *_) in pairwise([*looks, (until, Saw.UNKNOWN, False)]):
        ends = min(following, at + HOLDS, until)
        if saw != Saw.UNKNOWN and ends > at:
            found.append(Span(at, ends, saw == Saw.UP, maintenance and saw != Saw.UP))
    return found


def within(known: Iterable[Span], begins: dt.datetime, ends: dt.datetime) -> Uptime:
    """Return what spans say about a stretch of time."""
    sums = {"up": 0.0, "down": 0.0, "maintenance": 0.0}
    for span in known:
        seconds = (min(span.ends, ends) - max(span.begins, begins)).total_seconds()
        if seconds > 0:
            sums["maintenance" if span.maintenance else "up" if span.up else "down"] += seconds
    return Uptime(
        round(sums["up"]), round(sums["down"]), round(sums["maintenance"]), round((ends - begins).total_seconds())
    )


def total(parts: Iterable[Uptime]) -> Uptime:
    """Return several stretches as one."""
    rows = list(parts)
    return Uptime(
        sum(one.up for one in rows),
        sum(one.down for one in rows),
        sum(one.maintenance for one in rows),
        sum(one.seconds for one in rows),
    )


def in_words(uptime: Uptime) -> str:
    """Return it for people: never a percentage without what it stands on."""
    if uptime.share is None:
        return "nothing is known of this time"
    share = "100" if uptime.share == 1 else f"{min(uptime.share * 100, 99.99):.2f}".rstrip("0").rstrip(".")
    return f"seen working {share} % of the time checked, which is {_percent(uptime.coverage)} of it"


def _percent(part: float) -> str:
    return "all" if part > 0.995 else f"{max(1, round(part * 100))} %"
