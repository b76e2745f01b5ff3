"""A program that knows nothing but the OpenAPI document: it finds operations by their names and calls them."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from tests import make

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
