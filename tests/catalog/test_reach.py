"""Snippets, facts in words, comparison: nothing is guessed."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

from catalog import comparison, facts, snippets
from catalog.models import Tool
from catalog.records import with_record_rows
from tests import make

TODAY = dt.date(2026, 11, 25)


def made(**changes: object) -> Tool:
    tool: Tool = with_record_rows(Tool.objects.all()).get(pk=make.tool(**changes).pk)
    return tool


def test_snippets_follow_from_the_listed_facts_the_usual_one_first(django_assert_num_queries: Any) -> None:
    tool = made(
        slug="acme",
        interfaces=[
            {"kind": "mcp-remote", "url": "https://mcp.example.com/mcp"},
            {"kind": "mcp-package", "registry": "npm", "package": "@acme/mcp", "env": "ACME_KEY"},
            {"kind": "openai-compatible", "base_url": "https://api.example.com/v1", "env": "ACME_KEY"},
            {"kind": "sdk", "registry": "pypi", "package": "acme"},
            {"kind": "container", "image": "acme/server"},
            {"kind": "webhook", "url": "https://hooks.example.com"},
            {"kind": "rest", "base_url": "https://api.example.com"},
        ],
    )
    with django_assert_num_queries(0):
        by_interface = snippets.by_interface(tool)
    found = [by_interface.get(row.pk, ()) for row in tool.interfaces.all()]
    assert [[one.consumer for one in of] for of in found] == [
        ["mcp-json", "langchain", "llamaindex", "haystack", "openai-responses", "anthropic", "vscode", "cursor",
         "claude-code"],
        ["mcp-json", "vscode", "cursor", "claude-code", "install"],
        ["openai-sdk", "curl", "python-httpx", "litellm", "airflow", "github-actions", "terraform"],
        ["install"],
        ["docker"],
        [],
        ["curl", "python-httpx", "airflow", "github-actions", "terraform"],
    ]  # fmt: skip
    assert json.loads(found[0][0].code) == {
        "mcpServers": {"acme": {"type": "http", "url": "https://mcp.example.com/mcp"}}
    }
    assert json.loads(found[1][0].code)["mcpServers"]["acme"] == {
        "command": "npx",
        "args": ["-y", "@acme/mcp"],
        "env": {"ACME_KEY": "${ACME_KEY}"},
    }
    assert 'api_key=os.environ["ACME_KEY"]' in found[2][0].code
    assert (found[3][0].code, found[3][0].is_line) == ("pip install acme", True)
    assert (found[4][0].code, found[4][0].is_line) == ("docker run --rm -it acme/server", False)
    assert found[6][0].notes == (
        "This asks the base address alone: put a path of its API behind it.",
        "Whether it wants a key is not known: its documents say so.",
    )


def test_what_is_not_known_is_empty_and_never_no() -> None:
    tool = made(platforms=None, modality=None, pricing={"access": "unknown", "model": [], "source": "unknown",
                                                        "said_by": "none"})  # fmt: skip
    empty = {row.name for row in facts.rows(tool, TODAY) if not row.value}
    assert empty >= {"price", "access", "model", "source", "platforms", "input", "output", "api", "auth", "self_hosted"}


def test_every_stated_fact_says_who_says_it() -> None:
    tool = made(licence="MIT", launched="2024", launched_said_by="list")
    rows = {row.name: row for row in facts.rows(tool, TODAY)}
    assert (rows["launched"].mark, rows["licence"].mark, rows["price"].mark) == ("l", "e", "e")
    late = {row.name: row.note for row in facts.rows(tool, TODAY + dt.timedelta(days=400))}
    assert (late["price"], rows["price"].note) == ("price not re-checked", "")


def test_a_comparison_tells_what_differs(settings: Any) -> None:
    settings.SITE_URL = "https://site.example"
    one = made(name="One", vendor="A|B", licence="MIT")
    two = made(name="Two", licence="MIT", platforms=["web", "linux"])
    lines = comparison.lines([one, two], TODAY)
    assert {line.label for line in lines if not line.same} == {"Vendor", "Platforms"}
    kept = [line for line in lines if not line.same]
    assert comparison.markdown([one, two], kept) == (
        f"| | [One](https://site.example/tools/{one.slug}/) | [Two](https://site.example/tools/{two.slug}/) |\n"
        "| --- | --- | --- |\n"
        "| Vendor | A\\|B | Two |\n"
        "| Platforms | Web | Web, Linux |\n"
    )
    assert [name for name, _ in comparison.grouped(lines, only_differences=True)] == ["What it is", "How to reach it"]
