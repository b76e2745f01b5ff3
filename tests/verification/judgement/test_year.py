"""A simulated year of 300 tools: how often the judgement is wrong, and how late it is when it is right.

Of the looks at a random moment 2 % meet trouble that passes. In the first case each look for itself; in the others the
trouble has a length drawn from a distribution with a tail, and every look within it meets it. Whatever opens in trouble
that passes is counted as false, even if it lasted for hours: from outside that is an outage. Light scheduled looks are
not repeated within their run, so nothing of that kind is simulated. `--log-cli-level=INFO` shows the figures; those in
docs/verification.md are of 1,000 tools each.
"""

from __future__ import annotations

import datetime as dt
import logging
import math
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import chain
from statistics import median

import pytest

from verification.judgement.intervals import USUAL, next_look
from verification.judgement.judge import Event, Health, Look, Saw, State, judge

log = logging.getLogger(__name__)
START = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
YEAR, MINUTE, HOUR = dt.timedelta(days=365), dt.timedelta(minutes=1), dt.timedelta(hours=1)
Span = tuple[dt.datetime, dt.datetime]
Draw = Callable[[random.Random], float]  # how many minutes a trouble lasts


@dataclass
class Seen:
    """What came of one simulated address."""

    false_openings: int = 0
    of_one_trouble: int = 0  # of them, those in which a single trouble lasted from the first look to the opening
    delays: list[float] = field(default_factory=list)  # hours from the outage to its opening
    late: list[float] = field(default_factory=list)  # hours from the first look at it to its opening
    missed: int = 0
    looks: int = 0


def outages(chance: random.Random) -> list[Span]:
    """Two true outages at random times: of three days, and of half a day."""
    found = []
    for hours in (72, 12):
        begins = START + dt.timedelta(days=10) + chance.random() * (YEAR - dt.timedelta(days=30))
        found.append((begins, begins + dt.timedelta(hours=hours)))
    return sorted(found)


def troubles(chance: random.Random, share: float, draw: Draw, mean: float) -> Iterator[Span]:
    """Yield stretches of trouble that passes, which make up `share` of all time; `mean`: minutes of one."""
    between, at = mean * (1 - share) / share, START
    while True:
        begins = at + chance.expovariate(1 / between) * MINUTE
        at = begins + draw(chance) * MINUTE
        yield begins, at


def trouble_at(
    chance: random.Random, share: float, draw: Draw | None, mean: float
) -> Callable[[dt.datetime], Span | None]:
    """Return a function that tells the trouble of a moment, asked in the order of time."""
    if draw is None:
        return lambda at: (at, at) if chance.random() < share else None
    spans = troubles(chance, share, draw, mean)
    now = next(spans)

    def found(at: dt.datetime) -> Span | None:
        nonlocal now
        while now[1] <= at:
            now = next(spans)
        return now if now[0] <= at else None

    return found


def lived(chance: random.Random, trouble: Callable[[dt.datetime], Span | None]) -> Seen:
    """Let one address live for a year."""
    seen, health, at = Seen(), Health(), START + chance.random() * USUAL
    down = outages(chance)
    opened: dict[int, dt.datetime] = {}
    first: dict[int, dt.datetime] = {}
    while at < START + YEAR:
        which = next((n for n, (begins, ends) in enumerate(down) if begins <= at < ends), None)
        passing = trouble(at)
        failed = which is not None or passing is not None
        if which is not None:
            first.setdefault(which, at)
        seen.looks += 1
        # a look that passes at an address that is well changes nothing that opens or closes: not judged, to be quick
        if failed or health.fails or health.state != State.HEALTHY:
            health, events = judge(health, Look(at, Saw.DOWN if failed else Saw.UP, 200))
            if Event.OPENED in events and which is not None:
                opened.setdefault(which, at)
            elif Event.OPENED in events and passing is not None and health.began_at is not None:
                seen.false_openings += 1
                seen.of_one_trouble += passing[0] <= health.began_at
        interval = next_look(health, at=at, listed_at=START - YEAR, chance=chance.random())
        assert interval is not None
        at += interval
    seen.delays = [(opened[n] - begins) / HOUR for n, (begins, _) in enumerate(down) if n in opened]
    seen.late = [(opened[n] - first[n]) / HOUR for n in opened]
    seen.missed = len(down) - len(opened)
    return seen


def exponential(middle: float) -> tuple[Draw, float]:
    """Return durations with this median in minutes, and their mean."""
    mean = middle / math.log(2)
    return lambda chance: chance.expovariate(1 / mean), mean


def lognormal(middle: float, sigma: float) -> tuple[Draw, float]:
    """Return durations with this median in minutes, and their mean; `sigma` 1 is a heavy tail."""
    return lambda chance: chance.lognormvariate(math.log(middle), sigma), middle * math.exp(sigma**2 / 2)


@pytest.mark.parametrize(
    ("name", "durations", "tools", "most", "by_chance"),
    [
        ("each look for itself", (None, 1.0), 300, 0.05, 0.05),
        ("exponential, median 2 minutes", exponential(2), 60, 0.05, 0.05),
        ("lognormal, median 3 minutes, sigma 0.5", lognormal(3, 0.5), 60, 0.05, 0.05),
        # Heavier tails: the target does not hold, as troubles of over half an hour are then a matter of course. What
        # is left without those that lasted through all looks stays near it.
        ("exponential, median 3 minutes", exponential(3), 60, 0.2, 0.1),
        ("exponential, median 5 minutes", exponential(5), 60, 0.8, 0.15),
        ("lognormal, median 2 minutes, sigma 1", lognormal(2, 1.0), 60, 0.7, 0.1),
    ],
)
def test_a_year(name: str, durations: tuple[Draw | None, float], tools: int, most: float, by_chance: float) -> None:
    chance = random.Random(20261126)
    lives = [lived(chance, trouble_at(random.Random(n), 0.02, *durations)) for n in range(tools)]
    false = sum(one.false_openings for one in lives) / tools
    through = sum(one.of_one_trouble for one in lives) / tools
    late = median(chain.from_iterable(one.late for one in lives))
    delay = median(chain.from_iterable(one.delays for one in lives))
    log.info("%s: %.3f false, %.3f of one trouble; %.2f h, %.2f h", name, false, through, late, delay)
    assert false <= most
    assert false - through <= by_chance
    assert late <= 0.5
    assert delay <= 0.5 + USUAL / HOUR
    assert sum(one.missed for one in lives) <= max(2, tools / 50)  # two outages that overlap are one
