"""One tool and what belongs to it; categories, facets, collections, the change log."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from catalog import services
from catalog.choices import SaidBy
from catalog.models import Alias, Change, Collection, Pick, Related, Tool, ToolDay
from catalog.reach.counting import reach
from tests import make
from tests.api.client import Api, key_of
from tests.people import person
from verification.models import Endpoint

pytestmark = pytest.mark.django_db
NEVER = {"state": "unknown", "since": None, "looked_at": None}
REST = {"kind": "rest", "base_url": "https://one.example.com/v1", "auth": "apiKey", "env": "ONE_API_KEY"}
PRO = {"name": "Pro", "amount": "20", "currency": "USD", "period": "month", "seen": "2026-11-01"}
SDK = {"kind": "sdk", "registry": "pypi", "package": "one"}


@pytest.fixture
def one() -> Tool:
    """A tool with everything."""
    return make.tool(
        slug="one",
        name="One",
        plans=[
            {"name": "Pro", "amount": "20", "currency": "USD", "period": "month", "seen": "2026-11-01"},
            {
                "name": "Pages",
                "amount": "0.0150",
                "currency": "USD",
                "period": "unit",
                "unit": "page",
                "seen": "2026-01-01",
            },
        ],
        interfaces=[REST, SDK, {**SDK, "registry": "npm"}],
        links={"docs": "https://one.example.com/docs", "status": "https://status.example.com"},
        licence="MIT",
    )


def test_one_call_says_all_that_is_needed_to_wire_a_tool_in(api: Api, one: Tool) -> None:
    since = timezone.now().replace(microsecond=0)
    Endpoint.objects.create(tool=one, subject=REST["base_url"], state="healthy", since=since, known_at=since)
    tool = api.json("/tools/one")
    at = since.strftime("%Y-%m-%dT%H:%M:%SZ")
    rest, python, node = tool["interfaces"]
    assert rest == {
        "id": "rest",
        "kind": "rest",
        "base_url": "https://one.example.com/v1",
        "url": None,
        "registry": None,
        "package": None,
        "image": None,
        "install": None,
        "docs": None,
        "openapi": None,
        "auth": "apiKey",
        "env": "ONE_API_KEY",
        "said_by": "list",
        "works": {"state": "healthy", "since": at, "looked_at": at},
    }
    assert [(row["id"], row["install"], row["works"]) for row in (python, node)] == [
        ("sdk", "pip install one", NEVER),
        ("sdk-2", "npm install one", NEVER),
    ]
    assert [(row["name"], row["amount"], row["period"], row["unit"], row["stale"]) for row in tool["plans"]] == [
        ("Pro", "20", "month", None, False),
        ("Pages", "0.015", "unit", "page", True),
    ]
    assert tool["links"] == {
        "docs": "https://one.example.com/docs",
        "repo": None,
        "pricing": None,
        "api": None,
        "status": "https://status.example.com",
    }
    facts = {row["field"]: (row["said_by"], row["said_on"]) for row in tool["facts"]}
    assert facts["pricing"] == facts["licence"] == ("editor", "2026-11-25")
    for part in ("plans", "interfaces", "facts"):
        assert api.json(f"/tools/one/{part}") == {"results": tool[part]}


def test_what_lists_say_of_it_is_the_same(api: Api, one: Tool) -> None:
    tool = api.json("/tools/one")
    summary = api.json("/tools")["results"][0]
    assert {name: tool[name] for name in summary} == summary


def test_who_knows_it_since_it_changed_last_gets_nothing_anew(api: Api, one: Tool) -> None:
    first = api.get("/tools/one")
    since = {"If-Modified-Since": first.headers["Last-Modified"]}
    assert (api.get("/tools/one", **since).status_code, api.get("/tools/one", **since).content) == (304, b"")
    later = timezone.now() + dt.timedelta(seconds=2)
    Endpoint.objects.create(tool=one, subject=REST["base_url"], state="healthy", since=later, known_at=later)
    assert api.get("/tools/one", **since).status_code == 200


LATER = timezone.now() + dt.timedelta(days=1)


@pytest.mark.parametrize(
    "said",
    [
        {"changed_at": LATER},
        {"seen": "working", "checked_at": LATER},
        {"level": 1, "level_since": LATER},
        {"unverified_at": LATER},
    ],
    ids=lambda said: list(said)[-1],
)
def test_whatever_is_said_anew_is_newer_than_what_one_has(api: Api, one: Tool, said: dict[str, Any]) -> None:
    since = {"If-Modified-Since": api.get("/tools/one").headers["Last-Modified"]}
    Tool.objects.filter(pk=one.pk).update(**said)
    assert api.get("/tools/one", **since).status_code == 200


def test_a_fact_that_is_looked_at_again_is_news(api: Api, one: Tool) -> None:
    Tool.objects.filter(pk=one.pk).update(changed_at=LATER - dt.timedelta(days=9))
    since = {"If-Modified-Since": api.get("/tools/one").headers["Last-Modified"]}
    services.confirm_fact(one.facts.get(field="kind"), by=person())
    assert api.get("/tools/one", **since).status_code == 200


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize(
    ("path", "statements"),
    [("", 6), ("/plans", 2), ("/interfaces", 3), ("/facts", 2), ("/alternatives", 5)],
)
def test_it_takes_as_many_statements_whatever_belongs_to_it(
    api: Api, count: int, path: str, statements: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    plans = [
        {"name": f"P{n}", "amount": "1", "currency": "USD", "period": "month", "seen": "2026-11-01"}
        for n in range(count)
    ]
    tool = make.tool(slug="one", plans=plans, interfaces=[REST] * count)
    for number in range(count):
        Related.objects.create(tool=tool, other=make.tool(), position=number, score=1)
    with django_assert_num_queries(statements):
        api.json(f"/tools/one{path}")


def test_alternatives_come_nearest_first_without_what_is_gone(api: Api, one: Tool) -> None:
    others = [make.tool(slug=f"other-{number}") for number in range(3)]
    for number, other in enumerate(others):
        Related.objects.create(tool=one, other=other, position=3 - number, score=number)
    services.delist_tools([others[1]])
    assert [row["slug"] for row in api.json("/tools/one/alternatives")["results"]] == ["other-2", "other-0"]


@pytest.mark.parametrize("path", ["", "/plans", "/interfaces", "/facts", "/alternatives"])
def test_an_older_slug_leads_on_and_what_is_not_listed_says_so(api: Api, one: Tool, path: str) -> None:
    Alias.objects.create(slug="older", tool=one)
    moved = api.get(f"/tools/older{path}")
    assert (moved.status_code, moved.headers["Location"]) == (301, f"/api/v1/tools/one{path}")
    services.delist_tools([one])
    gone = api.get(f"/tools/one{path}")
    told = "This tool is not listed at the moment. It may come back; the search shows what is listed."
    assert (gone.status_code, gone.json()["detail"]) == (404, told)
    never = api.get(f"/tools/never{path}").json()["detail"]
    assert never == "No tool is listed as “never”. It may have been removed, or the address mistyped."


def test_a_draft_is_not_read_here_by_anybody(api: Api) -> None:
    user = person()
    draft = services.write_draft(
        None, make.record(slug="mine"), categories=make.categories(), said=SaidBy.SUBMITTER, by=user
    )
    assert Api(key_of(user)).get(f"/tools/{draft.slug}").status_code == 404


def test_what_the_api_shows_is_counted_as_shown_by_it(api: Api, one: Tool) -> None:
    reach.write()
    api.get("/tools")
    api.get("/tools/one")
    reach.write()
    rows = ToolDay.objects.filter(tool=one).values_list("channel", "impressions", "views", "visits")
    assert list(rows) == [("api", 1, 1, 0)]


# -- categories, facets, collections ----------------------------------------------------------------------------------


def test_categories_name_their_parents_and_older_slugs_lead_on(api: Api) -> None:
    known = make.categories()
    rows = api.json("/categories")["results"]
    assert [(row["slug"], row["parent"]) for row in rows] == [("coding", None), ("ide-assistants", "coding")]
    assert api.json("/categories/ide-assistants") == rows[1]
    Alias.objects.create(slug="editors", category=known["ide-assistants"])
    assert api.get("/categories/editors").headers["Location"] == "/api/v1/categories/ide-assistants"
    assert api.get("/categories/none").json()["detail"] == "There is no category at this address."


def test_facets_say_what_can_be_asked(api: Api, one: Tool) -> None:
    found = {row["name"]: row for row in api.json("/facets")["results"]}
    assert found["kind"]["values"][0] == {"value": "app", "label": "App", "count": 1}
    assert found["category"]["values"][0] == {"value": "coding", "label": "Coding & Software Delivery", "count": 1}


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize(
    ("path", "statements"),
    [("/categories", 1), ("/facets", 2), ("/collections", 1), ("/collections/c0", 2), ("/changes", 1)],
)
def test_small_lists_take_as_many_statements_whatever_stands_in_them(
    api: Api, count: int, path: str, statements: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    tools = [make.tool() for _ in range(count)]
    for number in range(count):
        made = Collection.objects.create(slug=f"c{number}", title="C", summary="S", updated_on=dt.date(2026, 1, 1))
        for position, tool in enumerate(tools):
            Pick.objects.create(collection=made, tool=tool, position=position, reason="Good.")
    with django_assert_num_queries(statements):
        api.json(path)


def test_a_collection_says_why_each_tool_is_in_it(api: Api, one: Tool) -> None:
    made = Collection.objects.create(slug="best", title="Best", summary="S", updated_on=dt.date(2026, 1, 1))
    Pick.objects.create(collection=made, tool=one, position=0, reason="It is one.")
    gone = make.tool()
    Pick.objects.create(collection=made, tool=gone, position=1, reason="It was.")
    services.delist_tools([gone])
    assert api.json("/collections/best") == {
        "slug": "best",
        "title": "Best",
        "summary": "S",
        "size": 1,
        "updated_on": "2026-01-01",
        "url": "http://127.0.0.1:8000/collections/best/",
        "body": None,
        "tools": [{"slug": "one", "name": "One", "reason": "It is one."}],
    }
    assert api.json("/collections")["results"][0]["size"] == 1


# -- changes ----------------------------------------------------------------------------------------------------------


def since(api: Api, serial: int, limit: int = 500) -> Any:
    return api.json(f"/changes?since={serial}&limit={limit}")


def test_a_reader_who_remembers_the_last_serial_sees_every_change_once(api: Api, one: Tool) -> None:
    first = since(api, 0)
    assert [(row["tool"], row["action"], row["fields"]) for row in first["changes"]] == [("one", "created", {})]
    assert first["has_more"] is False
    Change.objects.create(tool_id=one.pk, slug="one", action="updated", fields={"note": ["a", "b"]})
    Change.objects.create(
        tool_id=one.pk, slug="one", action="updated", fields={"name": ["One", "Two"], "note": [None, "x"]}
    )
    Change.objects.create(tool_id=one.pk, slug="one", action="removed")
    then = since(api, first["last_serial"], limit=2)
    assert [row["fields"] for row in then["changes"]] == [{"name": ["One", "Two"]}]  # notes are for curators
    assert then["has_more"] is True
    last = since(api, then["last_serial"])
    assert [(row["action"], last["has_more"]) for row in last["changes"]] == [("removed", False)]
    assert since(api, last["last_serial"]) == {"changes": [], "last_serial": last["last_serial"], "has_more": False}


def test_a_serial_from_the_future_is_no_silence(api: Api, one: Tool) -> None:
    last = since(api, 0)["last_serial"]
    answer = api.get(f"/changes?since={last + 1}")
    (error,) = answer.json()["errors"]
    assert (answer.status_code, error["parameter"]) == (400, "since")
    assert error["detail"] == (
        f"The last serial is {last:,}, so “since” cannot be {last + 1:,}. If you had that from here, this site was"
        " restored from a backup, and what you know may never have been: read all tools anew, then go on from"
        f" since={last}."
    )


@pytest.mark.parametrize(("serial", "statements"), [(0, 1), (1, 1), ("last", 2)])
def test_following_takes_as_many_statements_when_nothing_came(
    api: Api, one: Tool, serial: Any, statements: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    serial = since(api, 0)["last_serial"] if serial == "last" else serial
    with django_assert_num_queries(statements):
        since(api, serial)


@pytest.mark.parametrize(
    "query", ["since=-1", "since=x", f"since={2**63}", "limit=0", "limit=1001", "since=", "after=1"]
)
def test_what_is_no_serial_is_refused(api: Api, query: str) -> None:
    assert api.get(f"/changes?{query}").json()["errors"][0]["parameter"] == query.partition("=")[0]
