"""What visitors must not see they do not see: delisted tools, other launch dates, equal rows of a comparison."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from catalog import exporter, pages, related, services
from catalog.models import Collection, Pick, Related, Tool
from tests import make

NAME = "Zorbogone"


@pytest.fixture
def gone() -> Tool:
    """A tool that was listed, linked from everywhere, and delisted: newest, open source, the nearest neighbour."""
    made = make.tool(
        slug="zorbogone",
        name=NAME,
        tags=["zorbling", "zorblet", "zorbkin"],
        launched="2031-01-01",
        launched_said_by="editor",
        listed="2031-01-01",
    )
    other = make.tool(slug="zorbostays", name="Zorbostays", tags=["zorbling", "zorblet", "zorbkin"])
    Related.objects.create(tool=other, other=made, position=0, score=9)
    collection = Collection.objects.create(
        slug="zorbs", title="Zorbs", summary="All zorbs", position=0, updated_on=dt.date(2026, 11, 1)
    )
    Pick.objects.create(collection=collection, tool=made, position=0, reason="It was the best of them")
    Pick.objects.create(collection=collection, tool=other, position=1, reason="It is left")
    services.delist_tools([made])
    return Tool.objects.get(pk=made.pk)


def slugs(response: Any) -> list[str]:
    return [tool.slug for tool in response.context["tools"]]


# -- a delisted tool -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/tools/",
        "/tools/?q=zorbling",
        "/tools/?sort=added",
        "/categories/",
        "/categories/coding/?sort=newest",
        "/categories/ide-assistants/?q=zorbling",
        "/tools/zorbostays/",
        "/tools/zorbostays/alternatives/",
        "/new/?period=added",
        "/new/?period=year",
        "/collections/",
        "/collections/zorbs/",
        "/compare/?tools=zorbostays",
        "/suggest?q=zorbling",
        "/suggest?q=zorbling&format=opensearch",
        "/feeds/new.json",
        "/feeds/added.atom",
        "/feeds/categories/coding.atom",
        "/tools/zorbostays.md",
        "/llms.txt",
    ],
)
def test_no_page_names_a_delisted_tool(client: Client, gone: Tool, monkeypatch: Any, path: str) -> None:
    from catalog import views

    monkeypatch.setattr(views, "_today", lambda: dt.date(2031, 1, 1))
    response = client.get(path)
    assert response.status_code == 200
    assert NAME not in response.content.decode()


def test_related_tools_leave_out_what_was_delisted_since_they_were_computed() -> None:
    one, two, three = (make.tool(tags=["zorbling", "zorblet", "zorbkin"]) for _ in range(3))
    related.rebuild()
    assert {two, three} <= set(pages.related_tools(one, 12))
    services.delist_tools([two])
    found = pages.related_tools(one, 12)
    assert (two in found, three in found) == (False, True)


def test_a_delisted_tool_is_no_neighbour_when_they_are_computed_anew(gone: Tool) -> None:
    related.rebuild()
    assert Related.objects.filter(other=gone).count() == 0
    assert Related.objects.filter(tool=gone).count() == 0


def test_alternatives_go_on_without_a_delisted_tool(client: Client, gone: Tool) -> None:
    assert slugs(client.get("/tools/zorbostays/alternatives/")) == []
    assert client.get("/tools/zorbostays/").context["alternatives"] == []
    assert client.get("/tools/zorbogone/alternatives/").status_code == 404


def test_a_collection_goes_on_without_a_delisted_tool(client: Client, gone: Tool) -> None:
    response = client.get("/collections/zorbs/")
    assert [pick.tool.slug for pick in response.context["picks"]] == ["zorbostays"]
    assert "It was the best of them" not in response.content.decode()


def test_the_front_page_shows_listed_tools_only(client: Client) -> None:
    newest = {"launched": "2031-01-01", "launched_said_by": "editor"}
    free = {"access": "free", "model": [], "source": "open_source", "said_by": "editor"}
    made, stays = (make.tool(pricing=free, **newest) for _ in range(2))
    for strip in ("newest", "open_source"):
        assert {made, stays} <= set(client.get("/").context[strip])
    services.delist_tools([made])
    response = client.get("/")
    for strip in ("newest", "open_source"):
        assert [one for one in response.context[strip] if one in {made, stays}] == [stays]


def test_the_front_page_tells_of_a_removal_by_the_bare_address(client: Client, gone: Tool) -> None:
    entries = [entry for entry in client.get("/").context["log"] if entry.name == gone.slug]
    assert [(entry.text, entry.slug) for entry in entries if "removed" in entry.text] == [
        ("removed from the catalog.", "")
    ]


def test_new_counts_and_shows_listed_tools_only(client: Client, monkeypatch: Any) -> None:
    from catalog import views

    monkeypatch.setattr(views, "_today", lambda: dt.date(2031, 1, 1))
    made, stays = (make.tool(launched="2031-01-01", launched_said_by="editor", listed="2031-01-01") for _ in range(2))
    services.delist_tools([made])
    for period in ("today", "year"):
        response = client.get("/new/", {"period": period})
        assert list(response.context["page"].object_list) == [stays]
        assert {tab.name: tab.count for tab in response.context["tabs"]}[period] == 1
    added = list(client.get("/new/?period=added").context["page"].object_list)
    assert (added[0], made in added) == (stays, False)


def test_a_comparison_shows_a_delisted_tool_to_editors_only(client: Client, gone: Tool) -> None:
    path = "/compare/?tools=zorbostays,zorbogone"
    response = client.get(path)
    assert [tool.slug for tool, _ in response.context["tools"]] == ["zorbostays"]
    assert response.context["unknown"] == ["zorbogone"]
    client.force_login(User.objects.create_superuser("ed@example.com", "x"))
    assert [tool.slug for tool, _ in client.get(path).context["tools"]] == ["zorbostays", "zorbogone"]


def test_a_delisted_tool_cannot_be_added_to_a_comparison_by_its_name(client: Client, gone: Tool) -> None:
    assert pages.slugs_like("zorbogone") == []
    assert client.get("/compare/", {"tools": "ollama", "add": "zorbling"})["Location"] == (
        "/compare/?tools=ollama,zorbostays"
    )


def test_suggestions_leave_out_a_delisted_tool(client: Client, gone: Tool) -> None:
    for typed in ("zorbo", "zorbling"):
        rows = client.get("/suggest", {"q": typed}).json()["tools"]
        assert [row["slug"] for row in rows] == ["zorbostays"], typed


def test_suggestions_do_not_trust_an_index_that_is_behind(client: Client) -> None:
    made = make.tool(name="Zorbolate")
    Tool.objects.filter(pk=made.pk).update(status="delisted")
    assert client.get("/suggest", {"q": "zorbola"}).json()["tools"] == []


def test_an_export_leaves_out_a_delisted_tool(gone: Tool, tmp_path: Path) -> None:
    exporter.export(tmp_path)
    texts = [file.read_text(encoding="utf-8") for file in sorted(tmp_path.rglob("*.yaml"))]
    assert sum("zorbostays" in text for text in texts) == 2  # its record, the collection
    assert [text for text in texts if "zorbogone" in text or NAME in text] == []


# -- a launch date ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/tools/", "/categories/coding/"])
def test_a_launch_date_narrows_the_list_and_not_only_the_counts(client: Client, path: str) -> None:
    days = ["2029-12-31", "2030-01-01", "2030-06-15"]
    early, first, late = (
        make.tool(launched=day, launched_said_by="editor", tags=["quuxling", "two", "three"]) for day in days
    )
    unknown = make.tool(tags=["quuxling", "two", "three"])
    response = client.get(path, {"q": "quuxling", "launched_since": "2030", "sort": "newest"})
    assert slugs(response) == [late.slug, first.slug]
    assert response.context["browse"].total == 2
    everything = client.get(path, {"q": "quuxling", "sort": "newest"})
    assert slugs(everything) == [late.slug, first.slug, early.slug, unknown.slug]


def test_every_tool_of_a_list_since_a_day_launched_on_it_or_later(client: Client) -> None:
    since = dt.date(2024, 6, 1)
    for sort in ("newest", "added", "name"):
        response = client.get("/tools/", {"launched_since": since.isoformat(), "sort": sort})
        tools = response.context["tools"]
        assert len(tools) == 24
        assert [tool.slug for tool in tools if tool.launched_on is None or tool.launched_on < since] == [], sort


# -- equal rows of a comparison --------------------------------------------------------------------------------------


def labels(response: Any) -> list[str]:
    return [line.label for _, lines in response.context["groups"] for line in lines]


def test_a_comparison_of_differences_leaves_out_what_is_equal(client: Client) -> None:
    one = make.tool(vendor="Quux", licence="MIT", kind="app")
    two = make.tool(vendor="Quux", licence="Apache-2.0", kind="app", platforms=["linux"])
    path = f"/compare/?tools={one.slug},{two.slug}"
    everything = client.get(path)
    only = client.get(f"{path}&only=differences")
    assert labels(only) == ["Licence", "Platforms"]
    assert {"Kind", "Vendor", "Job", "Licence", "Platforms", "Price"} <= set(labels(everything))
    assert [name for name, _ in only.context["groups"]] == ["What it costs", "How to reach it"]
    assert (everything.context["only"], only.context["only"]) == (False, True)


def test_the_table_to_copy_leaves_out_what_is_equal_too(client: Client) -> None:
    one, two = make.tool(vendor="Quux", licence="MIT"), make.tool(vendor="Quux", licence="Apache-2.0")
    path = f"/compare/?tools={one.slug},{two.slug}"
    rows = client.get(f"{path}&only=differences").context["markdown"].splitlines()
    assert rows[2:] == ["| Licence | MIT | Apache-2.0 |"]
    assert "| Vendor | Quux | Quux |" in client.get(path).context["markdown"].splitlines()


def test_a_comparison_without_differences_says_so(client: Client) -> None:
    one, two = make.tool(vendor="Quux"), make.tool(vendor="Quux")
    response = client.get(f"/compare/?tools={one.slug},{two.slug}&only=differences")
    assert response.context["groups"] == []
    assert "do not differ in any fact that is listed" in response.content.decode()
