"""What owners and editors are told, and how long it is kept."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from catalog.facets import FACETS
from catalog.models import FilterDay, Tool, ToolDay, ToolSearch
from catalog.reach.report import Day, Search, Totals, filters, for_tool
from core import retention
from tests import make

FIRST, LAST = dt.date(2026, 2, 27), dt.date(2026, 3, 2)


def on(number: int) -> dt.date:
    return FIRST + dt.timedelta(days=number)


@pytest.fixture
def tool() -> Tool:
    return make.tool()


def day(tool: Tool, number: int, *counts: int, channel: str = "site") -> None:
    names = ("impressions", "views", "visits")
    ToolDay.objects.create(tool=tool, day=on(number), channel=channel, **dict(zip(names, counts, strict=True)))


def test_a_report_has_every_day_the_period_before_and_channels(tool: Tool) -> None:
    day(tool, 0, 10, 2, 1)
    day(tool, 2, 5, 0, 0)
    day(tool, 2, 3, 1, 0, channel="api")
    day(tool, -1, 7, 7, 7)
    day(tool, -4, 1, 1, 1)
    day(tool, -5, 100, 100, 100)
    day(tool, 4, 100, 100, 100)
    day(make.tool(), 0, 100, 100, 100)
    report = for_tool(tool, FIRST, LAST)
    assert (report.first, report.last) == (FIRST, LAST)
    counts = [Totals(10, 2, 1), Totals(), Totals(8, 1, 0), Totals()]
    assert report.days == [Day(on(number), one) for number, one in enumerate(counts)]
    assert (report.total, report.before) == (Totals(18, 3, 1), Totals(8, 8, 8))
    assert report.channels == {"site": Totals(15, 2, 1), "api": Totals(3, 1, 0)}


def test_a_tool_that_nobody_saw_has_days_of_nothing(tool: Tool) -> None:
    report = for_tool(tool, FIRST, FIRST)
    assert (report.days, report.total, report.before) == ([Day(FIRST, Totals())], Totals(), Totals())
    assert (report.channels, report.searches) == ({}, [])


@pytest.mark.parametrize("size", [0, -3, 401])
def test_a_report_of_no_day_or_of_more_than_there_are_is_refused(tool: Tool, size: int) -> None:
    with pytest.raises(ValueError, match=f"1 to 400 days, not of {size}"):
        for_tool(tool, FIRST, FIRST + dt.timedelta(days=size - 1))


@pytest.mark.parametrize("size", [1, 30])
def test_a_report_is_two_statements_whatever_is_in_it(tool: Tool, size: int, django_assert_num_queries: Any) -> None:
    for number in range(size):
        day(tool, number, 1, 1, 1)
        ToolSearch.objects.create(tool=tool, day=on(number), text=f"words {number}", count=9)
    with django_assert_num_queries(2):
        assert len(for_tool(tool, FIRST, on(size - 1)).searches) == size


def search(tool: Tool, text: str, *counts: tuple[int, int]) -> None:
    for number, count in counts:
        ToolSearch.objects.create(tool=tool, day=on(number), text=text, count=count)


def test_searches_are_told_only_when_counted_on_three_days_or_five_times(tool: Tool) -> None:
    search(tool, "four in a day", (0, 4))
    search(tool, "five in a day", (0, 5))
    search(tool, "two days", (0, 2), (1, 2))
    search(tool, "five on two days", (0, 2), (1, 3))
    search(tool, "three days", (0, 1), (1, 1), (2, 1))
    search(tool, "three days, one in the period", (-2, 1), (-1, 1), (0, 1))
    search(make.tool(), "of another", (0, 9))
    assert for_tool(tool, FIRST, LAST).searches == [
        Search("five in a day", 5, 1),
        Search("five on two days", 5, 2),
        Search("three days", 3, 3),
    ]


def test_the_most_frequent_fifty_searches_are_told_in_one_order(tool: Tool) -> None:
    for number in range(60):
        search(tool, f"words {number:02}", (0, 5 + number // 30))
    found = [one.text for one in for_tool(tool, FIRST, LAST).searches]
    assert found == [f"words {number:02}" for number in [*range(30, 60), *range(20)]]


def test_filters_are_told_for_every_facet_most_first(django_assert_num_queries: Any) -> None:
    rows = [(0, "kind", 5, 1), (1, "kind", 2, 0), (1, "has_api", 9, 4), (-90, "kind", 100, 100), (2, "kind", 100, 100)]
    for number, facet, count, unknown in rows:
        FilterDay.objects.create(day=on(number), facet=facet, count=count, unknown=unknown)
    with django_assert_num_queries(1):
        found = filters(last=on(1))
    assert list(found.items())[:3] == [("has_api", 9), ("kind", 7), ("access", 0)]
    assert set(found) == set(FACETS)
    assert list(filters(last=on(1), unknown=True).items())[:3] == [("has_api", 4), ("kind", 1), ("access", 0)]
    assert filters(last=on(1), days=1)["kind"] == 2
    assert set(filters().values()) == {0}  # today; there is nothing yet


def test_days_are_kept_400_days_and_searches_90(tool: Tool) -> None:
    at = dt.datetime(2027, 6, 1, 3, 17, tzinfo=dt.UTC)
    for age in (399, 400, 401):
        when = at.date() - dt.timedelta(days=age)
        ToolDay.objects.create(tool=tool, day=when, channel="site", views=1)
        FilterDay.objects.create(day=when, facet="kind", count=1)
    for age in (89, 90, 91):
        ToolSearch.objects.create(tool=tool, day=at.date() - dt.timedelta(days=age), text="quuxling", count=1)
    done = retention.enforce(at=at)
    assert (done["reach"], done["reach-searches"]) == (2, 1)
    assert [(at.date() - row.day).days for row in ToolDay.objects.order_by("-day")] == [399, 400]
    assert [(at.date() - row.day).days for row in FilterDay.objects.order_by("-day")] == [399, 400]
    assert [(at.date() - row.day).days for row in ToolSearch.objects.order_by("-day")] == [89, 90]


def test_counts_go_with_their_tool(tool: Tool) -> None:
    day(tool, 0, 1, 1, 1)
    search(tool, "quuxling", (0, 1))
    tool.delete()
    assert (ToolDay.objects.count(), ToolSearch.objects.count()) == (0, 0)


def test_the_database_refuses_a_channel_that_nobody_knows_and_a_day_twice(tool: Tool) -> None:
    day(tool, 0, 1, 1, 1)
    for channel in ("pigeon", "site"):
        with pytest.raises(IntegrityError), transaction.atomic():
            day(tool, 0, 1, 1, 1, channel=channel)
