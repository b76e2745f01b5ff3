"""Launch dates known to the year, month or day."""

from __future__ import annotations

import datetime as dt

import pytest

from catalog import launch, launches
from catalog.models import Tool
from tests import make

TODAY = dt.date(2030, 5, 20)  # no tool of the seed launched in 2030


@pytest.mark.parametrize(
    ("text", "first", "last", "shown"),
    [
        ("2024", "2024-01-01", "2024-12-31", "2024"),
        ("2024-02", "2024-02-01", "2024-02-29", "Feb 2024"),
        ("2024-02-05", "2024-02-05", "2024-02-05", "5 Feb 2024"),
    ],
)
def test_a_period_has_a_first_and_a_last_day(text: str, first: str, last: str, shown: str) -> None:
    assert tuple(day.isoformat() for day in launch.period(text)) == (first, last)
    assert launch.shown(text) == shown


@pytest.mark.parametrize(
    "text", ["24", "2024-13", "2024-02-30", "2024-2", "soon", "2024-01-01-01", "", "2024-", "-2024"]
)
def test_anything_else_is_no_launch_date(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        launch.period(text)


def test_periods_hold_what_is_known_to_lie_in_them() -> None:
    for launched in ("2030-05-20", "2030-05-14", "2030-05-13", "2030-05", "2030-04", "2030", "2029-12-31"):
        make.tool(slug=f"on-{launched}", launched=launched, launched_said_by="editor")
    found = {
        name: [tool.launched for tool in launches.launched_in(name, Tool.objects.listed(), TODAY)]
        for name in launches.PERIODS
    }
    assert found == {
        "today": ["2030-05-20"],
        "week": ["2030-05-20", "2030-05-14"],
        "month": ["2030-05-20", "2030-05-14", "2030-05-13", "2030-05"],
        "year": ["2030-05-20", "2030-05-14", "2030-05-13", "2030-05", "2030-04", "2030"],
    }
    tabs = launches.tabs(launches.counts(Tool.objects.listed(), TODAY), "week")
    assert [(tab.name, tab.count, tab.current) for tab in tabs] == [
        ("today", 1, False),
        ("week", 2, True),
        ("month", 4, False),
        ("year", 6, False),
    ]


def test_an_empty_period_says_what_is_known() -> None:
    make.tool(name="Newest Thing", launched="2029-03", launched_said_by="editor")
    assert launches.empty_sentence("week", Tool.objects.listed()) == (
        "No listed tool is known to have launched in the last 7 days. "
        "A launch date is known for 563 of 1,773 tools; the latest is Newest Thing, Mar 2029."
    )
