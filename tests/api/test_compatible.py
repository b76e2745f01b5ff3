"""What breaks clients of the API is found in the document; what is only added is not."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from api.compatible import breaks

Doc = dict[str, Any]
THING = {
    "type": "object",
    "required": ["name", "kind"],
    "properties": {
        "name": {"type": "string", "maxLength": 40},
        "at": {"type": "string", "format": "date-time"},
        "kind": {"type": "string", "enum": ["a", "b"]},
        "more": {"type": ["string", "null"]},
        "parts": {"type": "array", "items": {"$ref": "#/components/schemas/Part"}},
    },
}
PART = {"type": "object", "properties": {"size": {"type": "integer"}}}
OLD: Doc = {
    "paths": {
        "/things": {
            "get": {
                "operationId": "list_things",
                "security": [{}, {"bearer": []}],
                "parameters": [
                    {"name": "q", "in": "query", "schema": {"type": "string", "maxLength": 40}},
                    {"name": "sort", "in": "query", "schema": {"type": "string", "enum": ["new", "old"]}},
                ],
                "responses": {
                    "200": {
                        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}},
                        "headers": {"ETag": {"schema": {"type": "string"}}},
                    },
                    "404": {"description": "none"},
                },
            },
            "post": {
                "operationId": "create_thing",
                "security": [{"bearer": ["things:write"]}],
                "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}}},
                "responses": {"201": {"description": "made"}},
            },
        }
    },
    "components": {"schemas": {"Thing": THING, "Part": PART}},
}


def get(doc: Doc) -> Doc:
    found: Doc = doc["paths"]["/things"]["get"]
    return found


def post(doc: Doc) -> Doc:
    found: Doc = doc["paths"]["/things"]["post"]
    return found


def thing(doc: Doc) -> Doc:
    found: Doc = doc["components"]["schemas"]["Thing"]
    return found


BREAKING: list[tuple[Callable[[Doc], Any], list[str]]] = [
    (lambda doc: doc["paths"].pop("/things"), ["/things is gone."]),
    (lambda doc: doc["paths"]["/things"].pop("post"), ["POST /things is gone."]),
    (
        lambda doc: get(doc).update(operationId="all_things"),
        ["GET /things: the operation is called all_things, not list_things."],
    ),
    (lambda doc: get(doc)["parameters"].pop(0), ["GET /things: the parameter q is gone."]),
    (
        lambda doc: get(doc)["parameters"][0].update(required=True),
        ["GET /things: the parameter q has to be given now."],
    ),
    (
        lambda doc: get(doc)["parameters"].append({"name": "x", "in": "query", "required": True}),
        ["GET /things: the new parameter x has to be given."],
    ),
    (
        lambda doc: get(doc)["parameters"][0]["schema"].update(maxLength=20),
        ["GET /things parameter q: maxLength is 20 now."],
    ),
    (
        lambda doc: get(doc)["parameters"][0]["schema"].update(type="integer"),
        ["GET /things parameter q: was string, is integer."],
    ),
    (
        lambda doc: get(doc)["parameters"][1]["schema"].update(enum=["new"]),
        ["GET /things parameter sort: old is no value any more."],
    ),
    (
        lambda doc: get(doc)["parameters"][0]["schema"].update(enum=["x"]),
        ["GET /things parameter q: only some values are taken now."],
    ),
    (lambda doc: get(doc)["responses"].pop("200"), ["GET /things: 200 is no answer any more."]),
    (
        lambda doc: get(doc)["responses"]["200"].update(content={"text/html": {}}),
        ["GET /things 200: application/json is gone."],
    ),
    (
        lambda doc: thing(doc)["properties"].pop("more"),
        ["GET /things 200: the field more is gone.", "POST /things body: the field more is gone."],
    ),
    (
        lambda doc: doc["components"]["schemas"]["Part"]["properties"].pop("size"),
        ["GET /things 200 parts[]: the field size is gone.", "POST /things body parts[]: the field size is gone."],
    ),
    (
        lambda doc: thing(doc)["properties"]["kind"].update(enum=["a"]),
        ["GET /things 200 kind: b is no value any more.", "POST /things body kind: b is no value any more."],
    ),
    (lambda doc: thing(doc)["required"].remove("name"), ["GET /things 200: the field name may be missing now."]),
    (lambda doc: thing(doc)["required"].append("more"), ["POST /things body: the field more has to be sent now."]),
    (
        lambda doc: thing(doc)["properties"]["name"].update(type=["string", "null"]),
        ["GET /things 200 name: was string, is null or string."],
    ),
    (
        lambda doc: thing(doc)["properties"]["more"].update(type="string"),
        ["POST /things body more: was null or string, is string."],
    ),
    (
        lambda doc: get(doc).update(security=[{"bearer": ["things:read"]}]),
        ["GET /things: needs a key now.", "GET /things: bearer does not do with no scope any more."],
    ),
    (
        lambda doc: post(doc).update(security=[{"bearer": ["things:all"]}]),
        ["POST /things: bearer does not do with things:write any more."],
    ),
    (
        lambda doc: get(doc)["parameters"][0]["schema"].update(pattern="^[0-9]+$"),
        ["GET /things parameter q: pattern is ^[0-9]+$ now."],
    ),
    (
        lambda doc: get(doc)["parameters"][1].update(explode=False),
        ["GET /things: explode of the parameter sort is False now."],
    ),
    (
        lambda doc: get(doc)["responses"]["200"]["headers"].pop("ETag"),
        ["GET /things 200: the header ETag is gone."],
    ),
    (
        lambda doc: thing(doc)["properties"]["parts"].update(minItems=2),
        ["POST /things body parts: minItems is 2 now."],
    ),
    (
        lambda doc: thing(doc).update(additionalProperties=False),
        ["POST /things body: fields that are not named are refused now."],
    ),
    (
        lambda doc: thing(doc)["properties"]["at"].update(format="date"),
        ["GET /things 200 at: format is date now.", "POST /things body at: format is date now."],
    ),
    (
        lambda doc: thing(doc)["properties"].update(name={}),
        ["GET /things 200 name: was string, and may be anything now."],
    ),
    (lambda doc: post(doc)["requestBody"].update(required=True), ["POST /things: the body has to be sent now."]),
]
ADDING: list[Callable[[Doc], Any]] = [
    lambda doc: None,
    lambda doc: doc["paths"].update({"/others": doc["paths"]["/things"]}),
    lambda doc: doc["paths"]["/things"].update(delete={"operationId": "delete_things", "responses": {}}),
    lambda doc: get(doc)["parameters"].append({"name": "x", "in": "query"}),
    lambda doc: get(doc)["parameters"][0]["schema"].update(maxLength=80),
    lambda doc: get(doc)["parameters"][1]["schema"]["enum"].append("best"),
    lambda doc: get(doc)["responses"].pop("404"),
    lambda doc: get(doc)["responses"].update({"410": {"description": "gone"}}),
    lambda doc: thing(doc)["properties"].update(colour={"type": "string"}),
    lambda doc: thing(doc)["properties"]["kind"]["enum"].append("c"),
    lambda doc: post(doc).update(security=[{}]),
]


@pytest.mark.parametrize(("change", "told"), BREAKING, ids=[told[0] for _, told in BREAKING])
def test_what_breaks_clients_is_told(change: Callable[[Doc], Any], told: list[str]) -> None:
    new = copy.deepcopy(OLD)
    change(new)
    assert breaks(OLD, new) == told


@pytest.mark.parametrize("change", ADDING)
def test_what_is_added_is_fine(change: Callable[[Doc], Any]) -> None:
    new = copy.deepcopy(OLD)
    change(new)
    assert breaks(OLD, new) == []
