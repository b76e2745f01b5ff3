"""What follows when an address stays away, as numbers: the page of the rules says the same."""

from __future__ import annotations

import datetime as dt

import pytest

from catalog.choices import Away
from verification.judgement import decay

HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)


@pytest.mark.parametrize(
    ("after", "number", "away"),
    [
        (0 * HOUR, 1, Away.PROBLEMS),
        (6 * HOUR, 2, Away.UNREACHABLE),
        (72 * HOUR, 3, Away.UNREACHABLE),
        (14 * DAY, 4, Away.LONG),
        (45 * DAY, 5, Away.ARCHIVED),
    ],
)
def test_each_effect_has_its_time(after: dt.timedelta, number: int, away: Away) -> None:
    assert decay.reached(after - dt.timedelta(seconds=1)) == number - 1
    assert decay.reached(after) == number
    assert decay.away(number) == away


def test_without_trouble_a_tool_is_not_away() -> None:
    assert decay.away(0) == Away.NOT


def test_a_level_comes_back_after_a_day_without_trouble() -> None:
    assert decay.WELL_FOR == DAY
