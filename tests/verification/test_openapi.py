"""OpenAPI documents: what they say and whether they are valid."""

from __future__ import annotations

import copy
import signal
import subprocess
import sys
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.safehttp import Answer, BadDocument
from verification.reading import openapi, openapi_worker

DOCUMENT: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": "Papers", "version": "1"},
    "paths": {"/a": {"get": {"operationId": "a", "responses": {"200": {"description": "ok"}}}}},
}
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["servers", "url", "paths", "/a", "get", "components", "securitySchemes", "info", "host", "$ref"]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=15,
)


def answer(body: bytes) -> Answer:
    return Answer(url="https://a.example/", verdict="ok", code="200", message="", body=body)


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (b'{"a": 1}', {"a": 1}),
        (b"a: 1", {"a": 1}),
        (b"{a: 1}", {"a": 1}),  # YAML that begins like JSON
        (b'\n {"a": "2020-01-01"}', {"a": "2020-01-01"}),
        (b"a: 2020-01-01", {"a": "2020-01-01"}),
    ],
)
def test_documents_that_can_be_read(body: bytes, value: Any) -> None:
    assert openapi.read(answer(body)) == value


@pytest.mark.parametrize(
    "body", [b'{"a": [}', b"a: [", b"\xff\xfe\x00", b'{"a": NaN}', b"{" * 200, b"!!python/object:os.system {}"]
)
def test_documents_that_cannot_be_read(body: bytes) -> None:
    with pytest.raises(BadDocument):
        openapi.read(answer(body))


@pytest.mark.parametrize(
    ("document", "version"),
    [
        ({"openapi": "3.1.0"}, "3.1.0"),
        ({"openapi": 3.0}, "3.0"),
        ({"swagger": "2.0"}, "2.0"),
        ({"swagger": 2.0}, "2.0"),
        ({"openapi": True}, ""),
        ({"openapi": ["3.1.0"]}, ""),
        ({}, ""),
        ([], ""),
        ("openapi: 3.1.0", ""),
    ],
)
def test_versions(document: object, version: str) -> None:
    assert openapi.version_of(document) == version


@given(ANYTHING)
def test_no_document_makes_the_summary_raise(value: Any) -> None:
    if isinstance(value, dict):
        said = openapi.summary(value | {"openapi": "3.1.0"})
        assert said["version"] == "3.1.0"
        assert 0 <= said["without_id"] <= said["operations"]


def test_what_a_document_says() -> None:
    document = copy.deepcopy(DOCUMENT) | {
        "servers": [{"url": "https://api.a.example/v1"}, {"url": "/v2"}, {"no": "url"}, "x"],
        "components": {"securitySchemes": {"key": {"type": "apiKey"}, "login": {"type": "oauth2"}, "odd": 5}},
    }
    document["paths"] |= {"/b": {"post": {"operationId": "a", "security": []}, "summary": "x"}, "/c": {"get": {}}}

    assert openapi.summary(document) == {
        "version": "3.1.0",
        "title": "Papers",
        "operations": 3,
        "without_id": 1,
        "duplicate_ids": ["a"],
        "servers": ["https://api.a.example/v1", "/v2"],
        "security": {"schemes": ["apiKey", "oauth2"], "used": True},
    }


def test_a_document_of_swagger_2_names_its_host() -> None:
    said = openapi.summary({"swagger": "2.0", "host": "api.a.example", "basePath": "/v1", "paths": {}})

    assert said["servers"] == ["https://api.a.example/v1"]


@pytest.mark.parametrize("version", ["4.0.0", "1.2", "x"])
def test_an_unknown_version_is_not_called_invalid(version: str) -> None:
    assert openapi.validity({"openapi": version}) == openapi.Validity("unknown_version")


@pytest.mark.parametrize(
    "place",
    [
        lambda ref: {"/a": {"$ref": ref}},
        lambda ref: {
            "/a": {"get": {"parameters": [{"$ref": ref}, {"$ref": ref}], "responses": {"200": {"description": "x"}}}}
        },
        lambda ref: {"/a": {"get": {"responses": {"200": {"$ref": ref}}}}},
        lambda ref: {
            "/a": {"get": {"responses": {"200": {"description": "x", "content": {"a/b": {"schema": {"$ref": ref}}}}}}}
        },
    ],
    ids=["path", "parameter", "response", "schema"],
)
@pytest.mark.parametrize("version", ["3.0.3", "3.1.0"])
def test_references_to_other_documents_are_neither_followed_nor_held_against_it(place: Any, version: str) -> None:
    paths = place("http://127.0.0.1:9/never-asked.json#/x")

    found = openapi.validity(DOCUMENT | {"openapi": version, "paths": paths})

    assert (found.state, found.outside > 0) == ("valid", True)


def test_files_of_this_machine_are_not_read() -> None:
    paths = {"/a": {"$ref": "file:///etc/hostname"}, "/b": {"$ref": "/etc/hostname"}}

    assert openapi.validity(DOCUMENT | {"paths": paths}) == openapi.Validity("valid", (), 2)


def test_a_schema_that_refers_to_itself_is_valid() -> None:
    node = {"type": "object", "properties": {"next": {"$ref": "#/components/schemas/Node"}}}

    assert openapi.validity(DOCUMENT | {"components": {"schemas": {"Node": node}}}).state == "valid"


@pytest.mark.parametrize("version", ["3.0.3", "3.1.0"])
def test_a_pattern_that_only_javascript_can_read_is_valid(version: str) -> None:
    name = {"type": "string", "pattern": "^[\\p{L}\\p{N}]+(?<end>x)$"}

    assert openapi.validity(DOCUMENT | {"openapi": version, "components": {"schemas": {"Name": name}}}).errors == ()


def test_a_validator_that_takes_too_long_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(openapi, "SECONDS", 0.05)

    assert openapi.validity(DOCUMENT) == openapi.Validity("too_slow")


def test_a_validator_that_takes_too_much_memory_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    worker = tmp_path / "worker.py"
    worker.write_text("import resource\nresource.setrlimit(resource.RLIMIT_AS, (10**8, 10**8))\nbytes(10**9)\n")
    monkeypatch.setattr(openapi, "WORKER", worker)

    assert openapi.validity(DOCUMENT) == openapi.Validity("too_slow")


ENDLESS = """
import importlib.util, sys
spec = importlib.util.spec_from_file_location("worker", sys.argv[1])
worker = importlib.util.module_from_spec(spec)
spec.loader.exec_module(worker)
worker.CPU = 1
def errors(document):
    while True:
        pass
worker.errors = errors
worker.main()
"""


def test_the_worker_is_ended_by_the_system_when_it_has_used_up_its_time_of_the_processor() -> None:
    done = subprocess.run(
        [sys.executable, "-I", "-c", ENDLESS, str(openapi.WORKER)],
        input=b"{}", capture_output=True, timeout=60, check=False,
    )  # fmt: skip
    assert -done.returncode in {signal.SIGXCPU, signal.SIGKILL}
    assert done.stdout == b""


def test_a_large_document_is_validated_in_time() -> None:
    operation = DOCUMENT["paths"]["/a"]["get"]
    paths = {f"/{number}": {"get": operation | {"operationId": f"id{number}"}} for number in range(400)}
    began = time.monotonic()

    assert openapi.validity(DOCUMENT | {"paths": paths}).state == "valid"
    assert time.monotonic() - began < openapi.SECONDS


def test_the_worker_says_at_most_twenty_things() -> None:
    schemes = {f"s{number}": {"type": 5} for number in range(50)}

    assert len(openapi_worker.errors(DOCUMENT | {"components": {"securitySchemes": schemes}})) == openapi_worker.ERRORS
