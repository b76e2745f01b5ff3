"""A program that knows nothing but the OpenAPI document: it finds operations by their names and calls them."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from tests import make
from tests.verification import over_time_rows

pytestmark = pytest.mark.django_db


class Program:
    """Reads the document once; after that it knows addresses, parameters and fields from there alone."""

    def __init__(self, address: str) -> None:
        self.client = Client()
        self.document: dict[str, Any] = self.client.get(address).json()
        self.server = self.document["servers"][0]["url"]
        self.operations = {
            said["operationId"]: (method, path, said)
            for path, item in self.document["paths"].items()
            for method, said in item.items()
        }

    def call(self, name: str, **values: Any) -> Any:
        """Call an operation; values go where the document puts parameters. Returns the answer as JSON."""
        method, path, said = self.operations[name]
        places = {one["name"]: one["in"] for one in said.get("parameters", [])}
        assert set(values) <= set(places), f"{name} knows {sorted(places)}"
        query = {key: value for key, value in values.items() if places[key] == "query"}
        filled = re.sub(r"\{(\w+)\}", lambda found: str(values[found[1]]), path)
        return self._answer(said, self.client.generic(method.upper(), filled, query_params=query))

    def follow(self, name: str, address: str) -> Any:
        """Follow a link that an operation gave out."""
        assert address.startswith(self.server)
        return self._answer(self.operations[name][2], self.client.get(address.removeprefix(self.server)))

    def everything(self, name: str, **values: Any) -> list[Any]:
        """Return the rows of all pages of a list."""
        page = self.call(name, **values)
        found = list(page["results"])
        while page["next"] is not None:
            page = self.follow(name, page["next"])
            found += page["results"]
        return found

    def values_of(self, name: str, parameter: str) -> list[str]:
        """Return what the document lets a parameter be."""
        schema = next(one["schema"] for one in self.operations[name][2]["parameters"] if one["name"] == parameter)
        found: list[str] = schema.get("items", schema)["enum"]
        return found

    def _answer(self, said: dict[str, Any], response: Any) -> Any:
        status = str(response.status_code)
        assert status in said["responses"], f"{status} is not in the document"
        assert response.headers["Content-Type"] in said["responses"][status]["content"]
        return response.json()


@pytest.fixture
def program() -> Program:
    """The program, having read the document where the catalog of APIs says it is."""
    found = Client().get("/.well-known/api-catalog").json()["linkset"]
    address = next(one["service-desc"][0]["href"] for one in found if "service-desc" in one)
    return Program(address.removeprefix("http://127.0.0.1:8000"))


def test_it_lists_categories(program: Program) -> None:
    make.categories()
    assert [one["slug"] for one in program.call("list_categories")["results"]] == ["coding", "ide-assistants"]


def test_it_filters_and_follows_the_pages_to_the_end(program: Program) -> None:
    made = [make.tool(kind="app" if number % 2 else "library").slug for number in range(9)]
    wanted = sorted(slug for number, slug in enumerate(made) if number % 2 == 0)
    assert "library" in program.values_of("list_tools", "kind")
    assert sorted(one["slug"] for one in program.everything("list_tools", kind="library", limit=2)) == wanted
    assert sorted(one["slug"] for one in program.everything("list_tools", limit=4)) == sorted(made)


def test_it_reads_what_was_seen_of_one_tool(program: Program) -> None:
    tool = make.tool(interfaces=[{"kind": "rest", "base_url": "https://made.example.com/v1", "auth": "none"}])
    over_time_rows.incident(over_time_rows.endpoint(tool))
    seen = program.call("get_tool_verification", slug=tool.slug)
    assert (seen["tool"], seen["level"], seen["latest_run"]) == (tool.slug, 0, None)
    assert seen["endpoints"] == program.call("get_tool_health", slug=tool.slug)["endpoints"]
    assert len(program.everything("list_tool_incidents", slug=tool.slug)) == 1


def test_it_follows_changes_and_misses_none(program: Program) -> None:
    made = [make.tool().slug for _ in range(5)]
    serial, more, seen = 0, True, []
    while more:
        page = program.call("list_changes", since=serial, limit=2)
        seen += [one["tool"] for one in page["changes"]]
        serial, more = page["last_serial"], page["has_more"]
    assert seen == made
