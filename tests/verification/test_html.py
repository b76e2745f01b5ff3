"""A page is read once, as a reader without scripts sees it, and within bounds whatever it holds."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verification.reading import html
from verification.reading.html import Link

PAGE = """<!DOCTYPE html><html lang="en-GB"><head><title> A
 title </title><meta name="Description" content="What it  is"><meta name=generator content="Hugo 0.1">
<link rel="canonical" href="/home"><link rel=stylesheet href=/a.css><script src="https://cdn.example/x.js"></script>
<script type="application/ld+json">{"@type": ["Organization", "Brand"], "founder": {"@type": "Person"}}</script>
<style>p { content: "not text" }</style></head><body>
<p>One <b>bo</b>ld word.</p><p>Two&nbsp;&amp;three</p><noscript>Please enable JavaScript</noscript>
<a href="/pricing#top">Our <i>prices</i></a><a href="mailto:us@a.example">Mail</a><a href="javascript:alert(1)">No</a>
<a href="https://other.example/x"><img src="logo.png" alt="Partner"></a>
<a aria-label="GitHub" href="//git.example/a"></a>
<template>hidden</template><iframe src="/frame"></iframe></body></html>"""


def test_what_is_kept_of_a_page() -> None:
    page = html.read(PAGE, "https://a.example/start/")
    assert (page.title, page.description, page.lang, page.generator) == ("A title", "What it is", "en-GB", "Hugo 0.1")
    assert page.canonical == "https://a.example/home"
    assert page.text.split("\n")[:2] == ["One bold word.", "Two &three"]
    assert page.links == [
        Link("https://a.example/pricing#top", "Our prices"),
        Link("mailto:us@a.example", "Mail"),
        Link("https://other.example/x", "Partner"),
        Link("https://git.example/a", "GitHub"),
    ]
    assert page.assets == [
        "https://a.example/a.css", "https://cdn.example/x.js", "https://a.example/start/logo.png",
        "https://a.example/frame",
    ]  # fmt: skip
    assert page.jsonld_types == ["Organization", "Brand", "Person"]
    assert (page.scripts, page.asks_for_javascript, page.needs_javascript) == (1, True, True)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<head><title>T</title><p>no body tag", "no body tag"),
        ("<title>T</title>just text", "just text"),
        ("<script>if (a < b) { document.write('<p>x</p>') }</script>after", "after"),
        ("<p>a<br>b", "a\nb"),
        ("<svg><title>icon</title><text>x</text></svg>seen", "seen"),
        ("a&#0;b&unknown;c", "a\ufffdb&unknown;c"),
        ("<!-- <p>not</p> -->yes", "yes"),
        ("<p>unclosed <b>bold", "unclosed bold"),
        ("<![CDATA[x]]>y", "y"),
        ("a<![foo[x]]>b<![>c<![ if IE]>d<!x>e<?php x?>f", "abcdef"),
        ("", ""),
    ],
)
def test_visible_text(text: str, expected: str) -> None:
    assert html.read(text, "https://a.example/").text == expected


@pytest.mark.parametrize(
    ("text", "count"),
    [("one two  three", 3), ("— & ...", 0), ("プライバシーポリシー", 5), ("hello 世界", 2), ("don't stop", 2)],
)
def test_words_are_counted_in_any_script(text: str, count: int) -> None:
    assert html.word_count(text) == count


@pytest.mark.parametrize(
    "text",
    [
        "<" * 1_000_000, "<a " * 300_000, "<a href='" + "x" * 1_000_000, "<!--" * 250_000, "</" * 500_000,
        "<![CDATA[" * 100_000, "&" * 1_000_000, "<div>" * 200_000, "<p a=" * 200_000, "<?" * 500_000,
        "<script>" + "</" * 400_000, "<a b c d e f" + " x" * 400_000 + ">", "<!doctype " * 100_000,
        "<noscript>" + "enable " * 140_000, "<a href=x>" * 100_000, "<title>" + "t" * 1_000_000,
    ],
    ids=lambda text: text[:12],
)  # fmt: skip
def test_hostile_pages_take_time_in_proportion_to_their_length(text: str) -> None:
    start = time.process_time()
    page = html.read(text, "https://a.example/")
    assert time.process_time() - start < 4
    assert len(page.text) <= html.TEXT
    assert len(page.links) <= html.LINKS
    assert len(page.title) <= 300


def test_only_so_many_links_are_kept() -> None:
    page = html.read("".join(f'<a href="/{number}">n</a>' for number in range(1_000)), "https://a.example/")
    assert len(page.links) == 400


def test_deep_json_ld_says_nothing() -> None:
    nested = "[" * 20_000 + "]" * 20_000
    page = html.read(f'<script type="application/ld+json">{nested}</script>', "https://a.example/")
    assert page.jsonld_types == []


def test_addresses_that_nobody_can_follow_are_left_out() -> None:
    page = html.read('<a href="http://[">a</a><a href="data:text/html,x">b</a><a href="">c</a>', "https://a.example/")
    assert page.links == []


@pytest.mark.parametrize(
    ("text", "needs"),
    [
        ("<p>few words</p>", False),
        ("<p>few words</p><script src=/a.js></script>", True),
        ("<p>" + "word " * 30 + "</p><script src=/a.js></script>", False),
        ("<p>" + "word " * 30 + "</p><script src=/a.js></script><noscript>Please enable JavaScript</noscript>", True),
        ('<p>few</p><script type="application/ld+json">{}</script>', False),
    ],
)
def test_whether_a_page_needs_javascript(text: str, needs: bool) -> None:
    assert html.read(text, "https://a.example/").needs_javascript is needs


PIECES = st.sampled_from(
    ["<", ">", "</", "<!--", "-->", "<![", "]]>", "<?", "<a href='", "'", '"', "<title>", "<script>", "</script>",
     "&#x", "&", ";", "<svg>", "<base href=", "http://[", "<noscript>", "<template>", "\0", "\ud800", "é", "<body>",
     "=", " "]
)  # fmt: skip


@given(st.lists(st.one_of(PIECES, st.text(max_size=5)), max_size=60).map("".join))
def test_any_text_can_be_read(text: str) -> None:
    page = html.read(text, "https://a.example/")
    assert len(page.text) <= html.TEXT
    assert all(link.href.startswith(("http://", "https://", "mailto:")) for link in page.links)
