"""Every parameter of every operation that reads, given wrongly in every way the document tells apart: refused by name.

The cases are made from the document, so a new operation or parameter is in them without a word.
"""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from django.test import Client

from api import cursors, document
from tests.api.client import key_of
from tests.api.expected import rows
from tests.api.filling import address, fill_api
from tests.matrix.routes import filled

pytestmark = pytest.mark.django_db
DOCUMENT = document.committed()
READS = {path: said for path, method, said in document.operations(DOCUMENT) if method == "get"}
LONG = "x" * 9_000
NAUGHTY = ("\0", "%", "'", '"', "\\", "../..", "\U0001f600", "\u202e", "NaN", "-0", "1e999", "\U0001d7d9", " ")


def wrong_values(one: dict[str, Any]) -> list[str]:
    """Return values that a parameter cannot have, by its schema."""
    schema = document.resolved(DOCUMENT, one["schema"])
    schema = document.resolved(DOCUMENT, schema.get("items", schema))
    kinds, found = kinds_of(schema), []
    if "integer" in kinds:
        found += ["x", "1.5", "1e3", "", "٣", "+1", " 1", "9" * 400, "0x10", "-"]
        found += [str(schema["minimum"] - 1)] if "minimum" in schema else []
        found += [str(schema["maximum"] + 1)] if "maximum" in schema else []
    if "boolean" in kinds:
        found += ["maybe", "2", "", "yes please"]
    if "enum" in schema:
        found += ["no-such-value", str(schema["enum"][0]).upper() + "x", LONG]
    if one["name"] == "cursor":
        found += wrong_cursors()
    return found


def wrong_cursors() -> list[str]:
    """Return cursors that no list gave out: made up, cut, changed, of another list, of an older version."""
    signed = cursors.write("another list", [[], [1], False])
    return ["x", "", "=", "ä", "a.b", LONG, signed, signed[:-1], signed + "A", signed.swapcase(), f"{signed}\n"]


def cases() -> list[tuple[str, str, str]]:
    """Return (path of the document, parameter, value) of everything that has to be refused."""
    return [
        (path, one["name"], value)
        for path, said in READS.items()
        for one in said.get("parameters", [])
        if one["in"] == "query"
        for value in wrong_values(one)
    ]


@pytest.fixture
def asker() -> Any:
    """Send a GET to a path of the document as whose things it names; returns the answer."""
    owner, values = fill_api()
    headers = {"Authorization": f"Bearer {key_of(owner)}"}
    client = Client(raise_request_exception=False)
    routes = {row.route.replace("<", "{").replace(">", "}"): address(row.route, values) for row in rows()}

    def ask(path: str, query: str) -> Any:
        return client.get(f"{routes[path]}?{query}", headers=headers)

    return ask


def refused(answer: Any, name: str) -> str:
    """Return what is wrong with a refusal; nothing when it is right."""
    if answer.status_code != 400:
        return f"{answer.status_code} {answer.content[:120]!r}"
    body = json.loads(answer.content)
    if body["type"].partition("#")[2] != "bad-parameter":
        return str(body["type"])
    named = [one.get("parameter") for one in body.get("errors", [])]
    return "" if named == [name] else f"names {named}"


def test_values_that_a_parameter_cannot_have_are_refused_by_its_name(asker: Any) -> None:
    wrong = {}
    for path, name, value in cases():
        told = refused(asker(path, urlencode({name: value})), name)
        if told:
            wrong[f"{path}?{name}={value[:30]}"] = told
    assert wrong == {}


def test_what_is_unknown_or_given_twice_is_refused_by_its_name(asker: Any) -> None:
    wrong = {}
    for path, said in READS.items():
        tries = [("no_such", "no_such=1"), ("no_such", f"no_such={LONG}"), ("", "=1"), ("limit[]", "limit[]=1")]
        for one in said.get("parameters", []):
            if one["in"] == "query" and one["schema"].get("type") != "array":
                value = good(one)
                tries.append((one["name"], f"{one['name']}={value}&{one['name']}={value}"))
        for name, query in tries:
            told = refused(asker(path, query), name)
            if told:
                wrong[f"{path}?{query[:40]}"] = told
    assert wrong == {}


def good(one: dict[str, Any]) -> str:
    """Return a value that a parameter can have."""
    schema = document.resolved(DOCUMENT, one["schema"])
    if "enum" in schema:
        return str(schema["enum"][0])
    return "1" if {"integer", "boolean"} & set(kinds_of(schema)) else "a"


def kinds_of(schema: dict[str, Any]) -> list[str]:
    """Return the types of a schema."""
    kinds = schema.get("type", "string")
    return [kinds] if isinstance(kinds, str) else list(kinds)


def test_no_text_in_any_place_is_a_fault_of_the_site(asker: Any) -> None:
    """Texts that are hard to read: every parameter answers with 200 or a problem below 500, and paths likewise."""
    wrong = {}
    for path, said in READS.items():
        for one in said.get("parameters", []):
            if one["in"] != "query":
                continue
            for text in (*NAUGHTY, LONG):
                answer = asker(path, f"{one['name']}={quote(text)}")
                if answer.status_code not in {200, 400, 404, 414}:
                    wrong[f"{path}?{one['name']}={text[:20]}"] = answer.status_code
    assert wrong == {}


@pytest.mark.parametrize("text", [*NAUGHTY, "x" * 500, "a%2Fb", "%C0%AE", "-1", "0", "99999999999999999999"])
def test_no_text_in_a_path_is_a_fault_of_the_site(text: str) -> None:
    wrong = {}
    client = Client(raise_request_exception=False)
    owner, values = fill_api()
    headers = {"Authorization": f"Bearer {key_of(owner)}"}
    for row in rows():
        if row.method != "GET" or "<" not in row.route:
            continue
        for name in [part.partition(">")[0] for part in row.route.split("<")[1:]]:
            path = filled(row.route, values | {name: text if "%" in text and len(text) > 1 else quote(text, safe="")})
            answer = client.get(path, headers=headers)
            if answer.status_code not in {200, 301, 400, 404}:
                wrong[path] = answer.status_code
    assert wrong == {}
