"""Tags and filters of the look, one table each."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest
from django.core.paginator import Paginator
from django.template import Context, Template, TemplateSyntaxError
from django.test import RequestFactory

from core.templatetags import ui


def render(text: str, path: str = "/", **context: Any) -> str:
    return Template(text).render(Context({"request": RequestFactory().get(path), **context}))


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("OpenClaw", "Op"),
        ("ChatGPT Atlas", "CA"),
        ("Genie 3", "G3"),
        ("gpt-oss", "GO"),
        ("Z.ai", "ZA"),
        ("ollama", "Ol"),
        ("E2B", "E2"),
        ("X", "X"),
        ("Ärzte_buch", "ÄB"),
        ("通义 千问", "通千"),
        ("…", ""),
    ],
)
def test_monogram_letters(name: str, letters: str) -> None:
    assert ui.monogram(name) == letters


def test_a_monogram_keeps_its_ground_and_is_hidden_from_screen_readers() -> None:
    drawn = render("{% mono name slug 'l' %}", name="<Exa>", slug="exa")
    assert drawn == '<span class="mg mg-1 mg-l" aria-hidden="true">Ex</span>'
    grounds = {re.findall(r"mg-(\d)", ui.mono("A", f"tool-{n}"))[0] for n in range(200)}
    assert grounds == set("01234567")


def test_a_state_has_a_shape_and_a_word_and_is_one_of_four() -> None:
    drawn = render("{% state 'unk' 'Not checked' %}")
    assert "#s-unk" in drawn
    assert drawn.endswith("Not checked</span>")
    assert 'width="16" height="16" aria-hidden="true"' in drawn
    with pytest.raises(TemplateSyntaxError):
        render("{% state 'great' 'Great' %}")


def test_dates_are_times() -> None:
    date = dt.date(2026, 3, 5)
    assert ui.day(date) == '<time datetime="2026-03-05" title="5 March 2026">5 Mar 2026</time>'
    assert ui.day_short(date) == '<time datetime="2026-03-05" title="5 March 2026">5 Mar</time>'
    assert (ui.day(None), ui.day_short(None)) == ("", "")


@pytest.mark.parametrize(
    ("value", "noun", "words"),
    [
        (0, "tool", "0 tools"),
        (1, "tool", "1 tool"),
        (1772, "tool", "1,772 tools"),
        (1, "category,categories", "1 category"),
        (18, "category,categories", "18 categories"),
    ],
)
def test_plural(value: int, noun: str, words: str) -> None:
    assert ui.plural(value, noun) == words


def test_words_in_the_middle_of_a_sentence() -> None:
    assert [ui.lower_first(text) for text in ("Free tier", "API key", "MIT", "")] == [
        "free tier",
        "API key",
        "MIT",
        "",
    ]
    assert (ui.spaced("web-search-api"), ui.number(1772)) == ("web search api", "1,772")


def test_addresses_as_people_say_them() -> None:
    assert (ui.host("https://www.exa.ai/x"), ui.host("no address")) == ("exa.ai", "no address")
    assert ui.brief("https://www.github.com/exa-labs/exa-py/") == "github.com/exa-labs/exa-py"
    assert len(ui.brief("https://example.com/" + "a" * 90)) == 44


@pytest.mark.parametrize(
    ("address", "may"),
    [
        ("https://mcp.exa.ai/mcp", True),
        ("http://example.com", True),
        ("https://1.1.1.1/", True),
        ("https://{account}.example.com/", False),
        ("https://mcp.example.dev/{KEY}/v2", False),
        ("http://localhost:11434/v1", False),
        ("http://127.0.0.1:8000", False),
        ("http://[::1]:8000", False),
        ("http://192.168.1.2/", False),
        ("http://ollama:11434", False),
        ("http://host.docker.internal:80", False),
        ("https://[broken", False),
        ("javascript:alert(1)", False),
        ("exa-py", False),
        ("", False),
    ],
)
def test_only_public_addresses_become_links(address: str, may: bool) -> None:
    assert ui.linkable(address) is may
    drawn = ui.linked(address)
    assert ("<a " in drawn) is may
    assert ('rel="noopener nofollow"' in drawn) is may


def test_a_linked_text_is_escaped() -> None:
    assert "<script>" not in ui.linked("https://example.com/?<script>", "<script>")
    assert "<script>" not in ui.linked("<script>")


@pytest.mark.parametrize(
    ("path", "current"),
    [("/tools/", ' aria-current="page"'), ("/tools/exa/", ' aria-current="true"'), ("/new/", "")],
)
def test_a_link_of_the_navigation_says_where_we_are(path: str, current: str) -> None:
    assert render("{% nav_link 'catalog:tools' 'Tools' %}", path) == f'<a href="/tools/"{current}>Tools</a>'


def test_the_navigation_needs_no_request() -> None:
    tag = "{% nav_link 'catalog:tools' 'Tools' %}"
    assert Template(tag).render(Context()) == '<a href="/tools/">Tools</a>'


def test_pages_keep_the_other_parameters_and_leave_gaps() -> None:
    page = Paginator(range(240), 24).page(5)
    drawn = render("{% pager page %}", "/new/?period=year&page=5", page=page)
    assert re.findall(r'href="([^"]+)"', drawn) == [f"?period=year&amp;page={n}" for n in (4, 1, 4, 6, 10, 6)]
    assert re.findall(r'aria-current="page">.*?</span>(\d+)<', drawn) == ["5"]
    assert drawn.count("…") == 2
    assert "97 to 120 of 240" in drawn
    assert render("{% pager page %}", page=Paginator(range(24), 24).page(1)).strip() == ""
