"""The list of tools: the site's own list, page by page, whatever is inserted and deleted meanwhile."""

from __future__ import annotations

import datetime as dt
import random
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import RequestFactory
from pytest_django import DjangoAssertNumQueries

from api.shapes.tools import FIELDS
from catalog import choices, services
from catalog.browse import Browse
from catalog.facets import FACETS
from catalog.filters import SORTS
from catalog.models import Category, Tool
from tests import make
from tests.api.client import Api
from tests.api.walking import follow, pages, slugs

pytestmark = pytest.mark.django_db


def dated(number: int) -> dict[str, Any]:
    """Return what a made tool is ordered by: dates that repeat, and that are missing."""
    day = dt.date(2026, 1, 1 + number // 3)
    return {"launched": "" if number % 4 == 0 else day.isoformat(), "listed": day.isoformat()}


def listed(number: int, **more: Any) -> Tool:
    """List a tool whose keys of every order collide with those of others."""
    changes = {name: value for name, value in dated(number).items() if value}
    said = {"launched_said_by": "editor"} if "launched" in changes else {}
    return make.tool(name=f"Tool {number // 2:02}", slug=f"tool-{number:02}", **changes, **said, **more)


@pytest.fixture
def many() -> list[Tool]:
    """Twenty tools, of which every third is verified."""
    tools = [listed(number) for number in range(20)]
    for number, tool in enumerate(tools):
        if number % 3 == 0:
            at = dt.datetime(2026, 11, 1 + number // 6, tzinfo=dt.UTC)
            Tool.objects.filter(pk=tool.pk).update(level=choices.VERIFIED, level_since=at, verified_at=at)
    return tools


# -- what is in it ----------------------------------------------------------------------------------------------------


def test_a_tool_of_the_list_has_all_that_lists_say(api: Api) -> None:
    make.tool(
        slug="one",
        name="One",
        homepage="https://one.example.com",
        plans=[{"name": "Pro", "amount": "120.50", "currency": "EUR", "period": "year", "seen": "2026-11-01"}],
        interfaces=[{"kind": "rest", "base_url": "https://one.example.com/v1", "auth": "apiKey"}],
        licence="MIT",
    )
    tool = api.json("/tools")["results"][0]
    changed = tool.pop("changed_at")
    assert changed.endswith("Z")
    assert tool == {
        "slug": "one",
        "name": "One",
        "vendor": None,
        "tagline": "A tool that was made for a test of this catalog",
        "kind": "app",
        "homepage": "https://one.example.com",
        "category": "coding/ide-assistants",
        "also_in": [],
        "pricing": {
            "label": "free-open-source",
            "access": "free",
            "model": [],
            "source": "open_source",
            "price_from": {"amount": "120.5", "currency": "EUR", "period": "year"},
        },
        "licence": "MIT",
        "launched": None,
        "listed_on": "2026-11-25",
        "platforms": ["web"],
        "input": ["text"],
        "output": ["text"],
        "tags": ["one", "two", "three"],
        "interface_kinds": ["rest"],
        "auth": ["apiKey"],
        "has_api": "yes",
        "has_mcp": "unknown",
        "self_hosted": "unknown",
        "verification": {
            "level": 0,
            "name": "listed",
            "since": None,
            "seen": "not_checked",
            "checked_at": None,
            "away": "no",
        },
        "logo": None,
        "url": "http://127.0.0.1:8000/tools/one/",
    }
    assert [name for name in FIELDS if name not in tool] == ["changed_at"]


def test_only_the_fields_that_are_named_are_sent_and_the_slug(api: Api) -> None:
    make.tool(slug="one", name="One")
    assert api.json("/tools?fields=name,kind")["results"] == [{"slug": "one", "name": "One", "kind": "app"}]
    response = api.get("/tools?fields=name,nothing")
    assert response.json()["errors"][0]["parameter"] == "fields"


@pytest.mark.parametrize("count", [1, 3])
def test_what_belongs_to_tools_comes_along_when_it_is_asked_for(
    api: Api, count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    price = {"name": "Pro", "amount": "20", "currency": "USD", "period": "month", "seen": "2026-11-01"}
    for _ in range(count):
        make.tool(interfaces=[{"kind": "rest", "base_url": "https://a.example.com"}], plans=[price])
    with django_assert_num_queries(9):
        rows = api.json("/tools?fields=name&expand=plans,interfaces,facts")["results"]
    assert len(rows) == count
    for row in rows:
        whole = api.json(f"/tools/{row['slug']}")
        assert row == {name: whole[name] for name in ("slug", "name", "plans", "interfaces", "facts")}
    assert api.get("/tools?expand=owner").json()["errors"][0]["parameter"] == "expand"


def test_what_is_not_listed_or_long_away_is_not_in_it(api: Api) -> None:
    make.tool(slug="seen")
    services.delist_tools([make.tool(slug="gone")])
    body = api.json("/tools")
    assert (slugs(body), body["count"]) == (["seen"], 1)


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize(("query", "statements"), [("", 4), ("?facets=1", 5), ("?category=coding", 5), ("?q=made", 12)])
def test_the_list_takes_as_many_statements_whatever_stands_in_it(
    api: Api, count: int, query: str, statements: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(count):
        make.tool(interfaces=[{"kind": "rest", "base_url": "https://a.example.com"}])
    api.json(f"/tools{query}")  # the first search of a process reads the words of jobs
    with django_assert_num_queries(statements):
        assert api.json(f"/tools{query}")["count"] == count


# -- it is the site's own list ----------------------------------------------------------------------------------------


def asked(rng: random.Random) -> list[tuple[str, str]]:
    """Return random filters that the catalog of `varied` has answers to."""
    words = ["", "", "made", "tool free", "test of this catalog", "api"]
    pairs = [("q", rng.choice(words)), ("sort", rng.choice(["", *SORTS]))]
    choose = {
        "pricing": ["free", "freemium", "paid", "free-open-source", "unknown"],
        "kind": ["app", "api", "library"],
        "has_api": ["yes", "unknown"],
        "category": ["coding", "ide-assistants"],
        "input": ["text", "image", "unknown"],
        "verified": ["0", "3"],
        "launched_since": ["2026", "2026-02"],
    }
    for name in rng.sample(sorted(choose), rng.randrange(4)):
        several = 1 if name == "launched_since" else rng.randrange(1, 3)
        pairs += [(name, value) for value in rng.sample(choose[name], min(several, len(choose[name])))]
    return [(name, value) for name, value in pairs if value]


@pytest.fixture
def varied() -> None:
    """Sixty tools that differ in what they can be narrowed by."""
    rng = random.Random("varied")
    for number in range(60):
        access = rng.choice(["free", "free_tier", "paid_only", "unknown"])
        source = rng.choice(["open_source", "proprietary", "unknown"])
        listed(
            number % 27 + 27 * (number // 27),
            kind=rng.choice(["app", "api", "library"]),
            pricing={"access": access, "model": [], "source": source, "said_by": "editor"},
            modality=rng.choice([None, {"in": ["text"], "out": ["text"]}, {"in": ["image"], "out": []}]),
            interfaces=rng.choice([[], [{"kind": "rest", "base_url": "https://x.example.com"}]]),
        )
    for tool in Tool.objects.order_by("id")[:20]:
        at = dt.datetime(2026, 11, 1 + tool.pk % 9, tzinfo=dt.UTC)
        Tool.objects.filter(pk=tool.pk).update(level=choices.VERIFIED, level_since=at, verified_at=at)


@pytest.mark.usefixtures("varied")
def test_it_is_the_list_of_the_site_with_its_counts(api: Api) -> None:
    rng = random.Random("the same list")
    narrowed = 0
    for _ in range(120):
        query = urlencode(asked(rng))
        site = Browse(RequestFactory().get(f"/tools/?{query}"), path="/tools/")
        body = api.json(f"/tools?limit=24&facets=1&{query}")
        assert (slugs(body), body["count"]) == ([tool.slug for tool in site.tools], site.total), query
        names = {one.slug: one.name for one in Category.objects.all()}
        for name, facet in FACETS.items():
            counted = site.counts.choices(facet, site.filter.chosen.get(name, ()))
            words = {one.value: names.get(one.value, one.label) if name == "category" else one.label for one in counted}
            expected = [(one.value, words[one.value], one.count) for one in counted]
            got = [(one["value"], one["label"], one["count"]) for one in body["facets"][name]]
            assert got == expected, query
        narrowed += 0 < body["count"] < 60
    assert narrowed > 40


# -- page by page -----------------------------------------------------------------------------------------------------

WAYS = [*(f"sort={sort}" for sort in SORTS if sort != "relevance"), "q=tool", "kind=app&sort=name", "q=tool&sort=added"]


@pytest.mark.usefixtures("many")
@pytest.mark.parametrize("query", WAYS)
def test_pages_hold_every_tool_once_forwards_and_backwards(api: Api, query: str) -> None:
    whole = slugs(api.json(f"/tools?limit=100&{query}"))
    assert len(whole) == 20
    forwards = pages(api, f"/tools?limit=3&{query}")
    assert [slug for body in forwards for slug in slugs(body)] == whole
    backwards = [forwards[-1]]
    while body := follow(api, backwards[-1]["previous"]):
        backwards.append(body)
    assert [slugs(body) for body in backwards[::-1]] == [slugs(body) for body in forwards]
    assert (forwards[0]["previous"], forwards[-1]["next"]) == (None, None)


@pytest.mark.parametrize("query", WAYS)
def test_what_is_listed_or_delisted_meanwhile_moves_nothing_else(api: Api, many: list[Tool], query: str) -> None:
    rng = random.Random(query)
    whole = slugs(api.json(f"/tools?limit=100&{query}"))
    body = api.json(f"/tools?limit=4&{query}")
    seen, gone, number = slugs(body), set(), 40
    while body["next"]:
        left = [tool for tool in Tool.objects.listed() if tool.slug not in gone]
        lost = rng.choice(left)
        gone.add(lost.slug)
        services.delist_tools([lost])
        number += 1
        make.tool(name=f"Tool {rng.randrange(12):02}", slug=f"tool-new-{number}", listed="2026-01-04")
        body = follow(api, body["next"])
        seen += slugs(body)
    assert len(seen) == len(set(seen))
    stayed = [slug for slug in whole if slug not in gone]
    assert [slug for slug in seen if slug in stayed] == stayed


def test_links_are_in_a_header_as_well(api: Api, many: list[Tool]) -> None:
    response = api.get("/tools?limit=5&facets=1&fields=name")
    body = response.json()
    assert response.headers["Link"] == f'<{body["next"]}>; rel="next"'
    after = follow(api, body["next"])
    assert ("facets" in after, len(after["results"]), sorted(after["results"][0])) == (True, 5, ["name", "slug"])


@pytest.mark.parametrize(
    "spoil",
    [lambda text: text[:-2], lambda text: "A" + text[1:], lambda text: text + "=", lambda text: "", lambda t: "é"],
)
def test_a_cursor_that_nobody_gave_out_is_refused(api: Api, many: list[Tool], spoil: Any) -> None:
    cursor = api.json("/tools?limit=5")["next"].split("cursor=")[1].split("&")[0]
    response = api.get(f"/tools?{urlencode({'cursor': spoil(cursor)})}")
    assert (response.status_code, response.json()["errors"][0]["parameter"]) == (400, "cursor")


def test_a_cursor_goes_on_with_its_own_filters_only(api: Api, many: list[Tool]) -> None:
    cursor = api.json("/tools?limit=5&kind=app")["next"].split("cursor=")[1].split("&")[0]
    assert len(api.json(f"/tools?cursor={cursor}&kind=app&limit=3")["results"]) == 3
    response = api.get(f"/tools?cursor={cursor}&kind=api")
    assert response.json()["detail"] == "“cursor” goes on with other filters than these. Send it alone."


# -- what cannot be asked ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("kind=toy", "kind"),
        ("sort=price", "sort"),
        ("sort=name&sort=name", "sort"),
        ("q=a&q=b", "q"),
        ("limit=0", "limit"),
        ("limit=101", "limit"),
        ("limit=-1", "limit"),
        ("limit=%D9%A1", "limit"),
        ("limit=1e1", "limit"),
        ("facets=yes", "facets"),
        ("launched_since=tomorrow", "launched_since"),
        ("category=nothing", "category"),
        ("licence=%3Cscript%3E", "licence"),
        ("page=2", "page"),
        ("offset=10", "offset"),
        ("q=" + "a" * 5_000, "q"),
        ("fields=" + "a" * 2_000, "fields"),
        ("Kind=app", "Kind"),
    ],
)
def test_a_parameter_that_cannot_be_used_is_named(api: Api, query: str, name: str) -> None:
    make.categories()
    response = api.get(f"/tools?{query}")
    assert (response.status_code, [one["parameter"] for one in response.json()["errors"]]) == (400, [name])
