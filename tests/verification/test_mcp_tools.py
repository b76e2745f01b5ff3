"""Rules about lists of tools: names, schemas, descriptions."""

from __future__ import annotations

import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verification.mcp import lint, tools

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["type", "properties", "$ref", "$schema", "items", "a"]), inner, max_size=4)
    ),
    max_leaves=20,
)


def nested(levels: int) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "object"}
    for _ in range(levels - 1):
        schema = {"type": "object", "additionalProperties": schema}
    return schema


@pytest.mark.parametrize(
    ("schema", "codes"),
    [
        ({"type": "object"}, set()),
        ({"type": "object", "properties": {"a": {"type": ["string", "null"]}}}, set()),
        ({"type": "object", "$defs": {"a": {}}, "properties": {"b": {"$ref": "#/$defs/a"}}}, set()),
        ({"type": "object", "properties": {"a": {"pattern": "^\\p{L}(?<n>x)$"}}}, set()),  # JavaScript's, not Python's
        ({"type": "object", "$schema": "http://json-schema.org/draft-07/schema#", "definitions": {}}, set()),
        ({"type": "object", "$schema": "https://nobody.example/schema"}, set()),
        ({"type": "object", "$schema": "http://["}, set()),
        ({"type": "object", "$schema": 7}, {"bad_schema"}),
        ({"type": "object", "properties": []}, {"bad_schema"}),
        ({"type": "object", "required": "a"}, {"bad_schema"}),
        ({"type": "object", "properties": {"a": {"type": "strnig"}}}, {"bad_schema"}),
        ({"properties": {}}, {"bad_schema"}),
        ({"type": "string"}, {"bad_schema"}),
        (None, {"bad_schema"}),
        ([], {"bad_schema"}),
        (True, {"bad_schema"}),
        ({"type": "object", "allOf": [{"$ref": "https://a.example/s"}]}, {"remote_ref"}),
        ({"type": "object", "properties": {"a": {"$ref": "other.json#/a"}}}, {"remote_ref"}),
        (nested(32), set()),
        (nested(33), {"deep_schema"}),
        (nested(500), {"deep_schema"}),
    ],
)
def test_what_is_wrong_with_a_schema(schema: Any, codes: set[str]) -> None:
    assert tools.schema_problems(schema) == codes


@given(st.lists(ANYTHING, max_size=5))
def test_no_list_of_tools_raises(found: list[Any]) -> None:
    facts = tools.kept(found)

    assert tools.parts(found) == facts["tools_parts"]
    tools.problems(facts["tools"])
    lint.score(facts["tools"])
    assert facts["tools_count"] == len(found)


def test_the_hash_of_a_list_does_not_depend_on_its_order_but_on_each_word() -> None:
    first, second = {"name": "a", "description": "x"}, {"name": "b", "description": "y"}

    assert tools.fingerprint([first, second]) == tools.fingerprint([second, first])
    assert tools.fingerprint([first, second]) != tools.fingerprint([first, second | {"description": "y "}])


SCHEMA = {"type": "object", "properties": {"a": {"type": "string"}}}
WHOLE = {"name": "a", "title": "A", "description": "x", "inputSchema": SCHEMA, "outputSchema": SCHEMA,
         "annotations": {"readOnlyHint": True}}  # fmt: skip


@pytest.mark.parametrize(
    ("change", "part"),
    [
        ({"inputSchema": {"type": "object"}}, "input"),
        ({"outputSchema": None}, "output"),
        ({"title": "B"}, "words"),
        ({"description": "y"}, "words"),
        ({"annotations": {"readOnlyHint": False}}, "hints"),
    ],
)
def test_the_hashes_of_a_tool_say_which_part_of_it_changed(change: Any, part: str) -> None:
    before, after = tools.parts([WHOLE])["a"], tools.parts([WHOLE | change])["a"]

    assert set(before) == {"input", "output", "words", "hints"}
    assert {name for name in before if before[name] != after.get(name)} == {part}
    assert ("output" in after) == (part != "output")


def test_tools_of_one_name_have_one_hash_whatever_their_order() -> None:
    second = WHOLE | {"description": "y"}

    assert tools.parts([WHOLE, second]) == tools.parts([second, WHOLE])
    assert tools.parts([WHOLE, second])["a"]["words"] != tools.parts([WHOLE])["a"]["words"]
    assert tools.parts([None, {"name": 1}, {"name": "b"}]) == {"b": {}}


def test_what_is_kept_of_a_huge_list_is_bounded_and_says_that_it_was_cut() -> None:
    long = {"name": "a", "description": "x" * 10_000, "inputSchema": {"type": "object", "title": "y" * 30_000}}

    one = tools.kept([long])
    many = tools.kept([long | {"name": f"tool_{number}"} for number in range(500)])

    assert len(one["tools"][0]["description"]) == tools.TEXT
    assert one["tools"][0]["schema"] is None
    assert tools.problems(one["tools"]) == []
    assert one["tools_cut"] is True
    assert many["tools_cut"] is True
    assert many["tools_count"] == 500
    assert len(str(many["tools"])) < 1.2 * tools.TOTAL


@pytest.mark.parametrize(
    ("name", "is_fine"),
    [
        ("a", True),
        ("get_user.v2-x", True),
        ("a" * 128, True),
        ("a" * 129, False),
        ("a b", False),
        ("é", False),
        ("", False),
    ],
)
def test_names_of_tools(name: str, is_fine: bool) -> None:
    tool = {"name": name, "schema": {"type": "object"}}

    assert [one["code"] for one in tools.problems([tool])] == ([] if is_fine else ["bad_name"])


@pytest.mark.parametrize(
    ("tool", "rules"),
    [
        ({"name": "a", "description": "Finds papers.", "annotations": {"readOnlyHint": True}}, []),
        ({"name": "a", "description": " ", "annotations": {"readOnlyHint": True}}, ["no-description"]),
        ({"name": "get_user", "description": "Gets the user and the team", "annotations": {}}, ["missing-annotations"]),
        (
            {"name": "get_user", "description": "Get user.", "annotations": {}},
            ["tautological-description", "missing-annotations"],
        ),
        (
            {"name": "getUser", "description": "Get the users", "annotations": {"title": "x"}},
            ["tautological-description", "missing-annotations"],
        ),
        (
            {
                "name": "a",
                "description": "Finds.",
                "schema": {"properties": {"b": {}}},
                "annotations": {"idempotentHint": True},
            },
            ["undocumented-parameters"],
        ),
        (
            {"name": "a", "description": "YOU MUST ALWAYS and NEVER do it.", "annotations": {"readOnlyHint": True}},
            ["shouting"],
        ),
    ],
)
def test_rules_about_descriptions(tool: dict[str, Any], rules: list[str]) -> None:
    assert list(lint.findings(tool)) == rules


@pytest.mark.parametrize(
    ("text", "shouts"),
    [
        ("Returns the HTTP status of a URL as JSON.", False),
        ("Uses the AWS API.", False),
        ("IMPORTANT: call it once.", False),
        ("IMPORTANT: you MUST ALWAYS call it.", True),
        ("Call it!!!", True),
        ("THIS TOOL WILL CHANGE YOUR WHOLE LIFE", True),
        ("", False),
    ],
)
def test_shouting(text: str, shouts: bool) -> None:
    assert lint.is_shouting(text) is shouts


def test_one_bad_tool_shows_in_the_score() -> None:
    good = {"name": "a", "description": "Finds papers.", "annotations": {"readOnlyHint": True}}
    bad = {"name": "b", "description": ""}

    assert lint.score([good])["score"] == 1.0
    assert lint.score([good] * 9 + [bad])["score"] == round(0.6 * 9.3 / 10 + 0.4 * 0.3, 2)
    assert lint.score([])["score"] is None


def test_a_schema_full_of_references_is_judged_quickly() -> None:
    schema = {"type": "object", "properties": {f"p{number}": {"$ref": "#/$defs/a"} for number in range(3_000)}}
    began = time.process_time()

    assert tools.schema_problems(schema) == set()
    assert time.process_time() - began < 20
