"""What several vantage points together saw of an address: no single place decides that a tool is down."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from verification.judgement.judge import Saw


@dataclass(frozen=True)
class Verdict:
    """What counts, and the places that saw otherwise (“unreachable from …”)."""

    saw: Saw
    dissent: tuple[str, ...] = ()


def agreed(latest: Mapping[str, Saw], *, was: Saw) -> Verdict:
    """Return what counts of the latest looks by vantage; `was`: UP or DOWN, as it was judged before.

    Places that could not tell have no vote. The judgement turns when more than half of the others disagree with it;
    without any, nothing is known.
    """
    votes = {place: saw for place, saw in latest.items() if saw != Saw.UNKNOWN}
    if not votes:
        return Verdict(Saw.UNKNOWN)
    was_up = was == Saw.UP
    against = {place: saw for place, saw in votes.items() if (saw == Saw.UP) != was_up}
    turned = len(against) * 2 > len(votes)
    losing = {place: saw for place, saw in votes.items() if place not in against} if turned else against
    winning = against if turned else {place: saw for place, saw in votes.items() if place not in against}
    down = {saw for saw in winning.values() if saw != Saw.UP}
    if not down:
        return Verdict(Saw.UP, tuple(sorted(losing)))
    # that nothing is there counts only when all who fail to reach it say so
    return Verdict(Saw.GONE if down == {Saw.GONE} else Saw.DOWN, tuple(sorted(losing)))
