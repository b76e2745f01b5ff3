"""Bodies of every operation: wrong types are refused by their place, whatever the library would make of them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api import document, parsing
from api.problems import Problem
from tests.api.client import Api, agrees, key_of
from tests.api.filling import address, fill_api
from tests.people import person

KINDS: dict[str, list[Any]] = {
    "string": [7, True, 1.5, [], {}, ["x"]],
    "boolean": [0, 1, "true", "1", "yes", [], {}, 1.0],
    "integer": ["7", True, 1.5, [], {}, "\u0661"],
    "array": ["x", 7, True, {}],
    "object": ["x", 7, True, []],
}
SCHEMAS = document.committed()["components"]["schemas"]


def resolved(schema: dict[str, Any]) -> dict[str, Any]:
    """Return what a schema refers to."""
    while "$ref" in schema or len(schema.get("allOf", ())) == 1:
        schema = SCHEMAS[schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema["allOf"][0]
    return schema


def fields() -> Iterator[tuple[str, str, str, str]]:
    """Yield (method, path, field, its type) of every body in the document."""
    for path, method, said in document.operations(document.committed()):
        content = said.get("requestBody", {}).get("content", {})
        for name, schema in (
            resolved(content.get("application/json", {}).get("schema", {})).get("properties", {}).items()
        ):
            kinds = resolved(schema).get("type", [])
            for kind in [kinds] if isinstance(kinds, str) else kinds:
                if kind in KINDS:
                    yield method, path, name, kind


ALL = sorted(fields())


def test_there_are_bodies() -> None:
    assert len(ALL) > 10


@pytest.mark.django_db
@pytest.mark.parametrize(("method", "path", "name", "kind"), ALL)
def test_a_value_of_another_type_is_refused_by_its_place(method: str, path: str, name: str, kind: str) -> None:
    owner, values = fill_api()
    where = address(path.replace("{", "<").replace("}", ">"), values).removeprefix("/api/v1")
    api = Api(key_of(owner))
    for wrong in KINDS[kind]:
        answer = api.send(method.upper(), where, {name: wrong})
        assert answer.status_code == 422, (wrong, answer.content)
        pointers = [one["pointer"] for one in answer.json()["errors"]]
        assert [one for one in pointers if one == f"/{name}" or one.startswith(f"/{name}/")], (wrong, pointers)


ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=20,
)


def read(data: bytes) -> Any:
    """Return the object in a body, or the kind of the problem with it."""
    try:
        return parsing.read(data)
    except Problem as problem:
        return problem.kind


@settings(max_examples=500, deadline=None)
@given(st.dictionaries(st.text(max_size=8), ANY, max_size=5))
def test_what_is_read_is_what_was_sent_or_refused(value: dict[str, Any]) -> None:
    data = json.dumps(value).encode("utf-8", "surrogatepass")
    assert read(data) in (value, "bad-body")


@settings(max_examples=500, deadline=None)
@given(st.binary(max_size=200) | st.text(alphabet='{}[]",:\\u0dD8ntf1eE.-+ ', max_size=60).map(str.encode))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    assert isinstance(read(data), dict) or read(data) == "bad-body"


@pytest.mark.django_db
def test_any_record_is_judged_and_none_is_an_error_of_ours() -> None:
    api = Api(key_of(person()))
    headers = {"Authorization": f"Bearer {api.key}"}
    names = st.sampled_from(["name", "description", "tags", "plans", "pricing", "links", "interfaces", "modality", "x"])
    known = st.sampled_from(["kind", "url", "amount", "access", "model", "in", "docs", "said_by"])
    parts = ANY | st.lists(st.dictionaries(known, ANY, max_size=3), max_size=3) | st.dictionaries(known, ANY)

    @settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.dictionaries(names, parts))
    def judge(record: dict[str, Any]) -> None:
        data = json.dumps({"record": record}).encode("utf-8", "surrogatepass")
        answer = api.client.generic(
            "POST", "/api/v1/submissions/validate", data=data, content_type="application/json", headers=headers
        )
        agrees("POST", "/submissions/validate", answer)
        assert answer.status_code in {200, 400, 422}
        for one in answer.json().get("problems", answer.json().get("errors", [])):
            assert one.get("pointer", "/record").startswith("/record"), one

    judge()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("header", "status"),
    [
        ({"Content-Encoding": "gzip"}, 415),
        ({"Content-Encoding": "identity"}, 400),
        ({"Transfer-Encoding": "chunked"}, 400),
    ],
)
def test_a_body_that_is_packed_or_without_its_length_is_refused(header: dict[str, str], status: int) -> None:
    api = Api(key_of(person()))
    headers = {"Authorization": f"Bearer {api.key}"} | header
    answer = api.client.generic(
        "POST", "/api/v1/submissions/validate", data=b"\x1f\x8b\x08", content_type="application/json", headers=headers
    )
    agrees("POST", "/submissions/validate", answer)
    assert answer.status_code == status, answer.content
