"""The card and what other tags say about tools."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.template import Context, Template
from django.test import Client, RequestFactory

from catalog import facts
from catalog.browse import Browse
from catalog.models import Category, Tool
from catalog.templatetags import catalog_ui
from tests import make


def card(tool: Tool, arguments: str = "tool") -> str:
    template = Template("{% load catalog_ui %}{% card " + arguments + " %}")
    return template.render(Context({"tool": Tool.objects.for_cards().get(pk=tool.pk)}))


def browse(path: str, base: Category | None = None) -> Browse:
    request = RequestFactory().get(path)
    return Browse(request, path=request.path, base=base)


def test_a_card_says_what_it_is_what_it_costs_and_that_nobody_has_checked_it() -> None:
    drawn = card(
        make.tool(
            slug="acme",
            name="Acme <b>",
            vendor="Acme & Co",
            launched="2025-11",
            interfaces=[{"kind": "mcp-remote", "url": "https://mcp.example.com"}, {"kind": "sdk"}],
        )
    )
    words = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", drawn))
    for said in ("Acme &lt;b&gt;", "Acme &amp; Co · App", "Free, open source", "Not checked", "launched Nov 2025"):
        assert said in words
    assert re.findall(r'<abbr title="([^"]+)">([^<]+)</abbr>', drawn) == [("Speaks MCP", "MCP"), ("Has an SDK", "SDK")]
    assert '<h3><a class="card-nm" href="/tools/acme/">' in drawn
    assert 'href="/compare/?tools=acme" aria-label="Compare Acme &lt;b&gt;"' in drawn
    assert 'datetime="2025-11"' in drawn


def test_a_card_without_launch_vendor_or_interfaces() -> None:
    tool = make.tool(vendor=None)
    drawn = card(tool, "tool 2 'The reason why'")
    assert "<h2>" in drawn
    assert "The reason why" in drawn
    assert tool.tagline not in drawn
    assert 'class="marks"' not in drawn
    assert re.search(r'listed <time datetime="2026-11-25"[^>]*>25 Nov 2026</time>', drawn)


def test_a_vendor_named_like_its_tool_is_not_said_twice() -> None:
    drawn = card(make.tool(name="Exa Two", vendor="Exa Two"))
    assert '<p class="card-by">App</p>' in drawn


def test_cards_cost_no_query_each(django_assert_num_queries: Any) -> None:
    tools = list(Tool.objects.listed().for_cards()[:24])
    template = Template("{% load catalog_ui %}{% for tool in tools %}{% card tool %}{% endfor %}")
    with django_assert_num_queries(0):
        assert template.render(Context({"tools": tools})).count('<li class="card">') == 24


@pytest.mark.parametrize(
    ("kinds", "words"),
    [
        ([], ""),
        (["sdk"], "SDK"),
        (["rest", "mcp-remote", "mcp-package", "sdk", "sdk"], "REST, MCP, 2 SDKs"),
        (["cli", "container", "container", "webhook"], "Command line, 2 containers, webhook"),
    ],
)
def test_reach_in_a_few_words(kinds: list[str], words: str) -> None:
    assert catalog_ui.reach(make.tool(interfaces=[{"kind": kind} for kind in kinds] or None)) == words


def test_links_are_named_and_each_address_stands_once() -> None:
    tool = make.tool(
        homepage="https://a.example.com", links={"docs": "https://a.example.com", "repo": "https://b.example.com"}
    )
    assert facts.links(tool) == [("Home", "https://a.example.com"), ("Code", "https://b.example.com")]


def test_facts_by_name() -> None:
    rows = [facts.Row("price", "Price", "Free", "What it costs")]
    assert catalog_ui.named(rows, "price") == rows[0]
    assert catalog_ui.named(rows, "auth") is None


def test_hidden_inputs_carry_the_state_without_noise() -> None:
    state = browse("/tools/?pricing=free&pricing=free-tier&q=%22x%22&sort=name&utm_source=y&page=1")
    inputs = re.findall(r'name="(\w+)" value="([^"]*)"', catalog_ui.kept(state, "q"))
    assert inputs == [("pricing", "free"), ("pricing", "free-tier"), ("sort", "name")]
    assert 'value="&quot;x&quot;"' in catalog_ui.kept(state, "sort")
    assert catalog_ui.sorted_by(state) == "name"
    assert catalog_ui.sorted_by(browse("/tools/?q=speech")) == ""


def test_the_address_of_a_state_is_one() -> None:
    assert catalog_ui.address(browse("/tools/?utm_source=y&pricing=free&q=a")) == "/tools/?q=a&pricing=free"
    assert catalog_ui.address(browse("/tools/?page=2&x=1")) == "/tools/?page=2"


def test_sub_categories_keep_the_filters() -> None:
    audio, speech = (Category.objects.get(slug=slug) for slug in ("audio-voice", "text-to-speech"))
    state = browse("/categories/audio-voice/?pricing=free", base=audio)
    assert catalog_ui.sub_address(state, speech) == "/categories/text-to-speech/?pricing=free"
    assert (
        catalog_ui.sub_address(browse("/categories/audio-voice/", base=audio), speech) == "/categories/text-to-speech/"
    )


def test_comparison_with_the_first_alternatives() -> None:
    one, *others = (make.tool(slug=f"c-{n}") for n in range(6))
    assert catalog_ui.compare_with(one, others) == "/compare/?tools=c-0,c-1,c-2,c-3"


def test_a_page_for_search_engines(client: Client) -> None:
    plain = client.get("/tools/?utm_source=x&page=2").content.decode()
    assert '<link rel="canonical" href="http://127.0.0.1:8000/tools/?page=2">' in plain
    assert "noindex" not in plain
    assert 'content="noindex, follow"' in client.get("/tools/?pricing=free").content.decode()


def test_an_added_name_that_is_not_found_is_said(client: Client) -> None:
    response = client.get("/compare/?tools=exa&add=zzzz,qqqq", follow=True)
    assert "Not found: “zzzz qqqq”" in response.content.decode()


def test_placeholders_are_no_links(client: Client) -> None:
    text = client.get("/tools/glean/").content.decode()
    assert "<span>https://{instance}-be.glean.com/mcp/default</span>" in text
    assert 'href="https://{' not in text


def test_who_says_the_price_and_when(client: Client) -> None:
    text = client.get("/tools/exa/").content.decode()
    glance = text[text.index('<dl class="glance">') : text.index("</dl>")]
    assert re.search(r"Free tier<small>our editors, <time [^>]*>25 Nov 2026</time>", glance)
    assert "Said by our editors" in text
