"""The change log in words."""

from __future__ import annotations

import datetime as dt

from django.utils import timezone

from catalog import changes, services
from catalog.models import Change, Tool
from tests import make

WEEK = dt.timedelta(days=7)


def test_many_listings_of_a_day_are_one_line_and_changes_are_told_by_name() -> None:
    record = make.record(name="Zebra Voice")
    tool = services.create_tools([record], categories=make.categories())[0]
    services.update_tool(tool, record | {"licence": "MIT"}, categories=make.categories())
    found = [(entry.text, entry.name, entry.slug) for entry in changes.recent(8, timezone.now() - WEEK)]
    assert found == [
        ("licence changed.", "Zebra Voice", tool.slug),
        ("1,773 tools listed by the editors.", "", ""),
    ]


def test_a_removed_tool_is_told_without_a_link() -> None:
    tool = make.tool()
    services.delist_tools([tool])
    first = changes.recent(8, timezone.now() - WEEK)[0]
    assert (first.text, first.name, first.slug) == ("removed from the catalog.", tool.slug, "")


def test_nothing_happened_in_a_time_before() -> None:
    assert changes.recent(8, timezone.now() + WEEK) == []


def test_notes_of_curators_are_not_told() -> None:
    record = make.record()
    tool = services.create_tools([record], categories=make.categories())[0]
    services.update_tool(tool, record | {"note": "Ask again in May."}, categories=make.categories())
    services.update_tool(
        tool,
        record | {"note": "Asked.", "licence": "MIT", "vendor": "Acme", "tags": ["a", "b", "c"]},
        categories=make.categories(),
    )
    rows = Change.objects.filter(tool_id=tool.pk).order_by("-serial")
    assert [entry.text for entry in changes.of_tool(rows, tool.listed_on)] == [
        "Vendor, licence and tags changed.",
        "Listed.",
    ]


def test_the_history_begins_on_the_day_on_which_the_tool_was_listed_not_on_that_of_its_loading() -> None:
    record = make.record(listed="2026-01-05")
    tool = services.create_tools([record], categories=make.categories())[0]
    services.update_tool(tool, record | {"licence": "MIT"}, categories=make.categories())
    rows, today = Change.objects.filter(tool_id=tool.pk).order_by("-serial"), timezone.now().date()
    days = [(entry.text, entry.day) for entry in changes.of_tool(rows, tool.listed_on)]
    assert days == [("Licence changed.", today), ("Listed.", dt.date(2026, 1, 5))]


def test_a_tool_that_is_listed_again_has_the_days_of_both() -> None:
    tool = services.create_tools([make.record(listed="2026-01-05")], categories=make.categories())[0]
    services.delist_tools([tool])
    services.relist_tools(Tool.objects.filter(pk=tool.pk))
    rows, today = Change.objects.filter(tool_id=tool.pk).order_by("-serial"), timezone.now().date()
    days = [(entry.text, entry.day) for entry in changes.of_tool(rows, tool.listed_on)]
    assert days == [
        ("Listed.", today),
        ("Removed from the catalog.", today),
        ("Listed.", dt.date(2026, 1, 5)),
    ]
