"""One address: what opens, what closes, what changes nothing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verification.judgement.judge import Event, Health, Look, Saw, State, down_for, judge

START = dt.datetime(2027, 1, 1, tzinfo=dt.UTC)
MINUTE, HOUR, DAY = dt.timedelta(minutes=1), dt.timedelta(hours=1), dt.timedelta(days=1)
U, D, G, X = Saw.UP, Saw.DOWN, Saw.GONE, Saw.UNKNOWN


def lived(*looks: tuple[float, Saw], health: Health | None = None, **extra: object) -> tuple[Health, list[Event]]:
    """Judge looks given as (minutes since START, what was seen); return the health and all events."""
    health, events = health or Health(), []
    for minutes, saw in looks:
        health, found = judge(health, Look(START + dt.timedelta(minutes=minutes), saw, 100), **extra)  # type: ignore[arg-type]
        events += found
    return health, events


@pytest.mark.parametrize(
    ("looks", "state"),
    [
        ([(0, U), (10, D), (11, D)], State.HEALTHY),  # two
        ([(0, U), (10, D), (11, D), (20, D)], State.HEALTHY),  # three, within ten minutes
        ([(0, U), (10, D), (11, D), (24.9, D)], State.HEALTHY),
        ([(0, U), (10, D), (11, D), (25, D)], State.UNREACHABLE),  # three over fifteen minutes
        ([(0, U), (10, D), (11, U), (25, D), (40, D)], State.HEALTHY),  # not in a row
        ([(0, U), (10, D), (11, X), (12, D), (25.9, D)], State.HEALTHY),  # not knowing is no time of failing
        ([(0, U), (10, D), (11, X), (12, D), (26, D)], State.UNREACHABLE),  # and does not break the row
        ([(0, U), (10, D), (90, D), (210, D)], State.UNREACHABLE),  # two hours apart is a row
        ([(0, U), (10, D), (90, D), (210.1, D)], State.HEALTHY),  # longer apart is none
        ([(0, U), (10, G), (28_000, G)], State.HEALTHY),
        ([(0, U), (10, G), (15, U), (20, D), (80, D)], State.HEALTHY),  # what passed in between ends that, too
        ([(0, U), (10, G), (69, G)], State.HEALTHY),  # two that nothing is there, within an hour
        ([(0, U), (10, G), (70, G)], State.UNREACHABLE),
        ([(0, U), (10, G), (70, D)], State.UNREACHABLE),
        ([(0, U), (10, D), (70, D)], State.HEALTHY),  # two that may pass
        ([(0, G)], State.UNKNOWN),
        ([(0, D), (10, D), (15, D)], State.UNREACHABLE),  # it was never seen: that is no reason to wait
        ([(0, X), (10, X)], State.UNKNOWN),
    ],
)
def test_what_opens(looks: Sequence[tuple[float, Saw]], state: State) -> None:
    health, events = lived(*looks)
    assert health.state == state
    assert events.count(Event.OPENED) == (state == State.UNREACHABLE)


DOWN = ((0, U), (10, D), (11, D), (25, D))


@pytest.mark.parametrize(
    ("looks", "closed"),
    [
        ([(30, U)], False),
        ([(30, U), (34.9, U)], False),
        ([(30, U), (35, U)], True),
        ([(30, U), (33, D), (36, U)], False),
        ([(30, U), (33, X), (36, U)], True),
    ],
)
def test_what_closes(looks: Sequence[tuple[float, Saw]], closed: bool) -> None:
    health, events = lived(*DOWN, *looks)
    assert (Event.CLOSED in events) is closed
    assert (health.state == State.HEALTHY) is closed
    assert (health.down_since is None) is closed


def test_within_a_maintenance_window_a_failed_look_changes_nothing() -> None:
    before, _ = lived((0, U))
    health, events = lived((10, D), (20, G), (40, D), (80, D), health=before, maintenance=True)
    assert (health.state, health.fails, events) == (State.HEALTHY, 0, [])
    health, events = lived((90, U), health=health, maintenance=True)  # and one that passes counts
    assert health.known_at == START + dt.timedelta(minutes=90)


def test_the_time_of_not_knowing_is_not_counted_as_down() -> None:
    health, _ = lived(*DOWN)
    hour = dt.timedelta(hours=1)
    opened = START + dt.timedelta(minutes=10)
    assert down_for(health, opened + hour) == hour
    health, _ = lived((70, X), health=health)  # an hour down, then nothing can be told
    assert down_for(health, opened + 9 * hour) == hour
    health, _ = lived((670, D), health=health)  # ten hours later it is down as before
    assert down_for(health, opened + 12 * hour) == 2 * hour


def test_after_a_week_of_not_knowing_nothing_is_known() -> None:
    health, _ = lived(*DOWN)
    day = 24 * 60
    health, events = lived((100, X), (100 + 7 * day - 1, X), health=health)
    assert (health.state, events) == (State.UNREACHABLE, [])
    health, events = lived((100 + 7 * day, X), health=health)
    assert (health.state, events) == (State.UNKNOWN, [Event.LOST_SIGHT])
    assert health.down_since is None


def test_coming_and_going_is_said_once_and_taken_back_once() -> None:
    up_down = [(n * 60.0, U if n % 2 else D) for n in range(8)]
    health, events = lived(*up_down)
    assert (health.unstable, events.count(Event.UNSTABLE)) == (True, 1)
    health, events = lived(*[(1_000.0 + n * 60, U) for n in range(20)], health=health)
    assert (health.unstable, events.count(Event.STEADY)) == (False, 1)


def test_slow_answers_are_judged_by_the_middle_of_the_last_five() -> None:
    health, _ = lived((0, U))

    def answers(health: Health, *times: int) -> tuple[Health, list[Event]]:
        events: list[Event] = []
        for ms in times:
            assert health.known_at is not None
            health, found = judge(health, Look(health.known_at + HOUR, U, ms), usual_ms=300)
            events += found
        return health, events

    health, events = answers(health, 5_000, 300, 5_000, 300, 300)  # two slow ones move nothing
    assert (health.state, events) == (State.HEALTHY, [])
    health, events = answers(health, 2_000, 2_000, 2_000)
    assert (health.state, events) == (State.DEGRADED, [Event.SLOWED])
    health, events = answers(health, 300, 300, 300)
    assert (health.state, events) == (State.HEALTHY, [Event.QUICKENED])


def test_three_times_next_to_nothing_is_not_slow() -> None:
    health, events = Health(), []
    for n in range(6):
        health, found = judge(health, Look(START + dt.timedelta(hours=n), U, 400), usual_ms=20)
        events += found
    assert (health.state, events) == (State.HEALTHY, [Event.SEEN])


@given(st.lists(st.tuples(st.floats(0.1, 600), st.sampled_from(list(Saw))), max_size=60))
def test_whatever_is_seen_opening_and_closing_alternate(steps: list[tuple[float, Saw]]) -> None:
    health, minutes, turns = Health(), 0.0, []
    for wait, saw in steps:
        minutes += wait
        before = health
        at = START + dt.timedelta(minutes=minutes)
        health, events = judge(health, Look(at, saw))
        turns += [one for one in events if one in {Event.OPENED, Event.CLOSED, Event.LOST_SIGHT}]
        assert (health.state == State.UNREACHABLE) == (health.down_since is not None)
        assert down_for(health, at) >= dt.timedelta()
        if saw == X and Event.LOST_SIGHT not in events:
            assert (health.state, health.fails, health.passes) == (before.state, before.fails, before.passes)
    opened = [one for one in turns if one != Event.LOST_SIGHT]
    assert all(one != other or one == Event.OPENED for one, other in pairwise(opened))


def test_five_days_of_not_knowing_are_no_days_of_failing() -> None:
    days = [(60 + day * 1_440.0, X) for day in range(1, 6)]
    health, events = lived((0, U), (60, D), *days, (7_320, D), (7_321, D))
    assert (health.state, health.fails, events) == (State.HEALTHY, 2, [Event.SEEN])
    health, events = lived((7_335, D), health=health)
    assert (events, health.down_for, health.down_since) == ([Event.OPENED], 15 * MINUTE, START + 7_320 * MINUTE)


@pytest.mark.parametrize(
    ("down", "stops"),
    [
        (HOUR, 8 * HOUR),  # looked at every hour by then: as long as in the uptime
        (7 * HOUR, 15 * HOUR),  # every six
        (5 * DAY, 60 * HOUR),  # every day
        (20 * DAY, 17.5 * DAY),  # every week
        (50 * DAY, 75 * DAY),  # every 30 days
        (226 * DAY, 8 * HOUR),  # not any more
    ],
)
def test_the_clock_stops_a_little_after_the_next_look_was_due(down: dt.timedelta, stops: dt.timedelta) -> None:
    health = Health(state=State.UNREACHABLE, fails=9, last=D, known_at=START, down_since=START, down_for=down)
    assert down_for(health, START + stops - MINUTE) == down + stops - MINUTE
    assert down_for(health, START + 400 * DAY) == down + stops
    again, _ = judge(health, Look(START + 400 * DAY, D))  # and what passed until somebody looked again is not known
    assert again.down_for == down + stops


def test_the_clock_stands_still_after_a_look_that_passed() -> None:
    health, _ = lived(*DOWN, (30, U))
    assert down_for(health, START + DAY) == 20 * MINUTE
    health, _ = lived((33, D), health=health)
    assert down_for(health, START + 40 * MINUTE) == 27 * MINUTE


def test_looks_that_come_late_change_nothing() -> None:
    down, _ = lived(*DOWN)
    for minutes in (5, 24, 25):
        for saw in Saw:
            assert lived((minutes, saw), health=down) == (down, [])


def test_closing_leaves_nothing_of_the_time_before() -> None:
    health, events = lived((0, U), (5, U), (10, D), (14, D), (25, D), (30, U), (36, U))
    assert events == [Event.SEEN, Event.OPENED, Event.CLOSED]
    assert (health.answers_ms, health.down_for, health.down_since, health.fails) == ((100,), dt.timedelta(), None, 0)


def test_losing_sight_keeps_how_it_came_and_went() -> None:
    health, events = lived(*DOWN, (100, X), (100 + 7 * 1_440, X))
    assert (events[-1], health.recent, health.last) == (Event.LOST_SIGHT, "uddd", X)


@pytest.mark.parametrize(("changes", "unstable"), [(5, False), (6, True)])
def test_six_changes_make_an_address_unstable(changes: int, unstable: bool) -> None:
    looks = [(n * 30.0, D if n % 2 else U) for n in range(changes + 1)]
    assert lived(*looks)[0].unstable is unstable


@pytest.mark.parametrize(
    ("recent", "unstable"),
    [
        ("dudud" + "d" * 15, False),  # with the next look three are left
        ("ududu" + "d" * 15, True),  # four
    ],
)
def test_an_address_is_steady_again_when_three_changes_are_left(recent: str, unstable: bool) -> None:
    down = Health(state=State.UNREACHABLE, fails=9, last=D, known_at=START, down_since=START, recent=recent)
    health, events = lived((30, D), health=replace(down, unstable=True))
    assert (health.unstable, events) == (unstable, [] if unstable else [Event.STEADY])


def test_changes_are_counted_among_twenty_looks() -> None:
    looks = [(n * 30.0, U if n % 2 else D) for n in range(6)]  # five changes in six looks
    health, _ = lived(*looks, *[(200.0 + n * 30, U) for n in range(13)])
    assert (len(health.recent), health.unstable) == (19, False)
    health, events = lived((600, D), health=health)  # the sixth, and the first of them is the twentieth look back
    assert (len(health.recent), events) == (20, [Event.UNSTABLE])
    health, _ = lived((610, D), health=health)
    assert len(health.recent) == 20


def slow(usual: int, ms: int) -> list[Event]:
    """Return what five such answers say of an address that usually takes `usual` ms."""
    looks = [(n * 60.0, ms) for n in range(5)]
    health, events = Health(state=State.HEALTHY), []
    for minutes, took in looks:
        health, found = judge(health, Look(START + minutes * MINUTE, U, took), usual_ms=usual)
        events += found
    return events


@pytest.mark.parametrize(
    ("usual", "ms", "is_slow"),
    [
        (1_000, 3_000, False),
        (1_000, 3_001, True),  # over three times
        (100, 600, False),
        (100, 601, True),  # and over 500 ms more
    ],
)
def test_slow_is_over_three_times_the_usual_and_half_a_second_more(usual: int, ms: int, is_slow: bool) -> None:
    assert slow(usual, ms) == ([Event.SLOWED] if is_slow else [])


def test_what_is_unreachable_is_not_called_slow() -> None:
    down = Health(
        state=State.UNREACHABLE, fails=9, last=D, known_at=START, down_since=START, answers_ms=(5_000,) * 5
    )  # fmt: skip
    health, events = judge(down, Look(START + MINUTE, U, 5_000), usual_ms=100)
    assert (health.state, events) == (State.UNREACHABLE, [])
