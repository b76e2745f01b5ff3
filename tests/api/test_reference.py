"""What the reference shows of an operation, for every shape that the document may have."""

from __future__ import annotations

import json
import subprocess
from dataclasses import replace
from typing import Any

import pytest
from django.http import QueryDict

from api import document, reference
from api.examples import submission
from api.reference import Parameter, Row

PART = {"type": "object", "required": ["size"], "properties": {"size": {"type": "integer", "minimum": 1}}}
THING = {
    "type": "object",
    "description": "A thing.",
    "required": ["name", "kind"],
    "properties": {
        "name": {"type": "string", "description": "what it is called"},
        "kind": {"$ref": "#/components/schemas/Kind"},
        "at": {"type": ["string", "null"], "format": "date-time"},
        "owner": {"oneOf": [{"$ref": "#/components/schemas/Part"}, {"type": "null"}], "description": "whose it is"},
        "parts": {"type": "array", "items": {"$ref": "#/components/schemas/Part"}},
        "thing": {"$ref": "#/components/schemas/Thing"},
    },
}
DOCUMENT: dict[str, Any] = {
    "paths": {
        "/api/v1/things/{slug}": {
            "get": {
                "operationId": "get_thing",
                "summary": "One thing",
                "description": "A longer text.",
                "tags": ["catalog"],
                "security": [{}, {"bearer": []}],
                "parameters": [
                    {"name": "slug", "in": "path", "required": True, "schema": {"type": "string"}},
                    {"$ref": "#/components/parameters/Limit"},
                    {
                        "name": "kind",
                        "in": "query",
                        "description": "of which kind",
                        "schema": {"type": "array", "items": {"type": "string", "enum": ["a", "b"]}},
                    },
                ],
                "responses": {
                    "200": {
                        "description": "As asked.",
                        "content": {
                            "application/json": {
                                "schema": {"$ref": "#/components/schemas/Thing"},
                                "examples": {"One": {"value": {"name": "ä"}}},
                            }
                        },
                    },
                    "304": {"$ref": "#/components/responses/Unchanged"},
                },
            },
            "patch": {
                "operationId": "change_thing",
                "summary": "Change a thing",
                "tags": ["catalog"],
                "security": [{"bearer": ["lists:write"]}],
                "parameters": [{"name": "slug", "in": "path", "required": True, "schema": {"type": "string"}}],
                "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}}},
                "responses": {"204": {"description": "Done."}},
            },
        }
    },
    "components": {
        "parameters": {
            "Limit": {
                "name": "limit", "in": "query", "schema": {"type": "integer", "minimum": 1, "maximum": 9, "default": 4}
            }
        },
        "responses": {"Unchanged": {"description": "You have it."}},
        "schemas": {"Thing": THING, "Part": PART, "Kind": {"type": "string", "enum": ["a", "b"]}},
    },
}  # fmt: skip


def shown(name: str) -> reference.Operation:
    found = reference.operation(DOCUMENT, name)
    assert found is not None
    return found


def test_operations_are_grouped_by_their_tags() -> None:
    groups = reference.groups(DOCUMENT)
    assert [(tag, [one.name for one in rows]) for tag, _, rows in groups] == [
        ("catalog", ["get_thing", "change_thing"])
    ]


def test_parameters_have_what_their_fields_need() -> None:
    assert shown("get_thing").parameters == (
        Parameter("slug", "path", "", "text", True, (), "ollama", False),
        Parameter("limit", "query", "", "integer from 1 to 9", False, (), "4", False),
        Parameter("kind", "query", "of which kind", "list of texts", False, ("a", "b"), "", True),
    )


def test_fields_are_listed_from_the_top_down_and_one_that_holds_itself_ends() -> None:
    rows = shown("get_thing").answers[0].rows
    assert rows[:8] == (
        Row("name", 0, "text", "what it is called", (), True),
        Row("kind", 0, "text", "", ("a", "b"), True),
        Row("at", 0, "time or null", "", (), False),
        Row("owner", 0, "object or null", "whose it is", (), False),
        Row("size", 1, "integer from 1", "", (), True),
        Row("parts[]", 0, "list of objects", "", (), False),
        Row("size", 1, "integer from 1", "", (), True),
        Row("thing", 0, "object", "", (), False),
    )
    assert max(row.deep for row in rows) == reference.DEEPEST - 1


def test_answers_say_their_words_and_show_their_example() -> None:
    assert [(one.status, one.told, one.kind, one.example) for one in shown("get_thing").answers] == [
        ("200", "As asked.", "application/json", '{\n  "name": "ä"\n}'),
        ("304", "You have it.", "", ""),
    ]


def test_what_is_sent_begins_with_what_it_needs() -> None:
    found = shown("change_thing")
    assert (found.writes, found.scope, found.body) == (True, "lists:write", '{\n  "name": "",\n  "kind": "a"\n}')
    assert found.curl == (
        "curl -sX PATCH 'http://127.0.0.1:8000/api/v1/things/ollama' \\\n"
        '  -H "Authorization: Bearer $AICATALOG_KEY" \\\n'
        "  -H 'Content-Type: application/json' \\\n"
        '  -d \'{\n  "name": "",\n  "kind": "a"\n}\''
    )


def test_what_only_its_reader_knows_has_a_place_in_the_command() -> None:
    path = "/api/v1/submissions/{key}"
    wanted = {"operationId": "one", "tags": ["submissions"], "responses": {}, "parameters": [
        {"name": "token_id", "in": "path", "required": True, "schema": {"type": "string"}}
    ]}  # fmt: skip
    found = reference.operation({"paths": {path.replace("key", "token_id"): {"delete": wanted}}}, "one")
    assert found is not None
    assert (found.to_fill, found.by_command) == (["PUT-TOKEN-ID-HERE"], True)
    assert found.curl == "curl -sX DELETE 'http://127.0.0.1:8000/api/v1/submissions/PUT-TOKEN-ID-HERE'"


@pytest.mark.parametrize("name", ["create_submission", "validate_submission", "change_submission"])
def test_a_body_with_a_record_begins_with_the_one_of_the_docs(name: str) -> None:
    found = reference.operation(document.committed(), name)
    assert found is not None
    assert json.loads(found.body)["record"] == json.loads(submission())["record"]


def test_a_body_is_one_word_of_a_shell() -> None:
    found = replace(shown("change_thing"), body='{"it": "it\'s $HOME `x` \\\\"}')
    run = subprocess.run(
        ["sh", "-c", reference.curl(found).replace("curl", "printf '%s\\n'", 1)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout.splitlines()[-1] == found.body


@pytest.mark.parametrize(
    ("asked", "address"),
    [
        ("slug=ollama", "/api/v1/things/ollama"),
        ("slug=a/b%3F&limit=&kind=a&kind=b", "/api/v1/things/a%2Fb%3F?kind=a&kind=b"),
        ("slug=//evil.example&unknown=1", "/api/v1/things/%2F%2Fevil.example"),
        ("slug=..", "/api/v1/things/.."),
    ],
)
def test_a_form_leads_to_an_address_of_the_api_and_nowhere_else(asked: str, address: str) -> None:
    assert reference.address(reference.filled(shown("get_thing"), QueryDict(asked))) == address


@pytest.mark.parametrize("asked", ["", "slug=", "slug=%20%09", "kind=a"])
def test_what_has_to_be_there_and_is_not_is_said(asked: str) -> None:
    assert [one.name for one in reference.filled(shown("get_thing"), QueryDict(asked)).parameters if one.wrong] == [
        "slug"
    ]


def test_there_is_no_other_operation() -> None:
    assert reference.operation(DOCUMENT, "no_such") is None


def test_what_is_sent_as_a_header_is_one_in_the_command_and_not_asked_for_in_the_address() -> None:
    found = reference.operation(document.committed(), "delete_list")
    assert found is not None
    typed = reference.filled(found, QueryDict("list=mine&If-Match=%22it%27s%22"))
    assert reference.address(typed) == "/api/v1/lists/mine"
    shown = ["bash", "-c", f"printf '%s|' {typed.curl[4:]}"]
    assert subprocess.run(shown, check=True, capture_output=True, text=True).stdout == (
        '-sX|DELETE|http://127.0.0.1:8000/api/v1/lists/mine|-H|Authorization: Bearer |-H|If-Match: "it\'s"|'
    )
