"""Snippets by the API."""

from __future__ import annotations

from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from api.manifests import keeping
from tests import make
from tests.api.client import Api

REST = {"kind": "rest", "base_url": "https://api.example.com/v1", "auth": "http", "env": "ONE_KEY"}
REMOTE = {"kind": "mcp-remote", "url": "https://mcp.example.com/mcp", "auth": "none"}
pytestmark = pytest.mark.django_db


def test_they_are_those_of_the_latest_manifest(api: Api) -> None:
    make.tool(slug="one", interfaces=[REST, REMOTE])
    keeping.sweep()
    body = api.json("/tools/one/snippets")
    assert (body["version"], f'"{body["sha256"]}"') == (1, api.get("/tools/one/manifest").headers["ETag"])
    found: Any = {(one["interface"], one["consumer"]) for one in body["results"]}
    assert {("rest", "curl"), ("mcp-remote", "claude-code")} <= found
    assert api.json("/tools/one/snippets?interface=rest&consumer=curl")["results"] == [
        {
            "consumer": "curl",
            "title": "curl",
            "interface": "rest",
            "language": "bash",
            "code": 'curl -gsS --fail-with-body https://api.example.com/v1 \\\n  -H "Authorization: Bearer $ONE_KEY"',
            "inputs": ["ONE_KEY"],
            "notes": [
                "This asks the base address alone: put a path of its API behind it.",
                "If it wants another header than “Authorization: Bearer”, its documents say so.",
            ],
        }
    ]


def test_what_is_not_there_is_said(api: Api) -> None:
    make.tool(slug="one", interfaces=[REST])
    assert (api.get("/tools/one/snippets").status_code, api.get("/tools/two/snippets").status_code) == (404, 404)
    keeping.sweep()
    assert api.get("/tools/one/snippets?consumer=fax").json()["errors"][0]["parameter"] == "consumer"
    response = api.get("/tools/one/snippets?interface=mcp")
    told = "“one” has no interface 'mcp'. /api/v1/tools/one/interfaces names them."
    assert (response.status_code, response.json()["detail"]) == (404, told)


@pytest.mark.parametrize("count", [1, 3])
def test_they_take_two_statements_however_many_interfaces_there_are(
    api: Api, count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    make.tool(slug="one", interfaces=[REST] * count)
    keeping.sweep()
    with django_assert_num_queries(2):
        api.json("/tools/one/snippets")
