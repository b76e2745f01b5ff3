"""Bookings leave no trace where machines read, nor on pages of tools: byte for byte the same with and without them."""

from __future__ import annotations

import gzip

import pytest
from django.core.management import call_command
from django.test import Client

from catalog.models import Collection, Pick, Tool
from tests import make
from tests.featured.running import runs, tools

pytestmark = pytest.mark.django_db
SAME = [
    "/llms.txt", "/sitemap.xml", "/sitemaps/tools-1.xml", "/feeds/", "/feeds/added.atom", "/feeds/added.json",
    "/feeds/new.atom", "/feeds/new.json", "/feeds/categories/coding.atom", "/feeds/categories/coding.json",
    "/feeds/tools/acme.atom", "/tools/acme.md", "/tools/acme/", "/tools/rival/", "/tools/acme/alternatives/",
    "/tools/rival/alternatives/", "/tools/acme/badge.svg", "/tools/acme/badge.json", "/tools/acme/verification/",
    "/tools/acme/card.png", "/card.png", "/compare/?tools=acme,rival", "/collections/", "/collections/made/",
    "/categories/", "/stats/", "/suggest?q=acm", "/suggest?q=acm&format=opensearch", "/opensearch.xml", "/robots.txt",
    "/trust/", "/status/", "/transparency/", "/tools/?q=alternatives+to+rival", "/tools/?page=2",
    "/new/?period=added&page=2",
]  # fmt: skip


@pytest.fixture
def acme() -> Tool:
    """A tool beside thirty others, which is another's alternative and part of a collection."""
    listed = tools(30)
    acme = make.tool(slug="acme", name="Acme", homepage="https://acme.com")
    rival = make.tool(slug="rival", name="Rival", homepage="https://rival.com")
    for number, other in enumerate([acme, *listed[:9]], 1):
        rival.neighbours.create(other=other, position=number, score=1)
    acme.neighbours.create(other=rival, position=1, score=1)
    made = Collection.objects.create(slug="made", title="Made", summary="X.", position=1, updated_on="2026-01-01")
    Pick.objects.create(collection=made, tool=acme, position=1, reason="It is there.")
    return acme


def every_place(tool: Tool) -> None:
    for place in ("home", "new", "search", "category/coding", "category/ide-assistants"):
        runs(place=place, tool=tool)


def answers(client: Client) -> dict[str, tuple[int, bytes]]:
    found = {path: client.get(path) for path in SAME}
    found["markdown"] = client.get("/tools/acme/", headers={"Accept": "text/markdown"})
    return {path: (one.status_code, one.content) for path, one in found.items()}


def test_where_machines_read_nothing_says_that_something_is_booked(client: Client, acme: Tool) -> None:
    before = answers(client)
    assert {path: status for path, (status, _) in before.items() if status != 200} == {}
    every_place(acme)
    assert client.get("/").content.count(b'class="spon"') == 1
    after = answers(client)
    assert [path for path in before if after[path] != before[path]] == []


def test_the_export_is_the_same(acme: Tool, tmp_path_factory: pytest.TempPathFactory) -> None:
    def exported() -> dict[str, bytes]:
        folder = tmp_path_factory.mktemp("export")
        call_command("export_catalog", str(folder))
        return {str(one.relative_to(folder)): one.read_bytes() for one in folder.rglob("*") if one.is_file()}

    before = exported()
    every_place(acme)
    assert exported() == before
    assert before


def test_the_pages_shown_to_compressing_browsers_are_the_same_pages(client: Client, acme: Tool) -> None:
    every_place(acme)
    plain = client.get("/")
    packed = client.get("/", headers={"Accept-Encoding": "gzip"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.content) == plain.content
    assert packed.headers["ETag"] == plain.headers["ETag"]
