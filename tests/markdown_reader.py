"""Markdown as its readers see it, for tests: GitHub's rules, parsed by markdown-it."""

from __future__ import annotations

from markdown_it import MarkdownIt
from markdown_it.token import Token

# GitHub's Markdown: tables, strikethrough, addresses that are links by themselves (but no bare names such as exa.ai)
PARSER = MarkdownIt("gfm-like")
assert PARSER.linkify is not None
PARSER.linkify.set({"fuzzy_link": False})
HOSTILE = "# [x](data:,) <script>a(1)</script>![i](//e.fr/i)\n## Bad\n- http://e.fr"


def visible(text: str) -> str:
    """Return the text as it should be read: characters that show, white space as single spaces."""
    return " ".join("".join(char for char in text if char.isprintable() or char.isspace()).split())


def inline(tokens: list[Token]) -> list[Token]:
    """Return what stands within lines."""
    return [child for token in tokens if token.children for child in token.children]


def links(text: str) -> list[str]:
    """Return the addresses of all links of a document."""
    return [str(token.attrs["href"]) for token in inline(PARSER.parse(text)) if token.type == "link_open"]


def headings(text: str) -> list[tuple[str, str]]:
    """Return level and words of all headings of a document."""
    tokens = PARSER.parse(text)
    found = []
    for at, token in enumerate(tokens):
        if token.type == "heading_open":
            words = "".join(child.content for child in tokens[at + 1].children or [])
            found.append((token.tag, words))
    return found
