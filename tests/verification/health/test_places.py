"""Looks from several places: no single one decides, and each moment is one look."""

from __future__ import annotations

import pytest

from tests.verification.health.over_time import HOUR, MINUTE, START, judge, look, watched
from verification.judgement.judge import Saw, State
from verification.models import Endpoint, Watch

pytestmark = pytest.mark.django_db
U, D, G, X = Saw.UP, Saw.DOWN, Saw.GONE, Saw.UNKNOWN


def lived(*looks: tuple[float, str, Saw], at_once: bool) -> Endpoint:
    """Judge looks given as (minutes, from where, what was seen), in one batch or each for itself."""
    endpoint = watched()
    for minutes, place, saw in looks:
        look(endpoint, START + minutes * MINUTE, saw, vantage=place)
        if not at_once:
            judge(START + minutes * MINUTE)
    judge(START + (looks[-1][0] + 1) * MINUTE)
    endpoint.refresh_from_db()
    return endpoint


def both(minutes: float, eu: Saw, us: Saw) -> list[tuple[float, str, Saw]]:
    """Return looks from two places, a second apart."""
    return [(minutes, "eu", eu), (minutes + 1 / 60, "us", us)]


@pytest.mark.parametrize("at_once", [True, False])
def test_what_one_of_two_places_sees_opens_nothing(at_once: bool) -> None:
    looks = [one for minutes in (0, 60, 70, 80) for one in both(minutes, U if minutes == 0 else D, U)]
    endpoint = lived(*looks, at_once=at_once)
    assert (endpoint.state, endpoint.fails, "d" in endpoint.recent) == (State.HEALTHY, 0, False)


def test_what_several_places_see_within_a_minute_is_one_look_whenever_judgement_comes() -> None:
    endpoint = lived((0, "eu", U), (0, "us", U), (60, "eu", D), (60.2, "us", D), (60.6, "ap", D), at_once=False)
    assert (endpoint.fails, endpoint.recent) == (1, "ud")


def test_what_both_see_is_one_look() -> None:
    looks = [
        one for minutes in (0, 60, 70) for one in both(minutes, U if minutes == 0 else D, U if minutes == 0 else D)
    ]
    endpoint = lived(*looks, at_once=True)
    assert (endpoint.state, endpoint.fails, endpoint.recent) == (State.HEALTHY, 2, "udd")


@pytest.mark.parametrize("at_once", [True, False])
def test_what_both_see_opens(at_once: bool) -> None:
    looks = [
        one for minutes in (0, 60, 70, 80) for one in both(minutes, U if minutes == 0 else D, U if minutes == 0 else D)
    ]
    assert lived(*looks, at_once=at_once).state == State.UNREACHABLE


@pytest.mark.parametrize("at_once", [True, False])
def test_a_place_that_cannot_tell_does_not_count_again_what_another_saw(at_once: bool) -> None:
    walls = [(minutes, "eu", X) for minutes in (61, 70, 76, 90)]
    endpoint = lived((0, "us", U), (60, "us", D), *walls, at_once=at_once)
    assert (endpoint.fails, endpoint.last, endpoint.recent) == (1, D, "ud")


def test_a_place_is_heard_with_what_it_saw_hours_ago_and_asked_soon() -> None:
    endpoint = lived((0, "us", U), (7 * 60, "eu", D), at_once=False)
    assert (endpoint.fails, endpoint.last) == (0, X)
    due = Watch.objects.get().next_at
    assert due is not None
    assert due - (START + 7 * HOUR + MINUTE) <= 1.2 * HOUR  # judged a minute after the look


def test_after_eight_hours_it_is_not_heard_any_more() -> None:
    assert lived((0, "us", U), (8 * 60, "eu", D), at_once=False).fails == 1


def test_that_nothing_is_there_counts_when_all_places_say_so() -> None:
    assert lived(*both(0, U, U), *both(60, G, G), at_once=True).gone == 1
    assert lived(*both(0, U, U), *both(60, G, D), at_once=True).gone == 0


def test_one_place_looking_again_within_a_minute_looked_twice() -> None:
    assert lived((0, "eu", U), (60, "eu", D), (60.5, "eu", D), at_once=True).fails == 2
