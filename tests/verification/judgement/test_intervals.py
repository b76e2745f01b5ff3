"""When to look again."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verification.judgement.intervals import JITTER, next_full, next_look
from verification.judgement.judge import Health, Look, Saw, State, judge

START = dt.datetime(2027, 1, 1, tzinfo=dt.UTC)
MINUTE, HOUR, DAY = dt.timedelta(minutes=1), dt.timedelta(hours=1), dt.timedelta(days=1)
U, D, X = Saw.UP, Saw.DOWN, Saw.UNKNOWN


def after(*looks: tuple[dt.timedelta, Saw], listed: dt.timedelta = 30 * DAY) -> dt.timedelta | None:
    """Return the interval after these looks, without jitter."""
    health = Health()
    for since, saw in looks:
        health, _ = judge(health, Look(START + since, saw))
    return next_look(health, at=START + looks[-1][0], listed_at=START - listed, chance=0.5)


def test_usually_every_six_hours_and_in_the_first_week_every_three() -> None:
    assert after((HOUR, U)) == 6 * HOUR
    assert after((HOUR, U), listed=6 * DAY) == 3 * HOUR


def test_what_answers_more_slowly_than_usual_is_looked_at_every_three_hours() -> None:
    slow = Health(state=State.DEGRADED, last=Saw.UP, known_at=START)
    assert next_look(slow, at=START, listed_at=START - 90 * DAY, chance=0.5) == 3 * HOUR


def test_what_could_not_be_told_is_asked_again_in_an_hour_then_seldom() -> None:
    up, wall = (0 * HOUR, U), (6 * HOUR, X)
    assert after(up, wall) == HOUR
    assert after(up, wall, (6 * HOUR + 29 * MINUTE, X)) == HOUR
    assert after(up, wall, (6 * HOUR + 30 * MINUTE, X)) == 6 * HOUR
    assert after(up, wall, (30 * HOUR - MINUTE, X)) == 6 * HOUR
    assert after(up, wall, (30 * HOUR, X)) == DAY


def wall(*before: tuple[dt.timedelta, Saw], of: dt.timedelta) -> int:
    """Return how often is asked within so long at an address that meets a wall after these looks."""
    health = Health()
    for since, saw in before:
        health, _ = judge(health, Look(START + since, saw))
    at, looks = START + before[-1][0], 0
    begins = at
    while True:
        interval = next_look(health, at=at, listed_at=START - 90 * DAY, chance=0.5)
        assert interval is not None
        at += interval
        if at > begins + of:
            return looks
        health, _ = judge(health, Look(at, X))
        looks += 1


def test_a_wall_is_knocked_on_about_once_a_day_whatever_was_seen_before() -> None:
    for before in (
        [(0 * HOUR, U)],
        [(0 * HOUR, U), (HOUR, D)],  # while a fail is being confirmed
        [(0 * HOUR, D), (9 * MINUTE, D), (20 * MINUTE, D)],  # while it is unreachable
        [(0 * HOUR, D), (9 * MINUTE, D), (20 * MINUTE, D), (HOUR, U)],  # while its coming back is being confirmed
    ):
        assert wall(*before, of=8 * DAY) <= 13


def test_the_first_failed_look_is_confirmed_soon_and_not_at_once() -> None:
    minutes = (60, 65, 69, 73, 73.5)
    looks = [(0 * HOUR, U), *((minute * MINUTE, D) for minute in minutes)]
    ladder = [after(*looks[: n + 2]) for n in range(5)]
    assert ladder == [5 * MINUTE, 4 * MINUTE, 4 * MINUTE, 16 * MINUTE, 16 * MINUTE]


def failing(down: dt.timedelta) -> dt.timedelta | None:
    """Return the interval while an address is known to be unreachable for so long."""
    health = Health(state=State.UNREACHABLE, fails=9, last=D, known_at=START, down_since=START, down_for=down)
    return next_look(health, at=START, listed_at=START - 90 * DAY, chance=0.5)


@pytest.mark.parametrize(
    ("until", "before", "then"),
    [
        (30 * MINUTE, 5 * MINUTE, 15 * MINUTE),
        (HOUR, 15 * MINUTE, HOUR),
        (6 * HOUR, HOUR, 6 * HOUR),
        (72 * HOUR, 6 * HOUR, DAY),
        (14 * DAY, DAY, 7 * DAY),
        (45 * DAY, 7 * DAY, 30 * DAY),
        (225 * DAY, 30 * DAY, None),
    ],
)
def test_what_stays_away_is_looked_at_ever_more_seldom(
    until: dt.timedelta, before: dt.timedelta, then: dt.timedelta | None
) -> None:
    assert failing(until - dt.timedelta(seconds=1)) == before
    assert failing(until) == then


def test_a_listing_is_new_for_less_than_a_week() -> None:
    assert after((0 * HOUR, U), listed=7 * DAY - MINUTE) == 3 * HOUR
    assert after((0 * HOUR, U), listed=7 * DAY) == 6 * HOUR


def test_intervals_are_moved_by_a_fifth_either_way_and_confirming_ones_are_not() -> None:
    well, failed = Health(state=State.HEALTHY, last=U, known_at=START), Health(fails=1, last=D, known_at=START)
    for chance, interval in ((0.0, 4.8 * HOUR), (1.0, 7.2 * HOUR)):
        assert next_look(well, at=START, listed_at=START - 90 * DAY, chance=chance) == interval
        assert next_look(failed, at=START, listed_at=START - 90 * DAY, chance=chance) == 5 * MINUTE


def test_all_steps_are_made_every_week_and_every_three_days_where_a_price_is_stated() -> None:
    assert (next_full(priced=False, chance=0.5), next_full(priced=True, chance=0.5)) == (7 * DAY, 3 * DAY)
    assert (next_full(priced=False, chance=0.0), next_full(priced=True, chance=1.0)) == (5.6 * DAY, 3.6 * DAY)


def test_what_comes_back_is_confirmed_soon() -> None:
    found = after((0 * HOUR, D), (MINUTE, D), (21 * MINUTE, D), (20 * DAY, U))
    assert found is not None
    assert 5 * MINUTE < found < 6 * MINUTE


@given(st.floats(0, 1, exclude_max=True), st.sampled_from(list(State)))
def test_jitter_stays_within_a_fifth(chance: float, state: State) -> None:
    down = START if state == State.UNREACHABLE else None
    health = Health(state=state, last=D if down else U, known_at=START, down_since=down, down_for=10 * HOUR)
    middle = next_look(health, at=START, listed_at=START - 30 * DAY, chance=0.5)
    found = next_look(health, at=START, listed_at=START - 30 * DAY, chance=chance)
    assert middle is not None
    assert found is not None
    assert (1 - JITTER) * middle <= found <= (1 + JITTER) * middle
