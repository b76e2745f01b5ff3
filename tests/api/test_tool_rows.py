"""What is kept of tools in lists: always as the rows are, whatever writes them, in a process whose transactions end."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from typing import Any

import orjson
import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from api import taxonomy, tool_rows
from api.shapes.tool import row_of
from api.shapes.tools import tool_summary
from api.tool_rows import BY_KEY, Found, Rendered, find, rendered
from catalog import services
from catalog.choices import SaidBy, Seen
from catalog.models import Category, Tool
from catalog.records import with_record_rows
from tests import make

pytestmark = pytest.mark.django_db(transaction=True)
AT = dt.datetime(2026, 11, 1, tzinfo=dt.UTC)
PRICE = {"name": "Pro", "amount": "20", "currency": "USD", "period": "month", "seen": "2026-11-01"}


@pytest.fixture(autouse=True)
def _kept(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.PAGE_CACHE_SECONDS = 30
    monkeypatch.setattr(tool_rows, "_rendered", {})
    monkeypatch.setattr(taxonomy, "_kept", {})


def found(*tools: Tool) -> list[Found]:
    return find(BY_KEY, [[tool.pk for tool in tools]], "t.id", "ORDER BY t.id")


def said(*tools: Tool) -> list[Any]:
    return [orjson.loads(one) for one in rendered(found(*tools)).values()]


def true(*tools: Tool) -> list[Any]:
    rows = with_record_rows(Tool.objects.filter(pk__in=[tool.pk for tool in tools]).order_by("pk"))
    return [tool_summary(row_of(row)) for row in rows]


def changed(tool: Tool, **changes: Any) -> None:
    record = make.record(slug=tool.slug, name=tool.name, homepage=tool.homepage, **changes)
    services.update_tool(tool, record, categories=make.categories())


WRITTEN: dict[str, Callable[[Tool], Any]] = {
    "a price": lambda tool: changed(tool, plans=[PRICE]),
    "a tagline": lambda tool: changed(tool, tagline="It does something else since yesterday"),
    "an interface": lambda tool: changed(tool, interfaces=[{"kind": "rest", "base_url": "https://a.example.com"}]),
    "a second category": lambda tool: changed(tool, also=["coding/editors"]),
    "how it was seen": lambda tool: services.record_seen({tool.pk: (Seen.WORKING, AT)}),
    "its level": lambda tool: services.record_standing({tool.pk: (2, "")}, at=AT),
    "a logo": lambda tool: services.set_logo(tool, make.picture(), said_by=SaidBy.EDITOR),
}


@pytest.mark.parametrize("what", WRITTEN)
def test_what_is_written_is_said_by_the_next_answer(what: str) -> None:
    one, other = make.tool(), make.tool()
    Category.objects.create(slug="editors", name="Editors", parent=Category.objects.get(slug="coding"), position=2)
    before = said(one, other)
    assert before == true(one, other)
    WRITTEN[what](one)
    after = said(one, other)
    assert (after == true(one, other), after[0] != before[0], after[1] == before[1]) == (True, True, True)


def test_only_what_was_written_is_read_again() -> None:
    one, other = make.tool(), make.tool()
    taxonomy.current()

    def statements() -> int:
        with CaptureQueriesContext(connection) as context:
            said(one, other)
        return len(context)

    assert [statements(), statements()] == [2, 1]
    changed(one, plans=[PRICE])
    with CaptureQueriesContext(connection) as context:
        said(one, other)
    assert len(context) == 2
    read = context.captured_queries[1]["sql"]
    assert re.findall(r"\{(.*?)\}", read[read.rindex("ANY") :]) == [str(one.pk)]


def test_what_is_rolled_back_is_said_to_nobody_else() -> None:
    one = make.tool(tagline="A tool that was here before it was changed")
    said(one)
    with transaction.atomic():
        changed(one, tagline="A tool whose change will not last for long")
        assert [row["tagline"] for row in said(one)] == ["A tool whose change will not last for long"]
        transaction.set_rollback(True)
    assert said(one) == true(one)


def test_another_place_of_a_category_is_said_when_categories_are_read_again() -> None:
    one = make.tool()
    said(one)
    Category.objects.filter(slug="ide-assistants").update(slug="editors")
    taxonomy._kept.clear()
    assert [row["category"] for row in said(one)] == ["coding/editors"]


def test_what_goes_between_the_two_statements_is_left_out() -> None:
    one, gone = make.tool(), make.tool()
    rows = found(one, gone)
    services.delist_tools([gone])
    assert list(rendered(rows)) == [one.pk]


def test_what_was_not_asked_for_the_longest_is_forgotten_first() -> None:
    kept, paths = Rendered(most=2), {1: "coding"}
    rows = [Found(number, f"tool-{number}", None, 7, 8) for number in range(3)]
    kept.get(rows, paths)
    kept.put({0: ((7, 8), b"0"), 1: ((7, 8), b"1")}, paths)
    assert kept.get(rows[:1], paths) == {0: b"0"}
    kept.put({2: ((7, 8), b"2")}, paths)
    assert kept.get(rows, paths) == {0: b"0", 2: b"2"}
    assert kept.get([rows[0]._replace(written=9)], paths) == {}
