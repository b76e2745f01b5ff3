"""When to look again: a pure function of what is known. Trouble is looked at soon, then ever more seldom."""

from __future__ import annotations

import datetime as dt

from verification.judgement.judge import FAILING, Health, Saw, State, confirming

USUAL = dt.timedelta(hours=6)
# Not every hour: with two or three addresses and a full run that would be more than a domain's budget of a day.
NEW, NEW_FOR = dt.timedelta(hours=3), dt.timedelta(days=7)  # a new listing is looked at more often for a week
SLOW = dt.timedelta(hours=3)  # while it answers more slowly than usual
# While nothing can be told: for so long, look after so long. Trouble of ours may be over in an hour; a wall stays, and
# is not knocked at four times a day.
UNTOLD = (
    (dt.timedelta(minutes=30), dt.timedelta(hours=1)),
    (dt.timedelta(days=1), dt.timedelta(hours=6)),
    (dt.timedelta.max, dt.timedelta(days=1)),
)
# After the first failed look: several soon, as most bad moments are over by then, yet within judge.OPEN_AFTER; the last
# as late as half an hour allows, as some last for minutes.
LADDER = tuple(dt.timedelta(minutes=minutes) for minutes in (5, 4, 4, 16))
CLOSING = dt.timedelta(minutes=5, seconds=10)  # after the first that passed: judge.CLOSE_AFTER, and a little
JITTER = 0.2
FULL = dt.timedelta(days=7)  # all steps: documents, legal pages, packages
FULL_PRICED = dt.timedelta(days=3)  # where a price is stated that money is paid by


def next_look(health: Health, *, at: dt.datetime, listed_at: dt.datetime, chance: float) -> dt.timedelta | None:
    """Return the time until the next look at an address, None when it is looked at no more.

    `chance` in [0, 1) moves the interval by up to 20 % either way, so that what was begun together does not stay so;
    confirming looks are not moved: their distances are part of the judgement.
    """
    if health.last != Saw.UNKNOWN:
        if confirming(health):
            return LADDER[min(health.fails, len(LADDER)) - 1]
        if health.state == State.UNREACHABLE and health.last == Saw.UP:
            return CLOSING
    interval = _interval(health, at, listed_at)
    return None if interval is None else interval * (1 + JITTER * (2 * chance - 1))


def _interval(health: Health, at: dt.datetime, listed_at: dt.datetime) -> dt.timedelta | None:
    untold = dt.timedelta()
    if health.last == Saw.UNKNOWN and health.unknown_since:
        lasted = at - health.unknown_since
        untold = next(interval for until, interval in UNTOLD if lasted < until)
    if health.state == State.UNREACHABLE:
        failing = next((interval for until, interval in FAILING if health.down_for < until), None)
        return None if failing is None else max(failing, untold)
    if untold:
        return untold
    if health.state == State.DEGRADED:
        return SLOW
    return NEW if at - listed_at < NEW_FOR else USUAL


def next_full(*, priced: bool, chance: float) -> dt.timedelta:
    """Return the time until the next run of all steps; `priced`: an amount is stated that goes stale sooner."""
    return (FULL_PRICED if priced else FULL) * (1 + JITTER * (2 * chance - 1))
