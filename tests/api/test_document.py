"""The OpenAPI document: committed as the code makes it, valid, whole, and naming no site."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings as site
from django.core.management import CommandError, call_command
from django.urls import URLPattern, URLResolver, get_resolver
from openapi_spec_validator import OpenAPIV31SpecValidator

from api import document
from api.base import View
from api.document_views import LINKSET
from tests.api.client import Api
from tests.api.expected import rows
from tests.matrix.routes import API

MADE = document.made()
OPERATIONS = document.operations(MADE)


def test_the_committed_document_is_the_one_that_the_code_makes() -> None:
    assert document.PATH.read_bytes() == document.written(MADE), "run: manage.py openapi"


def test_it_is_valid_openapi_3_1() -> None:
    OpenAPIV31SpecValidator(json.loads(document.written(MADE))).validate()
    assert MADE["openapi"] == "3.1.0"


def test_it_names_no_site() -> None:
    found = dict(json.loads(document.written(MADE)))
    assert found["servers"] == [{"url": "/"}]
    assert site.SITE_NAME not in found["info"]["title"]


def test_it_holds_every_address_and_method_of_the_table_and_no_others() -> None:
    table = {(row.method, re.sub(r"<(\w+)>", r"{\1}", row.route)) for row in rows()}
    assert {(method.upper(), path) for path, method, _ in OPERATIONS} == table


def test_every_operation_says_what_it_is_and_every_name_is_there_once() -> None:
    names = [said["operationId"] for _, _, said in OPERATIONS]
    assert len(set(names)) == len(names)
    for path, method, said in OPERATIONS:
        assert re.fullmatch(r"[a-z]+(_[a-z0-9]+)+", said["operationId"]), said["operationId"]
        assert (len(said["tags"]), said["tags"][0] in document.TAGS) == (1, True), (method, path, said["tags"])
        assert said["summary"], (method, path)
        for one in said.get("parameters", []):
            assert one.get("description") or one["in"] == "path", f"{method} {path}: say what {one['name']} is"
        for status, answer in said["responses"].items():
            assert document.resolved(MADE, answer)["description"], (method, path, status)


def views() -> Iterator[type[View]]:
    def walk(patterns: list[URLPattern | URLResolver]) -> Iterator[type[View]]:
        for one in patterns:
            if isinstance(one, URLResolver):
                yield from walk(one.url_patterns)
            elif issubclass(getattr(one.callback, "view_class", object), View):
                yield one.callback.view_class  # type: ignore[attr-defined]

    yield from walk(get_resolver().url_patterns)


def test_a_view_names_exactly_the_parameters_that_the_document_does() -> None:
    for path, method, said in OPERATIONS:
        told = {one["name"] for one in said.get("parameters", []) if one["in"] == "query"}
        view = view_of(path)
        known = set(view.parameters) if method == "get" else set()
        assert told == known, f"{method} {path}: the document {sorted(told)}, the view {sorted(known)}"


def view_of(path: str) -> Any:
    """Return the view that answers a path of the document."""
    from django.urls import resolve

    filled = re.sub(r"\{(\w+)\}", lambda found: SAMPLES.get(found[1], "a1"), path)
    return resolve(filled).func.view_class  # type: ignore[attr-defined]


SAMPLES = {"sha256": "a" * 64, "id": "1", "run": "1", "serial": "1"}


def test_what_is_public_needs_nothing_and_the_rest_its_scope() -> None:
    by_route = {(row.method.lower(), re.sub(r"<(\w+)>", r"{\1}", row.route)): row.scope for row in rows()}
    for path, method, said in OPERATIONS:
        scope = by_route[method, path]
        # a key or a webhook would outlive the app that made it
        apps = [] if scope in {"keys:write", "webhooks:write"} else [{"oauth2": [scope]}]
        wanted: list[Any] = [{"bearer": [scope]}, *apps]
        assert said["security"] == ([{}, {"bearer": []}, {"oauth2": []}] if scope == "-" else wanted), (method, path)


@pytest.mark.django_db
def test_it_is_served_with_the_name_and_the_address_of_the_site(api: Api, settings: Any) -> None:
    settings.SITE_URL, settings.SITE_NAME = "https://catalog.example", "Tools"
    found = api.json("/openapi.json")
    assert (found["servers"], found["info"]["title"]) == ([{"url": "https://catalog.example"}], "Tools API")
    assert found["paths"] == json.loads(document.PATH.read_bytes())["paths"]


@pytest.mark.django_db
def test_the_root_leads_to_the_document_and_to_all_that_is_read(api: Api) -> None:
    response = api.get("")
    found = response.json()
    assert found["document"] == "http://127.0.0.1:8000/api/v1/openapi.json"
    assert response.headers["Link"] == f'<{found["document"]}>; rel="service-desc"'
    assert found["operations"]["list_categories"] == "http://127.0.0.1:8000/api/v1/categories"
    assert sorted(found["operations"]) == sorted(
        said["operationId"] for _, method, said in OPERATIONS if method == "get"
    )


@pytest.mark.django_db
def test_programs_find_the_api_by_the_catalog_of_rfc_9727(client: Any) -> None:
    response = client.get("/.well-known/api-catalog")
    assert (response.status_code, response.headers["Content-Type"]) == (200, LINKSET)
    here, root = "http://127.0.0.1:8000/.well-known/api-catalog", f"http://127.0.0.1:8000{API}"
    assert response.json() == {
        "linkset": [
            {"anchor": here, "item": [{"href": root}]},
            {
                "anchor": root,
                "service-desc": [{"href": f"{root}/openapi.json", "type": "application/json"}],
                "service-doc": [{"href": "http://127.0.0.1:8000/api/docs/", "type": "text/html"}],
                "status": [{"href": "http://127.0.0.1:8000/status.json", "type": "application/json"}],
            },
        ]
    }
    head = client.head("/.well-known/api-catalog")
    assert (head.content, head.headers["Link"]) == (b"", f'<{here}>; rel="api-catalog"')


def test_the_command_compares_and_refuses_to_break(tmp_path: Any, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    call_command("openapi", check=True)
    assert capsys.readouterr().out == f"{len(OPERATIONS)} operations, as committed.\n"
    old = json.loads(document.written(MADE))
    old["paths"]["/api/v1/lost"] = old["paths"]["/api/v1/categories"]
    file = tmp_path / "openapi.json"
    file.write_text(json.dumps(old))
    monkeypatch.setattr(document, "PATH", file)
    with pytest.raises(CommandError, match="is not what the code makes"):
        call_command("openapi", check=True)
    with pytest.raises(CommandError, match=r"/api/v1/lost is gone\."):
        call_command("openapi")
    assert json.loads(file.read_bytes()) == old
    call_command("openapi", may_break=True)
    assert file.read_bytes() == document.written(MADE)


@pytest.mark.django_db
def test_an_error_is_a_problem_in_debug_mode_too(settings: Any) -> None:
    settings.DEBUG = True  # `make run`: pages of errors are the site's own then
    response = Api().get("/tools/no-such-tool")
    assert (response.status_code, response.headers["Content-Type"]) == (404, "application/problem+json")
