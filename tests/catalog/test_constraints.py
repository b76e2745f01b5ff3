"""Every constraint of the catalog refuses what it is there to refuse."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from django.db import IntegrityError, connection, transaction

from catalog.models import (
    Alias,
    AlsoIn,
    Category,
    Change,
    Collection,
    Fact,
    Interface,
    Pick,
    Plan,
    Related,
    Tool,
)
from tests import make

pytestmark = pytest.mark.datalayer
DAY = dt.date(2026, 1, 1)


def set_on_tool(**values: object) -> Callable[[Tool], object]:
    return lambda tool: Tool.objects.filter(pk=tool.pk).update(**values)


def plan(**values: object) -> Callable[[Tool], object]:
    base = {"name": "Pro", "amount": 1, "seen_on": DAY, "position": 0}
    return lambda tool: Plan.objects.create(tool=tool, **(base | values))


def twice(make_row: Callable[[Tool], object]) -> Callable[[Tool], object]:
    return lambda tool: (make_row(tool), make_row(tool))


def also(position: int, slug: str = "coding-agents") -> Callable[[Tool], object]:
    return lambda tool: AlsoIn.objects.create(tool=tool, category=Category.objects.get(slug=slug), position=position)


def two_also(first: tuple[int, str], second: tuple[int, str]) -> Callable[[Tool], object]:
    return lambda tool: (also(*first)(tool), also(*second)(tool))


def pick(first: int, second: int) -> Callable[[Tool], object]:
    def rows(tool: Tool) -> None:
        collection = Collection.objects.create(slug="c", title="C", summary="C", updated_on=DAY)
        other = tool if first != second else make.tool()
        Pick.objects.create(collection=collection, tool=tool, position=first, reason="r")
        Pick.objects.create(collection=collection, tool=other, position=second, reason="r")

    return rows


def related(a: str, b: str, second_position: int = 1) -> Callable[[Tool], object]:
    def rows(tool: Tool) -> None:
        others = {"self": tool, "x": make.tool(), "y": make.tool()}
        Related.objects.create(tool=tool, other=others[a], position=0, score=1)
        Related.objects.create(tool=tool, other=others[b], position=second_position, score=1)

    return rows


@pytest.mark.parametrize(
    ("name", "breaks"),
    [
        ("tool_launch_dates_agree", set_on_tool(launched="2024")),
        ("tool_kind_known", set_on_tool(kind="toy")),
        ("tool_access_known", set_on_tool(access="gift")),
        ("tool_source_known", set_on_tool(source="secret")),
        ("tool_status_known", set_on_tool(status="gone")),
        ("tool_seen_known", set_on_tool(seen="shining", checked_at=dt.datetime.now(dt.UTC))),
        ("tool_seen_has_its_time", set_on_tool(seen="working")),
        ("plan_amount_not_negative", plan(amount=-1)),
        ("plan_currency_iso_4217", plan(currency="us$")),
        ("plan_position_once", twice(plan())),
        ("also_in_at_most_three", also(3)),
        ("also_in_once", two_also((0, "coding-agents"), (1, "coding-agents"))),
        ("also_in_position_once", two_also((0, "coding-agents"), (0, "code-review"))),
        ("interface_kind_known", lambda tool: Interface.objects.create(tool=tool, kind="telex")),
        ("interface_position_once", twice(lambda tool: Interface.objects.create(tool=tool, kind="rest"))),
        ("fact_said_by_known", lambda t: Fact.objects.create(tool=t, field="x", said_by="me", said_on=DAY)),
        ("fact_once_per_field", twice(lambda t: Fact.objects.create(tool=t, field="x", said_by="list", said_on=DAY))),
        ("alias_of_a_tool_once", twice(lambda tool: Alias.objects.create(slug="old", tool=tool))),
        ("alias_of_a_category_once", twice(lambda t: Alias.objects.create(slug="old", category=t.category))),
        ("alias_of_one_thing", lambda tool: Alias.objects.create(slug="old")),
        ("related_to_another", related("self", "x")),
        ("related_once", related("x", "x")),
        ("related_position_once", related("x", "y", 0)),
        ("pick_once", pick(0, 1)),
        ("pick_position_once", pick(0, 0)),
        ("change_action_known", lambda tool: Change.objects.create(tool_id=1, slug="x", action="eaten")),
        (
            "category_not_its_own_parent",
            lambda tool: Category.objects.filter(pk=tool.category_id).update(parent_id=tool.category_id),
        ),
    ],
)  # fmt: skip
def test_the_database_refuses(name: str, breaks: Callable[[Tool], object]) -> None:
    tool = make.tool()
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        until_commit(breaks, tool)


def until_commit(breaks: Callable[[Tool], object], tool: Tool) -> None:
    """Break the rule and check what is checked at commit only (positions may be swapped within a transaction)."""
    breaks(tool)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
