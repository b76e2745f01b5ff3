"""Uptime never without its coverage."""

from __future__ import annotations

import datetime as dt

import pytest

from verification.judgement.judge import Saw
from verification.judgement.uptime import Uptime, in_words, spans, within

START = dt.datetime(2027, 1, 1, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)
U, D, X = Saw.UP, Saw.DOWN, Saw.UNKNOWN


def day(*looks: tuple[float, Saw], maintenance: bool = False) -> Uptime:
    """Return a day of which looks are known as (hour, what was seen)."""
    rows = [(START + hour * HOUR, saw, maintenance) for hour, saw in looks]
    return within(spans(rows, START + 24 * HOUR), START, START + 24 * HOUR)


@pytest.mark.parametrize(
    ("looks", "up", "down"),
    [
        ([(0, U), (6, U), (12, U), (18, U)], 24, 0),
        ([(0, U)], 8, 0),  # a look says nothing about the time after eight hours
        ([(0, U), (12, U)], 16, 0),
        ([(0, U), (6, D), (7, U), (8, U)], 6 + 1 + 8, 1),
        ([(0, U), (6, X), (12, U)], 6 + 8, 0),  # what could not be told ends what was known
        ([(0, D)], 0, 8),
        ([], 0, 0),
        ([(-4, U)], 4, 0),  # the day before reaches into this one
    ],
)
def test_known_time(looks: list[tuple[float, Saw]], up: float, down: float) -> None:
    found = day(*looks)
    assert (found.up, found.down, found.seconds) == (up * 3_600, down * 3_600, 86_400)


def test_maintenance_counts_neither_way() -> None:
    found = day((0, D), (8, D), maintenance=True)
    assert (found.up, found.down, found.maintenance, found.share) == (0, 0, 16 * 3_600, None)
    assert found.coverage == pytest.approx(2 / 3)


def test_what_passes_in_maintenance_is_up() -> None:
    found = day((0, U), (8, U), maintenance=True)
    assert (found.up, found.down, found.maintenance) == (16 * 3_600, 0, 0)


@pytest.mark.parametrize(
    ("uptime", "words"),
    [
        (Uptime(0, 0, 0, 86_400), "nothing is known of this time"),
        (Uptime(86_400, 0, 0, 86_400), "seen working 100 % of the time checked, which is all of it"),
        (Uptime(28_800, 0, 0, 86_400), "seen working 100 % of the time checked, which is 33 % of it"),
        (Uptime(863_999, 1, 0, 864_000), "seen working 99.99 % of the time checked, which is all of it"),
        (Uptime(86_000, 0, 0, 86_400), "seen working 100 % of the time checked, which is all of it"),
        (Uptime(85_968, 0, 0, 86_400), "seen working 100 % of the time checked, which is 100 % of it"),
        (Uptime(85_600, 0, 0, 86_400), "seen working 100 % of the time checked, which is 99 % of it"),
        (Uptime(60, 30, 0, 86_400), "seen working 66.67 % of the time checked, which is 1 % of it"),
    ],
)
def test_words_name_what_they_stand_on(uptime: Uptime, words: str) -> None:
    assert in_words(uptime) == words
