"""A tool that is listed already is found by any of its signs; others on its host, or of its maker, are not."""

from __future__ import annotations

from typing import Any

import pytest

from catalog import services
from catalog.models import Alias, Tool
from submissions.duplicates import find
from tests import make

pytestmark = pytest.mark.django_db


def brief(**asked: Any) -> list[tuple[str, str, str]]:
    return [(one.tool.slug, one.strength, one.code) for one in find(**asked)]


@pytest.fixture
def lantern() -> Tool:
    make.tool(name="Something else")
    return make.tool(
        slug="lantern", name="Paper Lantern", vendor="Lantern Works", homepage="https://www.lantern-ai.com/",
        links={"repo": "https://github.com/Lantern/reader"},
        interfaces=[
            {"kind": "mcp-package", "registry": "npm", "package": "@lantern/mcp"},
            {"kind": "sdk", "registry": "pypi", "package": "Lantern-SDK"},
            {"kind": "container", "image": "ghcr.io/lantern/reader"},
        ],
    )  # fmt: skip


@pytest.mark.parametrize(
    ("asked", "strength", "code"),
    [
        ({"url": "https://www.lantern-ai.com/"}, "same", "same_address"),
        ({"url": "http://LANTERN-ai.com/index.html?utm_source=x#top"}, "same", "same_address"),
        ({"url": "lantern-ai.com"}, "same", "same_address"),
        ({"url": "https://app.lantern-ai.com"}, "likely", "same_domain"),
        ({"url": "https://lantern-ai.com/reader", "name": "Paper Lantern AI"}, "likely", "name_and_domain"),
        ({"url": "https://lantern-ai.com/reader", "name": "Paper Lanterm"}, "likely", "name_and_domain"),
        ({"repo": "https://github.com/lantern/reader.git"}, "likely", "same_repository"),
        ({"url": "https://github.com/lantern/reader/"}, "likely", "same_repository"),
        ({"repo": "https://github.com/lantern/reader", "name": "paper lantern"}, "same", "same_repository"),
        ({"packages": [("npm", "@Lantern/MCP")]}, "same", "same_package"),
        ({"packages": [("image", "ghcr.io/lantern/reader")]}, "same", "same_package"),
        ({"packages": [("pypi", "lantern-sdk")]}, "maybe", "same_package"),
        ({"name": "PaperLantern", "vendor": "lantern works"}, "likely", "name_and_vendor"),
        ({"name": "paper  lantern"}, "maybe", "same_name"),
        ({"name": "Paper Lantern", "url": "https://other.example.org/"}, "maybe", "same_name"),
    ],
)  # fmt: skip
def test_each_sign_finds_it(lantern: Tool, asked: dict[str, Any], strength: str, code: str) -> None:
    assert brief(**asked) == [("lantern", strength, code)]


@pytest.mark.parametrize(
    "asked",
    [
        {}, {"url": "", "name": "  ", "repo": "", "packages": [("npm", "")]}, {"url": "not an address"},
        {"url": "https://lantern-ai.com/reader"}, {"url": "https://lantern-ai.com/reader", "name": "Scroll"},
        {"url": "https://other-lantern-ai.com"}, {"repo": "https://github.com/lantern/other"},
        {"repo": "https://github.com/lantern"}, {"packages": [("npm", "lantern-sdk"), ("pypi", "@lantern/mcp")]},
        {"name": "Paper", "vendor": "Lantern Works"}, {"name": "%"}, {"name": "\u202e"}, {"url": "https://[::1/"},
    ],
)  # fmt: skip
def test_what_is_not_it_finds_nothing(lantern: Tool, asked: dict[str, Any]) -> None:
    assert brief(**asked) == []


def test_pages_on_a_host_of_many_are_told_apart() -> None:
    make.tool(slug="one", homepage="https://huggingface.co/spaces/acme/one")
    make.tool(slug="two", homepage="https://acme.github.io/")
    make.tool(slug="three", homepage="https://medium.com/@acme/three", name="Third")
    assert brief(url="https://huggingface.co/spaces/acme/two") == []
    assert brief(url="https://huggingface.co/spaces/acme/one/") == [("one", "same", "same_address")]
    assert brief(url="https://other.github.io/") == []
    assert brief(url="https://medium.com/@acme/thirds", name="Third") == [("three", "maybe", "same_name")]


def test_the_surest_reason_is_given_and_the_surest_tool_comes_first(lantern: Tool) -> None:
    make.tool(slug="a-namesake", name="Paper Lantern")
    found = find(url="lantern-ai.com", name="Paper Lantern", repo="https://github.com/lantern/reader",
                 packages=[("npm", "@lantern/mcp")])  # fmt: skip
    assert [(one.tool.slug, one.why) for one in found] == [
        ("lantern", "Paper Lantern has the same home page, https://www.lantern-ai.com/."),
        ("a-namesake", f"Paper Lantern has the same name, at {found[1].tool.homepage}."),
    ]


def test_tools_that_were_taken_out_or_merged_or_renamed_are_found(lantern: Tool) -> None:
    services.delist_tools([lantern])
    assert [one.why for one in find(url="lantern-ai.com")] == [
        "Paper Lantern has the same home page, https://www.lantern-ai.com/. It is not listed any more."
    ]
    into = make.tool(slug="lamp", name="Lamp")
    Alias.objects.create(slug="lantern", tool=into)
    assert [(one.tool.slug, one.why) for one in find(url="lantern-ai.com")] == [
        ("lamp", "Paper Lantern has the same home page, https://www.lantern-ai.com/. It is part of Lamp now.")
    ]
    services.update_tool(into, make.record(slug="torch", name="Torch"), categories=make.categories())
    assert [(one.tool.slug, one.strength, one.why) for one in find(name="Lamp")] == [
        ("torch", "maybe", "Torch was listed under this name before.")
    ]


def test_it_looks_among_the_tools_that_are_given(lantern: Tool) -> None:
    assert find(url="lantern-ai.com", among=Tool.objects.exclude(pk=lantern.pk)) == []


@pytest.mark.parametrize("rows", [1, 3])
def test_it_asks_three_questions_however_many_there_are(rows: int, django_assert_num_queries: Any) -> None:
    for number in range(rows):
        make.tool(name="Twin", homepage=f"https://twin-ai.com/{number}",
                  interfaces=[{"kind": "cli", "registry": "npm", "package": "twin"}])  # fmt: skip
    with django_assert_num_queries(3):
        found = find(url="https://twin-ai.com/", name="Twin", vendor="Nobody",
                     repo="https://github.com/twin/twin", packages=[("npm", "twin")])  # fmt: skip
        assert [(one.strength, one.code, one.tool.name) for one in found] == [("same", "same_package", "Twin")] * rows
