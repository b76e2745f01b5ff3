"""Pins: all that a lockfile needs of many tools in one answer, of listed tools alone, and seen by us alone."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from api.manifests import keeping
from api.models import ManifestHead
from catalog.choices import Away
from catalog.models import Alias, Change, Tool
from tests import make
from tests.api.client import Api
from tests.verification import make_runs
from verification.models import Endpoint

pytestmark = pytest.mark.django_db
MCP = "https://mcp.example.com/mcp"
REMOTE = {"kind": "mcp-remote", "url": MCP, "auth": "none"}
REST = {"kind": "rest", "base_url": "https://api.example.com/v1"}
SINCE = dt.datetime(2026, 11, 1, tzinfo=dt.UTC)
PARTS = {"find": {"input": "1" * 64, "words": "2" * 64}}


def pinned(**changes: Any) -> Tool:
    """List a tool that speaks MCP, with a manifest."""
    tool = make.tool(**{"interfaces": [REMOTE, REST], **changes})
    keeping.sweep()
    return tool


def looked(tool: Tool, detail: dict[str, Any] | None = None, subject: str = MCP, **changes: Any) -> None:
    """Let verification see a list of tools, or none."""
    said = {"tools_hash": "a" * 64, "tools_count": 1, "tools_parts": PARTS} if detail is None else detail
    make_runs.run(tool, {"key": "mcp_handshake", "subject": subject, "detail": said}, **changes)


def answer(*slugs: str) -> Any:
    return Api().json(f"/pins?slugs={','.join(slugs)}")


def pin(*slugs: str) -> Any:
    (found,) = answer(*slugs)["pins"]
    return found


def test_a_pin_says_manifest_status_and_of_each_interface_whether_it_answers_and_what_it_lists() -> None:
    tool = pinned(slug="one")
    looked(tool)
    Endpoint.objects.create(tool=tool, subject=MCP, state="healthy", since=SINCE, known_at=SINCE)
    row = ManifestHead.objects.get(tool=tool).manifest
    body = answer("one")
    assert body == {
        "pins": [
            {
                "asked": "one",
                "slug": "one",
                "status": "active",
                "away": None,
                "manifest": {
                    "version": 1,
                    "sha256": row.sha256,
                    "url": "http://127.0.0.1:8000/api/v1/tools/one/manifests/1",
                },
                "interfaces": [
                    {
                        "id": "mcp-remote",
                        "kind": "mcp-remote",
                        "state": "healthy",
                        "since": "2026-11-01T00:00:00Z",
                        "looked_at": "2026-11-01T00:00:00Z",
                        "tools": {"sha256": "a" * 64, "count": 1, "seen_at": "2031-03-04T14:03:50Z", "each": PARTS},
                    },
                    {
                        "id": "rest",
                        "kind": "rest",
                        "state": "unknown",
                        "since": None,
                        "looked_at": None,
                        "tools": None,
                    },
                ],
            }
        ],
        "missing": [],
        "serial": Change.objects.order_by("-serial").values_list("serial", flat=True)[0],
        "catalog": "http://127.0.0.1:8000/",
    }
    address = body["pins"][0]["manifest"]["url"].removeprefix("http://127.0.0.1:8000/api/v1")
    assert Api().get(address)["ETag"] == f'"{row.sha256}"'


def test_pins_come_in_the_order_asked_and_what_is_not_listed_is_named() -> None:
    for slug in ("one", "two", "three"):
        pinned(slug=slug)
    body = answer("three", "nobody", "one", "two", "Two")
    assert [one["asked"] for one in body["pins"]] == ["three", "one", "two", "Two"]
    assert [one["slug"] for one in body["pins"]] == ["three", "one", "two", "two"]
    assert body["missing"] == ["nobody"]


def test_a_renamed_tool_is_found_by_the_slug_that_it_had_with_the_one_it_has() -> None:
    tool = pinned(slug="new")
    Alias.objects.create(slug="old", tool=tool)
    assert [(one["asked"], one["slug"]) for one in answer("old", "new")["pins"]] == [("old", "new"), ("new", "new")]


def test_a_slug_that_another_tool_has_now_names_that_one() -> None:
    Alias.objects.create(slug="one", tool=pinned(slug="new"))
    pinned(slug="one")
    assert pin("one")["slug"] == "one"


@pytest.mark.parametrize("status", ["draft", "delisted"])
def test_drafts_and_what_was_removed_are_missing_also_by_an_older_slug(status: str) -> None:
    tool = pinned(slug="one")
    looked(tool)
    Alias.objects.create(slug="old", tool=tool)
    Tool.objects.update(status=status)
    body = answer("one", "old", "other")
    assert (body["pins"], body["missing"]) == ([], ["one", "old", "other"])


def test_a_tool_without_a_manifest_yet_has_null_there_and_nothing_is_made_by_asking() -> None:
    make.tool(slug="one")
    assert pin("one")["manifest"] is None
    assert keeping.sweep() == 1


@pytest.mark.parametrize("away", [one.value for one in Away if one])
def test_how_long_it_is_away_and_signs_of_inactivity_are_told(away: str) -> None:
    pinned(slug="one", status="watch")
    Tool.objects.update(away=away)
    found = pin("one")
    assert (found["status"], found["away"]) == ("watch", away)


def test_of_what_is_unreachable_since_is_when_that_began() -> None:
    tool = pinned(slug="one")
    Endpoint.objects.create(
        tool=tool, subject=MCP, state="unreachable", down_since=SINCE, since=SINCE + dt.timedelta(hours=1)
    )
    (remote, _) = pin("one")["interfaces"]
    assert (remote["state"], remote["since"]) == ("unreachable", "2026-11-01T00:00:00Z")


def test_an_address_that_is_watched_no_more_is_unknown() -> None:
    tool = pinned(slug="one")
    Endpoint.objects.create(tool=tool, subject=MCP, state="healthy", retired_at=SINCE)
    assert [one["state"] for one in pin("one")["interfaces"]] == ["unknown", "unknown"]


def test_the_tools_are_those_of_the_last_look_that_saw_a_list() -> None:
    tool = pinned(slug="one")
    looked(tool)
    looked(tool, {"tools_hash": "b" * 64, "tools_count": 2, "tools_parts": {}})
    looked(tool, {"tools_hash": "c" * 64, "tools_count": 1}, subject="https://mcp.example.com/other")
    looked(tool, {})  # a server that asks for a key now
    assert pin("one")["interfaces"][0]["tools"] == {
        "sha256": "b" * 64, "count": 2, "seen_at": "2031-03-04T14:03:50Z", "each": {},
    }  # fmt: skip


def test_what_was_seen_before_parts_were_told_apart_has_a_hash_alone() -> None:
    looked(pinned(slug="one"), {"tools_hash": "b" * 64, "tools_count": 2})
    assert pin("one")["interfaces"][0]["tools"]["each"] == {}


def test_a_list_that_fifty_looks_did_not_see_is_not_known() -> None:
    tool = pinned(slug="one")
    looked(tool)
    for _ in range(49):
        looked(tool, {})
    assert pin("one")["interfaces"][0]["tools"] is not None
    looked(tool, {})
    assert pin("one")["interfaces"][0]["tools"] is None


def test_what_another_tool_at_the_same_address_was_seen_to_list_is_not_told() -> None:
    """A draft names the address of a listed server: its checks are nobody's business."""
    pinned(slug="one")
    draft = make.tool(slug="draft", interfaces=[REMOTE])
    Tool.objects.filter(pk=draft.pk).update(status="draft")
    looked(draft)
    assert pin("one")["interfaces"][0]["tools"] is None


def test_two_servers_of_one_tool_have_each_their_own() -> None:
    other = {"kind": "mcp-remote", "base_url": "https://eu.example.com/mcp"}
    tool = pinned(slug="one", interfaces=[REMOTE, other])
    looked(tool)
    looked(tool, {"tools_hash": "b" * 64, "tools_count": 0, "tools_parts": {}}, subject="https://eu.example.com/mcp")
    found = {one["id"]: one["tools"]["sha256"] for one in pin("one")["interfaces"]}
    assert found == {"mcp-remote": "a" * 64, "mcp-remote-2": "b" * 64}


@pytest.mark.parametrize("number", [1, 3])
def test_the_number_of_queries_does_not_grow(number: int, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    slugs = []
    for _ in range(number):
        tool = pinned()
        looked(tool)
        Endpoint.objects.create(tool=tool, subject=MCP, state="healthy")
        slugs.append(tool.slug)
    with django_assert_num_queries(7):
        body = answer(*slugs)
    assert [one["interfaces"][0]["tools"]["count"] for one in body["pins"]] == [1] * number


def test_a_hundred_at_once_and_no_more() -> None:
    slugs = [f"made-{number}" for number in range(101)]
    assert len(answer(*slugs[:100])["missing"]) == 100
    problem = Api().get(f"/pins?slugs={','.join(slugs)}")
    assert (problem.status_code, problem.json()["detail"]) == (
        400,
        "“slugs” names 101 tools; name from 1 to 100 at once.",
    )
    assert answer(*["one"] * 300)["missing"] == ["one"]  # each once


@pytest.mark.parametrize(
    ("query", "detail"),
    [
        ("", "“slugs” names 0 tools; name from 1 to 100 at once."),
        ("?slugs=", "“slugs” is empty; leave it out where nothing is asked."),
        ("?slugs=one&slugs=two", "“slugs” is given 2 times; give it once."),
        ("?slugs=one,,two", "“slugs” names '', which is no slug: letters a to z, digits and “-”."),
        ("?slugs=one,%20two", "“slugs” names ' two', which is no slug: letters a to z, digits and “-”."),
        ("?slugs=" + "x" * 81, f"“slugs” names {'x' * 40!r}, which is no slug: letters a to z, digits and “-”."),
        ("?slugs=%3Cscript%3E", "“slugs” names '<script>', which is no slug: letters a to z, digits and “-”."),
        ("?slugs=one&tool=two", "There is no parameter “tool” here. Those there are: slugs."),
    ],
)
def test_what_cannot_be_asked_is_refused_by_name(query: str, detail: str) -> None:
    problem = Api().get(f"/pins{query}")
    assert (problem.status_code, problem.json()["detail"]) == (400, detail)


def test_a_copy_is_asked_about_each_time_and_what_has_not_changed_is_not_sent_again() -> None:
    pinned(slug="one")
    first = Api().get("/pins?slugs=one")
    assert first["Cache-Control"] == "no-cache"
    assert Api().get("/pins?slugs=one", **{"If-None-Match": first["ETag"]}).status_code == 304


def test_a_manifest_that_is_behind_the_listing_is_not_pinned() -> None:
    tool = pinned(slug="one")
    assert answer("one")["pins"][0]["manifest"]["version"] == 1
    Tool.objects.filter(pk=tool.pk).update(tagline="Says something else now", changed_at=SINCE)
    assert answer("one")["pins"][0]["manifest"] is None
    keeping.sweep()
    assert answer("one")["pins"][0]["manifest"]["version"] == 2


def test_a_listing_that_looks_like_it_holds_a_secret_is_pinned_by_nothing() -> None:
    tool = pinned(slug="one")
    hidden = "sk-ant-api03-" + "A1b2C3d4" * 5
    Tool.objects.filter(pk=tool.pk).update(description=f"Use {hidden} for tests", changed_at=SINCE)
    for _ in range(2):
        keeping.sweep()
        assert answer("one")["pins"][0]["manifest"] is None
