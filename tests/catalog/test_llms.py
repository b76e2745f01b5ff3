"""/llms.txt has the form of llmstxt.org, is made of what is listed, and every link in it works."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import Client

from catalog.facets import FACETS
from catalog.models import Category, Tool
from tests import make

SITE = "https://catalog.example"
ITEM = re.compile(r"- \[(?P<title>[^\]]+)\]\((?P<url>https://[^)]+)\)(: .+)?")


@pytest.fixture
def text(client: Client, settings: Any) -> str:
    settings.SITE_URL = SITE
    response = client.get("/llms.txt", headers={"host": "localhost"})
    assert (response.status_code, response["Content-Type"]) == (200, "text/plain; charset=utf-8")
    return response.content.decode()


def test_it_has_a_title_a_summary_and_sections_of_links(text: str) -> None:
    head, *sections = re.split(r"^## ", text, flags=re.MULTILINE)
    lines = head.split("\n\n")
    assert lines[0] == "# AI Apps"
    assert lines[1].startswith("> A curated catalog of 1,772 AI tools: ")
    assert [part.split("\n")[0] for part in sections] == ["How to ask", "Categories", "Feeds", "Optional"]
    items = [line for part in sections for line in part.strip().split("\n")[2:]]
    assert [line for line in items if not ITEM.fullmatch(line)] == []


def test_every_link_works(client: Client, text: str) -> None:
    found = re.findall(r"\]\((https://[^)]+)\)", text)
    paths = [url.removeprefix(SITE) for url in found]
    assert [path for path in paths if urlsplit(path).netloc] == []
    others = [path for path in paths if not path.startswith("/categories/")]
    assert len(others) == 14
    assert [path for path in [*others, *paths[::20]] if client.get(path).status_code != 200] == []


def test_it_leads_to_exports_changes_and_pins(text: str) -> None:
    found = dict(re.findall(rf"- \[(\w+)\]\({SITE}(/api/v1/(?!openapi)[^)]+)\)", text))
    first = Tool.objects.listed().by_name()[0].slug
    assert found == {
        "Exports": "/api/v1/exports",
        "Changes": "/api/v1/changes?since=0",
        "Pins": f"/api/v1/pins?slugs={first}",
    }


def test_it_names_every_category_with_its_count_and_every_filter(client: Client, text: str) -> None:
    named = re.findall(rf"^- \[.+\]\({SITE}/categories/([a-z0-9-]+)/\): ([\d,]+)", text, re.MULTILINE)
    assert {slug for slug, _ in named} == set(Category.objects.values_list("slug", flat=True))
    counts = {slug: int(number.replace(",", "")) for slug, number in named}
    for slug in ("coding", "text-to-speech"):
        category = Category.objects.get(slug=slug)
        assert counts[slug] == Tool.objects.listed().in_category(category).count()
    filters = re.findall(r"^- `([a-z_]+)`: ", text, re.MULTILINE)
    assert filters == [*FACETS, "launched_since"]
    values = re.findall(r"^- `(pricing|kind|has_api)`: (.+)$", text, re.MULTILINE)
    for name, row in values:
        for value in re.findall(r"`([^`]+)`", row):
            assert client.get("/tools/", {name: value}).context["browse"].total > 0


def test_a_hostile_category_is_one_link(client: Client, settings: Any) -> None:
    settings.SITE_URL = SITE
    make.categories()
    Category.objects.create(slug="sly", name="](https://evil.example) <b>\n# x", position=0)
    lines = client.get("/llms.txt").content.decode().splitlines()
    assert [line for line in lines if "evil" in line] == [
        f"- [\\](https\\://evil.example) \\<b\\> \\# x]({SITE}/categories/sly/): 0 tools"
    ]


def test_it_asks_a_few_questions_and_can_be_read_from_anywhere(client: Client, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(3):
        response = client.get("/llms.txt")
    assert response["Access-Control-Allow-Origin"] == "*"
    assert (client.head("/llms.txt").status_code, client.post("/llms.txt").status_code) == (200, 405)


def test_an_empty_catalog_says_so(client: Client) -> None:
    Tool.objects.all().delete()
    assert "A curated catalog of 0 AI tools" in client.get("/llms.txt").content.decode()
