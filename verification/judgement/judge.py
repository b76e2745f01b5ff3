"""How looks at one address become its health: pure functions of what was known, one more look, and its time.

One look decides nothing. An address is unreachable after three looks in a row that failed over at least 15 minutes, and
reachable again after two that passed at least 5 minutes apart. What could not be told changes nothing. Only time of
which something is known counts: what a look saw is taken to last until a little after the next one is due (`stands`),
however long it is until somebody looks again. The numbers come from a simulation (docs/verification.md, "Over time");
tests/verification/judgement/test_year.py repeats it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from itertools import pairwise
from statistics import median

FAILS_TO_OPEN = 3
OPEN_AFTER = dt.timedelta(minutes=15)  # between the first and the last of them: one bad moment is one observation
GONE_AFTER = dt.timedelta(hours=1)  # two looks are enough where one says that nothing is there (see `_opens`)
# Looks that failed are a row only without a longer time between them: over an hour, after which is asked what could not
# be told (intervals.UNTOLD), with its jitter and some waiting.
ROW_WITHIN = dt.timedelta(hours=2)
PASSES_TO_CLOSE = 2
CLOSE_AFTER = dt.timedelta(minutes=5)
HOLDS = dt.timedelta(hours=8)  # what a look saw is taken to last, unless another look comes: a little over the interval
REMEMBERED = 20  # looks whose coming and going is counted
FLAPS, STEADY = 6, 3  # changes among them from which an address is unstable, and up to which it is steady again
FROZEN_AT_MOST = dt.timedelta(days=7)  # without any look that could tell: then nothing is known any more
SLOW = 3.0  # times the usual time of an answer
SLOW_AT_LEAST = 500  # and so many milliseconds more: three times nothing is nothing
LATEST = 5  # answers whose median is compared: one slow answer, or two, move nothing
# While it is unreachable: up to so long, look every so often. Then not again (see docs/verification.md).
FAILING = (
    (dt.timedelta(minutes=30), dt.timedelta(minutes=5)),
    (dt.timedelta(hours=1), dt.timedelta(minutes=15)),
    (dt.timedelta(hours=6), dt.timedelta(hours=1)),
    (dt.timedelta(hours=72), dt.timedelta(hours=6)),
    (dt.timedelta(days=14), dt.timedelta(days=1)),
    (dt.timedelta(days=45), dt.timedelta(days=7)),
    (dt.timedelta(days=45 + 6 * 30), dt.timedelta(days=30)),
)
# Of those intervals: a look that comes later than so was not made in time, and the clock stops. Over twice, as whatever
# brings a tool's standing in step puts its next look off anew.
MARGIN = 2.5


class Saw(StrEnum):
    """What one look saw."""

    UP = "up"
    DOWN = "down"  # no answer, or an error of its own: may be a passing trouble
    GONE = "gone"  # nothing is there: no such name, 404, something else at the address
    UNKNOWN = "unknown"  # could not tell


class State(StrEnum):
    """The health of an address."""

    UNKNOWN = "unknown"
    HEALTHY = "healthy"
    DEGRADED = "degraded"
    UNREACHABLE = "unreachable"


class Event(StrEnum):
    """What a look changed, as others are told."""

    SEEN = "seen"  # it answered, and nothing was known of it until then
    OPENED = "opened"
    CLOSED = "closed"
    SLOWED = "slowed"
    QUICKENED = "quickened"
    UNSTABLE = "unstable"
    STEADY = "steady"
    LOST_SIGHT = "lost_sight"  # nothing could be told for a week


@dataclass(frozen=True)
class Look:
    """One look at an address: when, what was seen, how long the answer took."""

    at: dt.datetime
    saw: Saw
    ms: int | None = None


@dataclass(frozen=True)
class Health:
    """What is known of an address. `began_at`: the first of the looks that failed, or that passed, in a row."""

    state: State = State.UNKNOWN
    fails: int = 0
    gone: int = 0  # of them, those that saw that nothing is there
    passes: int = 0
    began_at: dt.datetime | None = None
    known_at: dt.datetime | None = None  # the last look that could tell
    last: Saw | None = None
    unknown_since: dt.datetime | None = None  # the first look after `known_at` that could not
    down_since: dt.datetime | None = None  # when the failing began that made it unreachable
    down_for: dt.timedelta = dt.timedelta()  # how long the failing is known to have lasted at the last look that failed
    recent: str = ""  # u and d, the latest last
    unstable: bool = False
    answers_ms: Sequence[int] = field(default_factory=tuple)  # of the latest looks that passed


def judge(
    health: Health, look: Look, *, usual_ms: int | None = None, maintenance: bool = False
) -> tuple[Health, list[Event]]:
    """Return the health after one more look, and what that changed.

    `usual_ms`: the median of its answers in the 30 days before, None when too few are known. A failed look within a
    `maintenance` window that the owner declared counts as one that could not tell. A look that is not later than the
    last one that could tell changes nothing: what was judged is not judged otherwise afterwards.
    """
    if health.known_at is not None and look.at <= health.known_at:
        return health, []
    if look.saw == Saw.UNKNOWN or (maintenance and look.saw in {Saw.DOWN, Saw.GONE}):
        return _untold(health, look.at)
    up = look.saw == Saw.UP
    health = _counted(_clocked(health, look.at), look)
    health, events = (_closes if up else _opens)(health, look)
    if up and look.ms is not None:
        health = replace(health, answers_ms=(*health.answers_ms, look.ms)[-LATEST:])
    health, speed = _speed(health, usual_ms)
    health, stability = _stability(health)
    return health, [*events, *speed, *stability]


def down_for(health: Health, at: dt.datetime) -> dt.timedelta:
    """Return for how long an unreachable address is known to have been so; the time of not knowing does not count."""
    return _failing_for(health, at) if health.state == State.UNREACHABLE else dt.timedelta()


def stands(health: Health) -> dt.timedelta:
    """Return for how long at most a look that failed is taken to last: until a little after the next one is due.

    At least as long as in the uptime; longer where an unreachable address is looked at more seldom.
    """
    if health.state != State.UNREACHABLE:
        return ROW_WITHIN
    interval = next((interval for until, interval in FAILING if health.down_for < until), dt.timedelta())
    return max(HOLDS, interval * MARGIN)


def confirming(health: Health) -> bool:
    """Whether looks have failed that nobody else has been told of yet."""
    return health.fails > 0 and health.state != State.UNREACHABLE


def _failing_for(health: Health, at: dt.datetime) -> dt.timedelta:
    running = health.known_at is not None and health.unknown_since is None and health.last in {Saw.DOWN, Saw.GONE}
    if not running or health.known_at is None:
        return health.down_for
    return health.down_for + min(max(at - health.known_at, dt.timedelta()), stands(health))


def _untold(health: Health, at: dt.datetime) -> tuple[Health, list[Event]]:
    since = health.unknown_since or at
    # the clock ran until now
    health = replace(health, down_for=_failing_for(health, at), last=Saw.UNKNOWN, unknown_since=since)
    if health.state == State.UNKNOWN or at - since < FROZEN_AT_MOST:
        return health, []
    return Health(last=Saw.UNKNOWN, unknown_since=since, recent=health.recent), [Event.LOST_SIGHT]


def _clocked(health: Health, at: dt.datetime) -> Health:
    """Return it with the known time of its failing until now; a row that was left alone for too long begins anew."""
    if confirming(health) and health.known_at is not None and at - health.known_at > ROW_WITHIN:
        health = replace(health, fails=0, gone=0, down_for=dt.timedelta())
    return replace(health, down_for=_failing_for(health, at), known_at=at, unknown_since=None)


def _counted(health: Health, look: Look) -> Health:
    up = look.saw == Saw.UP
    row = health.passes if up else health.fails
    begins = not up and not row and health.state != State.UNREACHABLE
    over = up and health.state != State.UNREACHABLE
    return replace(
        health,
        last=look.saw,
        passes=row + 1 if up else 0,
        fails=0 if up else row + 1,
        gone=0 if up else health.gone + (look.saw == Saw.GONE),
        began_at=health.began_at if row else look.at,
        down_for=dt.timedelta() if begins or over else health.down_for,
        recent=(health.recent + ("u" if up else "d"))[-REMEMBERED:],
    )


def _opens(health: Health, look: Look) -> tuple[Health, list[Event]]:
    """Open after three over 15 minutes; after two over an hour when one of them saw that nothing is there.

    The minutes are those of which something is known: time in which nothing could be told is no time of failing.
    """
    if health.state == State.UNREACHABLE:
        return health, []
    lasted = health.down_for
    enough = health.fails >= FAILS_TO_OPEN and lasted >= OPEN_AFTER
    gone = health.gone and health.fails >= 2 and lasted >= GONE_AFTER
    if not (enough or gone):
        return health, []
    return replace(health, state=State.UNREACHABLE, down_since=health.began_at or look.at), [Event.OPENED]


def _closes(health: Health, look: Look) -> tuple[Health, list[Event]]:
    if health.state == State.UNKNOWN:
        return replace(health, state=State.HEALTHY), [Event.SEEN]
    if health.state != State.UNREACHABLE:
        return health, []
    began = health.began_at or look.at
    if health.passes < PASSES_TO_CLOSE or look.at - began < CLOSE_AFTER:
        return health, []
    return replace(health, state=State.HEALTHY, down_since=None, down_for=dt.timedelta(), answers_ms=()), [Event.CLOSED]


def _speed(health: Health, usual_ms: int | None) -> tuple[Health, list[Event]]:
    if health.state not in {State.HEALTHY, State.DEGRADED} or usual_ms is None or len(health.answers_ms) < LATEST:
        return health, []
    now = median(health.answers_ms)
    slow = now > usual_ms * SLOW and now > usual_ms + SLOW_AT_LEAST
    if slow == (health.state == State.DEGRADED):
        return health, []
    if slow:
        return replace(health, state=State.DEGRADED), [Event.SLOWED]
    return replace(health, state=State.HEALTHY), [Event.QUICKENED]


def _stability(health: Health) -> tuple[Health, list[Event]]:
    changes = sum(one != other for one, other in pairwise(health.recent))
    if not health.unstable and changes >= FLAPS:
        return replace(health, unstable=True), [Event.UNSTABLE]
    if health.unstable and changes <= STEADY:
        return replace(health, unstable=False), [Event.STEADY]
    return health, []
