"""The client asks a real site, over HTTP."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

import aicatalog
from aicatalog import online
from api.models import Manifest
from catalog import services
from catalog.models import Change, Tool
from tests import make
from tests.people import person

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def catalog(site: str) -> Any:
    with aicatalog.open(site) as found:
        yield found


def test_a_search_finds_the_best_first_and_says_how_many_there_are(catalog: aicatalog.Source) -> None:
    found = catalog.search("speech to text", limit=1)
    assert (found.count, [tool["slug"] for tool in found]) == (1, ["deepgram"])


def test_filters_have_the_names_of_the_api_and_several_values_mean_or(catalog: aicatalog.Source) -> None:
    assert [tool["slug"] for tool in catalog.search(has_mcp="yes")] == ["deepgram"]
    assert sorted(tool["slug"] for tool in catalog.search(pricing=["free-tier", "free-open-source"], kind="app")) == [
        "bark", "one", "two", "two-a",
    ]  # fmt: skip
    with pytest.raises(aicatalog.BadRequest, match="'toy' is not one of: app"):
        catalog.search(kind="toy")


def test_pages_are_asked_for_as_they_are_needed_and_no_tool_comes_twice(
    catalog: aicatalog.Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(online, "MANY", 2)
    found = catalog.search(sort="name")
    assert [tool["slug"] for tool in found] == ["one", "bark", "deepgram", "two", "two-a"]
    assert [tool["slug"] for tool in found] == ["one", "bark", "deepgram", "two", "two-a"]
    assert [tool["slug"] for tool in catalog.search(sort="name", limit=3)] == ["one", "bark", "deepgram"]
    assert [tool["slug"] for tool in catalog.search(sort="name", limit=0)] == []


def test_one_tool_has_all_that_wires_it_in_and_an_old_slug_finds_it(catalog: aicatalog.Source) -> None:
    tool = catalog.tool("deepgram")
    assert [(one["id"], one["env"]) for one in tool["interfaces"]] == [
        ("rest", "DEEPGRAM_KEY"), ("mcp-remote", "DEEPGRAM_TOKEN"),
    ]  # fmt: skip
    row = Tool.objects.get(slug="bark")
    said = make.record(slug="suno-bark", name="Bark", homepage=row.homepage)
    services.update_tool(row, said, categories=make.categories(), actor=person("editor@example.com"))
    assert catalog.tool("bark")["slug"] == "suno-bark"


def test_a_slug_that_there_is_not_suggests_those_that_are_alike(catalog: aicatalog.Source) -> None:
    with pytest.raises(aicatalog.NotFound, match="No tool is listed as “deepgrm”") as error:
        catalog.tool("deepgrm")
    assert error.value.suggestions[:1] == ["deepgram"]
    with pytest.raises(aicatalog.NotFound, match=r"“\.\./\.\./me” is no slug"):
        catalog.tool("../../me")


def test_tools_are_compared_in_the_order_asked(catalog: aicatalog.Source) -> None:
    assert [tool["slug"] for tool in catalog.compare(["two", "one"])] == ["two", "one"]


def test_changes_come_in_the_order_of_commits_over_all_pages(
    catalog: aicatalog.Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(online, "CHANGES", 2)
    serials = list(Change.objects.order_by("serial").values_list("serial", flat=True))
    assert [change["serial"] for change in catalog.changes(0)] == serials
    assert [change["serial"] for change in catalog.changes(serials[-2])] == serials[-1:]
    with pytest.raises(aicatalog.BadRequest, match="The last serial is"):
        list(catalog.changes(serials[-1] + 1))


def test_a_manifest_is_its_bytes_and_their_hash(catalog: aicatalog.Source) -> None:
    kept = Manifest.objects.get(slug="deepgram")
    found = catalog.manifest("deepgram")
    assert (found.slug, found.version, found.sha256, found.body) == ("deepgram", 1, kept.sha256, bytes(kept.body))
    assert hashlib.sha256(found.body).hexdigest() == found.sha256
    assert found.document["name"] == "Deepgram"
    assert catalog.manifest_version("deepgram", 1) == found
    with pytest.raises(aicatalog.NotFound, match="There is no version 2"):
        catalog.manifest_version("deepgram", 2)


def test_snippets_are_those_of_the_site(catalog: aicatalog.Source) -> None:
    found = catalog.snippets("deepgram", "curl")["results"]
    assert [(one["consumer"], one["interface"]) for one in found] == [("curl", "rest")]
    with pytest.raises(aicatalog.NotFound, match="has no interface “x”"):
        catalog.snippets("deepgram", "curl", "x")
    with pytest.raises(aicatalog.BadRequest, match="is not one of"):
        catalog.snippets("deepgram", "excel")


def test_it_says_where_it_asks(site: str) -> None:
    with aicatalog.open(f"{site}/api/v1/") as catalog:
        assert (catalog.where, catalog.site, catalog.serial, catalog.exported_at) == (site, site, None, None)
