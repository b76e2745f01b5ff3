"""seen.jsonl: the pins of all tools, so that a lockfile is checked offline as it is online."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from pytest_django import DjangoAssertNumQueries

from api.exports import importing, snapshot
from api.manifests.canonical import canonical
from catalog import services
from catalog.models import Alias, Tool
from tests import make
from tests.api.client import Api
from tests.api.exports.conftest import empty, fill, lines
from tests.verification import make_runs
from verification.models import Endpoint, Run

pytestmark = pytest.mark.django_db(transaction=True)
MCP = "https://mcp.example.com/mcp"
Exported = Callable[..., Path]


def seen() -> None:
    """List four tools, of which one speaks MCP and was looked at."""
    tool = make.tool(slug="zwei", interfaces=[{"kind": "mcp-remote", "url": MCP}])
    said = {"tools_hash": "a" * 64, "tools_count": 1, "tools_parts": {"find": {"input": "b" * 64}}}
    make_runs.run(tool, {"key": "mcp_handshake", "subject": MCP, "detail": said})
    Endpoint.objects.create(tool=tool, subject=MCP, state="healthy")
    fill()


def test_it_is_what_the_api_says_of_the_same_tools(exported: Exported) -> None:
    seen()
    file = exported("export", "seen") / "seen.jsonl"
    rows = lines(file)
    slugs = [row["slug"] for row in rows]
    assert slugs == ["one", "two", "two-a", "zwei"]
    assert rows[-1]["interfaces"][0]["tools"]["sha256"] == "a" * 64
    pins = Api().json(f"/pins?slugs={','.join(slugs)}")["pins"]
    assert rows == [{name: value for name, value in pin.items() if name != "asked"} for pin in pins]
    assert [canonical(row) for row in rows] == file.read_bytes().splitlines()


@pytest.mark.parametrize("number", [1, 3])
def test_the_number_of_queries_does_not_grow(number: int, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    for name in ("one", "two", "three")[:number]:
        tool = make.tool(slug=name, interfaces=[{"kind": "mcp-remote", "url": f"https://{name}.example/mcp"}])
        for before in range(number):
            Alias.objects.create(slug=f"{name}-{before}", tool=tool)
    with django_assert_num_queries(10):
        (batch,) = snapshot.batches(pinned=True)
    assert [len(entry.aliases) for entry in batch] == [number] * number


def test_a_tool_that_was_renamed_has_the_slugs_that_it_had_in_order(exported: Exported) -> None:
    tool, *_ = fill()
    for slug in ("uno", "eins", "un-1"):
        Alias.objects.create(slug=slug, tool=tool)
    rows = lines(exported("export", "seen") / "seen.jsonl")
    assert [row.get("aliases") for row in rows] == [["eins", "un-1", "uno"], None, None]


def test_the_manifest_of_the_export_names_it_with_its_rows(exported: Exported) -> None:
    seen()
    told = json.loads((exported("export", "seen") / "manifest.json").read_bytes())
    assert {row["name"]: row["rows"] for row in told["files"]}["seen.jsonl"] == 4


def test_a_manifest_that_is_behind_is_null_as_it_is_in_no_file(exported: Exported) -> None:
    fill()
    tool = Tool.objects.get(slug="one")
    record = make.record(slug="one", name="One", homepage=tool.homepage, tagline="It does something else since today")
    services.update_tool(tool, record, categories=make.categories())
    folder = exported("export", "seen")
    assert [bool(row["manifest"]) for row in lines(folder / "seen.jsonl")] == [False, True, True]
    assert len(lines(folder / "manifests.jsonl")) == 2


def test_an_import_passes_over_it(exported: Exported) -> None:
    seen()
    folder = exported("export", "seen")
    empty()
    importing.load(folder)
    assert (Tool.objects.count(), Run.objects.count(), Endpoint.objects.count()) == (4, 0, 0)
