"""Cursors: of one list at one address, short enough to be sent, and lists that end where they end."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest

from accounts.models import User
from api import taxonomy, tool_rows
from catalog import bitmaps, services
from catalog.models import Category
from tests import make
from tests.api.client import Api
from tests.submissions import rows
from tests.verification import make_runs


def cursor_of(body: Any) -> str:
    return str(body["next"]).split("cursor=")[1].split("&")[0]


def refused(response: Any) -> tuple[int, str]:
    return response.status_code, response.json()["errors"][0]["parameter"]


@pytest.mark.django_db
def test_a_cursor_of_one_tools_list_is_none_of_anothers(api: Api) -> None:
    one, other = make.tool(slug="one"), make.tool(slug="other")
    for tool in (one, one, one, other):
        make_runs.run(tool, {"key": "home"})
    cursor = cursor_of(api.json("/tools/one/runs?limit=1"))
    assert len(api.json(f"/tools/one/runs?cursor={cursor}&limit=1")["results"]) == 1
    assert refused(api.get(f"/tools/other/runs?cursor={cursor}")) == (400, "cursor")


@pytest.mark.django_db
def test_lists_of_the_same_kind_of_row_at_other_addresses_take_no_cursor_of_each_other(mine: Api, ana: User) -> None:
    first, second = rows.draft(ana), rows.draft(ana)
    cursor = cursor_of(mine.json("/submissions?limit=1"))
    for path in (f"/submissions/{first.key}/decisions", f"/submissions/{second.key}/decisions", "/decisions", "/lists"):
        assert refused(mine.get(f"{path}?cursor={cursor}")) == (400, "cursor")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("query", ["category=coding&sort=name", "q=made&category=coding"])
def test_a_tool_that_went_a_moment_ago_ends_no_list(api: Api, settings: Any, query: str) -> None:
    settings.PAGE_CACHE_SECONDS = 30
    for known in (bitmaps._known, taxonomy._kept, tool_rows._rendered):
        known.clear()
    tools = [make.tool(name=f"Made {number:02}", slug=f"made-{number:02}") for number in range(12)]
    top = Category.objects.create(slug="audio", name="Audio")
    Category.objects.create(slug="speech", name="Speech", parent=top)
    many = [make.record(name=f"Made else {number}", category="audio/speech") for number in range(40)]
    services.create_tools(many, categories=make.categories())  # few of many: rows are asked for by their keys
    api.json(f"/tools?{query}")  # what is listed is known for a second
    services.delist_tools([tools[2]])
    body = api.json(f"/tools?{query}&limit=4&fields=name")
    seen = [row["slug"] for row in body["results"]]
    while body["next"]:
        body = api.json(body["next"].removeprefix("http://127.0.0.1:8000/api/v1"))
        seen += [row["slug"] for row in body["results"]]
    assert sorted(seen) == sorted(tool.slug for tool in tools if tool is not tools[2])


@pytest.mark.django_db
def test_what_is_asked_fits_into_the_address_of_the_next_page(api: Api) -> None:
    for number in range(3):
        make.tool(licence="MIT", slug=f"tool-{number}")
    licences = [("licence", f"{number:02}" + "x" * 58) for number in range(54)]
    asked = urlencode([("limit", "1"), ("licence", "MIT"), *licences])
    body = api.json(f"/tools?{asked}")
    line = f"GET {urlsplit(body['next']).path}?{urlsplit(body['next']).query} HTTP/1.1"
    assert (3_700 < len(asked) <= 4_000, len(line) < 8_190) == (True, True)
    assert len(api.json(body["next"].removeprefix("http://127.0.0.1:8000/api/v1"))["results"]) == 1
    response = api.get(f"/tools?{asked}&{urlencode(licences[:5])}x")
    assert refused(response) == (400, "licence")
    assert response.json()["detail"].endswith(" characters, “licence” most of them; 4,000 are read.")
