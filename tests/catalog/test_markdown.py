"""Markdown of listings: whatever they say stays text, a link or code."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from catalog import markdown
from tests import make
from tests.markdown_reader import HOSTILE, PARSER, headings, inline, links, visible

PIECES = [
    *"#*_[]()<>!`~|\\&;:/.@+-=1a \n\t\"'$^{}",
    "www.",
    "http://",
    "//e.fr",
    "&amp;",
    "e.fr",
    "a@b.fr",
    "[x]: y",
    "---",
    "```",
]
TEXTS = st.lists(st.sampled_from(PIECES), max_size=14).map("".join) | st.text(max_size=40)


@given(TEXTS)
def test_escaped_text_is_read_back_as_it_was(text: str) -> None:
    for source, wanted in (
        (f"N: {markdown.escape(text)}", f"N: {visible(text)}"),
        (markdown.line(text), visible(text)),
    ):
        if not wanted.strip():
            continue
        tokens = PARSER.parse(source)
        assert [token.type for token in tokens] == ["paragraph_open", "inline", "paragraph_close"]
        assert {child.type for child in inline(tokens)} <= {"text", "text_special"}
        assert "".join(child.content for child in inline(tokens)) == wanted.strip()


@given(TEXTS)
def test_a_heading_holds_the_whole_text_and_nothing_else(text: str) -> None:
    if visible(text).strip():
        assert headings(f"# {markdown.line(text)}") == [("h1", visible(text).strip())]


@given(TEXTS)
def test_code_is_read_back_as_it_was(text: str) -> None:
    if visible(text).strip("` "):
        (found,) = inline(PARSER.parse(markdown.code(text)))
        assert (found.type, found.content) == ("code_inline", visible(text))


@given(TEXTS)
def test_a_block_of_code_ends_where_it_should(text: str) -> None:
    plain = text.replace("\r", "").replace("\x00", "")
    (found,) = PARSER.parse(markdown.block(plain))
    assert (found.type, found.content.rstrip("\n")) == ("fence", plain.rstrip("\n"))


@given(TEXTS)
def test_a_link_has_one_address_and_the_words_it_was_given(text: str) -> None:
    tokens = inline(PARSER.parse(markdown.link(f"N {text}", f"https://e.example/{text.strip()}")))
    assert [token.type for token in tokens if "link" in token.type] == ["link_open", "link_close"]
    assert "".join(token.content for token in tokens) == visible(f"N {text}").strip()


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("Research & Development, $20/mo: C# (v2.0)!", "Research & Development, $20/mo: C# (v2.0)!"),
        ("text-to-speech", "text-to-speech"),
        ("exa.ai", "exa.ai"),
        ("snake_case *bold*", "snake\\_case \\*bold\\*"),
        ("&copy; <b>", "\\&copy; \\<b\\>"),
        ("www.e.fr https://e.fr //e.fr a@b.fr", "www\\.e.fr https\\://e.fr \\//e.fr a\\@b.fr"),
    ],
)
def test_only_what_would_be_markup_is_escaped(text: str, written: str) -> None:
    assert markdown.escape(text) == written


@pytest.mark.parametrize(
    ("address", "written"),
    [
        ("https://e.example/a_b?c=1&d=2", "<https://e.example/a_b?c=1&d=2>"),
        ("https://{tenant}.example.com/mcp", "`https://{tenant}.example.com/mcp`"),
        ("javascript:alert(1)", "`javascript:alert(1)`"),
        ("http://127.0.0.1:11434", "`http://127.0.0.1:11434`"),
    ],
)
def test_only_public_addresses_become_links(address: str, written: str) -> None:
    assert markdown.linked(address) == written


def test_a_hostile_name_stays_in_its_cell_of_a_comparison(client: Client, settings: Any) -> None:
    settings.SITE_URL = "https://catalog.example"
    make.tool(slug="plain")
    make.tool(slug="sly", name=f"|{HOSTILE}", vendor=f"a|b\\|{HOSTILE}")
    table = client.get("/compare/?tools=plain,sly").context["markdown"]
    assert {line.count(" | ") for line in table.splitlines()} == {2}
    assert links(table) == ["https://catalog.example/tools/plain/", "https://catalog.example/tools/sly/"]
