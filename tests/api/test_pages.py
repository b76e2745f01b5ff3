"""Pages of the API for people: docs, errors, reference."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from api import document
from api.examples import tasks
from api.problems import KINDS
from api.snippets import CONSUMERS
from api.told import TOLD

NAMES = [said["operationId"] for _, _, said in document.operations(document.committed())]
COMMANDS = Path(__file__).parents[2] / "clients/python/aicatalog/cli"
pytestmark = pytest.mark.django_db


def page(path: str) -> str:
    response = Client().get(path)
    assert response.status_code == 200, path
    return response.content.decode()


def test_every_kind_of_error_has_a_paragraph_where_its_type_leads() -> None:
    assert set(KINDS) <= set(TOLD)
    found = page("/api/docs/errors/")
    assert re.findall(r'<section class="sec" id="([a-z-]+)"', found) == [*KINDS, "limits"]


def test_the_docs_show_tasks_in_three_languages_with_the_address_of_the_site(settings: Any) -> None:
    settings.SITE_URL = "https://catalog.example"
    found = page("/api/docs/")
    languages = re.findall(r'data-language="(\w+)"', found)
    assert languages == ["curl", "Python", "JavaScript"] * 5
    programs = re.findall(r'<code id="\w+-(?:curl|Python|JavaScript)">.*?</code>', found, re.DOTALL)
    assert [("https://catalog.example" in one, "127.0.0.1" in one) for one in programs] == [(True, False)] * 15


def test_the_docs_say_where_a_key_comes_from_before_what_needs_one() -> None:
    found = page("/api/docs/")
    first = found.index('href="/portal/keys/new/"')
    assert first < found.index("AICATALOG_KEY")
    asked = found.split('id="submit"')[1].split("<pre")[0]
    assert re.findall(r'href="(/portal/keys/new/)"', asked) == ["/portal/keys/new/"]
    assert re.findall(r"<code>(submissions:\w+)</code>", asked) == ["submissions:read", "submissions:write"]


def test_the_docs_say_how_many_tasks_they_have_and_list_them_apart() -> None:
    found = page("/api/docs/")
    said = re.search(r"(\d+) tasks, each as a program to copy: (.*?)\.\s", found, re.DOTALL)
    assert said is not None
    listed = re.findall(r'<a href="#([\w-]+)">', said[2].split("Then")[0])
    assert listed == [one.name for one in tasks()]
    assert (int(said[1]), said[2].count("; ")) == (len(listed), len(listed) - 1)
    assert f"by program: {len(listed)} tasks in curl" in found


def test_the_docs_lead_to_what_there_is_beyond_reading(settings: Any) -> None:
    settings.SITE_URL = "https://catalog.example"
    more = page("/api/docs/").split('id="more" ')[1].split("</section>")[0]
    assert re.findall(r"<dt>(.*?)</dt>", more) == [
        "All of it",
        "What changes",
        "Command line",
        "Lockfiles",
        "Wiring in",
    ]
    assert re.findall(r'href="([^"]+)"', more) == [
        "/api/v1/exports",
        "/api/docs/reference/list_changes/",
        "/api/docs/reference/list_records/",
        "/portal/webhooks/",
        "/api/docs/reference/list_pins/",
        "/api/docs/reference/list_tool_snippets/",
    ]
    assert "https://catalog.example/exports/latest/catalog.sqlite" in more
    assert f"paste for {len(CONSUMERS)} consumers" in more


def test_the_commands_that_the_docs_name_are_those_of_the_client() -> None:
    more = page("/api/docs/").split('id="more" ')[1].split("</section>")[0]
    assert set(re.findall(r"aicatalog (\w+)", more)) == {"search", "lock", "check", "show"}
    assert set(re.findall(r"aicatalog (\w+)", more)) <= {path.stem for path in COMMANDS.glob("*.py")}


def test_the_address_of_exports_leads_to_the_list_of_them() -> None:
    response = Client().get("/exports/")
    assert (response.status_code, response["Location"]) == (302, "/api/v1/exports")
    assert Client().get(response["Location"]).json() == {"results": []}


def test_the_operations_that_the_docs_name_exist() -> None:
    found = page("/api/docs/")
    linked = set(re.findall(r'href="/api/docs/reference/(\w+)/"', found))
    assert linked <= set(NAMES)


def test_the_reference_lists_every_operation_once() -> None:
    assert sorted(re.findall(r'href="/api/docs/reference/(\w+)/"', page("/api/docs/reference/"))) == sorted(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_every_operation_has_a_page_with_all_its_parameters_and_answers(name: str) -> None:
    path, method, said = next(one for one in document.operations(document.committed()) if one[2]["operationId"] == name)
    found = page(f"/api/docs/reference/{name}/")
    fields = re.findall(r'name="([\w-]+)" data-in="(?:path|query|header)"', found)
    assert fields == [document.resolved(document.committed(), one)["name"] for one in said.get("parameters", [])]
    assert re.findall(r"<dt>(\d{3})</dt>", found) == list(said["responses"])
    assert f'data-method="{method.upper()}" data-path="{path}"' in found


def test_a_form_leads_to_the_address_without_script() -> None:
    response = Client().get("/api/docs/reference/list_categories/go/", {"unknown": "1"})
    assert (response.status_code, response.headers["Location"]) == (302, "/api/v1/categories")


def test_a_form_without_a_field_of_the_path_says_which_and_keeps_the_rest() -> None:
    response = Client().get("/api/docs/reference/list_tool_runs/go/", {"slug": " ", "limit": "7"})
    text = response.content.decode()
    assert response.status_code == 422
    assert re.findall(r'<p class="err" id="e-(\w+)" role="alert">', text) == ["slug"]
    assert "Fill in slug: the address is not complete without it." in text
    assert re.findall(r'name="limit"[^>]*value="(\d+)"', text) == ["7"]


@pytest.mark.parametrize("path", ["/api/docs/reference/no_such/", "/api/docs/reference/no_such/go/"])
def test_there_is_no_page_of_an_operation_that_there_is_not(path: str) -> None:
    assert Client().get(path).status_code == 404


def test_the_foot_of_every_page_leads_to_the_docs() -> None:
    assert '<li><a href="/api/docs/">API</a></li>' in page("/tools/")
