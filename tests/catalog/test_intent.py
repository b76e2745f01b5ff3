"""Words of a search that are read as filters, and "alternative to X"."""

from __future__ import annotations

import pytest

from catalog import facets, intent
from catalog.intent import read

FREE = ("free", "free-open-source", "free-tier")


def found(text: str) -> tuple[str, list[tuple[str, str]]]:
    """The rest of a text and what was read: (words, facet)."""
    meant = read(text)
    return meant.rest, [(one.words, one.facet) for one in meant.readings]


@pytest.mark.parametrize(
    ("text", "rest", "read_as"),
    [
        ("free image editor", "image editor", [("free", "pricing")]),
        ("image editor for free", "image editor", [("for free", "pricing")]),
        ("free trial crm", "crm", [("free trial", "pricing")]),
        ("crm with a free tier", "crm", [("with a free tier", "pricing")]),
        ("open source vector database", "vector database", [("open source", "source")]),
        ("open-source vector database", "vector database", [("open source", "source")]),
        ("self-hosted chatbot", "chatbot", [("self hosted", "self_hosted")]),
        ("speech to text api", "speech to text", [("api", "has_api")]),
        ("translation with an api", "translation", [("with an api", "has_api")]),
        ("postgres mcp server", "postgres", [("mcp server", "has_mcp")]),
        ("notes app for iphone", "notes app", [("for iphone", "platform")]),
        ("video editor mac", "video editor", [("mac", "platform")]),
        ("grammar chrome extension", "grammar", [("chrome extension", "platform")]),
        (
            "free open source ocr with api for linux",
            "ocr",
            [
                ("open source", "source"),
                ("free", "pricing"),
                ("with api", "has_api"),
                ("for linux", "platform"),
            ],
        ),
        ("free", "", [("free", "pricing")]),
        ("free text to speech", "text to speech", [("free", "pricing")]),
        ("free speech to text", "speech to text", [("free", "pricing")]),
        ("free speech recognition", "speech recognition", [("free", "pricing")]),
        ("text to speech free", "text to speech", [("free", "pricing")]),
        ("is there a free ocr", "is there a ocr", [("free", "pricing")]),
        ("ocr free with api", "ocr", [("free", "pricing"), ("with api", "has_api")]),
    ],
)
def test_words_that_imply_a_filter_are_read(text: str, rest: str, read_as: list[tuple[str, str]]) -> None:
    assert (found(text)[0], sorted(found(text)[1])) == (rest, sorted(read_as))


@pytest.mark.parametrize(
    "text",
    [
        "royalty free music",
        "gluten free recipes",
        "free up disk space",
        "tax free savings calculator",
        "free text search",
        "not free",
        "paid not free",
        "no api",
        "without api",
        "not open source",
        "open source intelligence",
        "open source license compliance",
        "chatbot for terminal cancer patients",
        "build a pc",
        "clean my windows",
        "android app builder",
        "chrome extension generator",
        "build mcp server",
        "make games for ios",
        "test my api",
        "debug api",
        "distraction free writing",
        "free form notes",
        "api documentation generator",
        "mcp gateway",
        "build an iphone app",
        "create a chrome extension",
        "freedom",
        "macro recorder",
        "open the source of truth",
        '"free" image editor',
        '"speech to text api"',
    ],
)
def test_words_that_mean_themselves_are_left_alone(text: str) -> None:
    assert read(text).readings == ()


def test_a_reading_is_about_values_that_exist() -> None:
    for _, facet, values, label in intent.RULES:
        assert set(values) <= set(facets.FACETS[facet].labels), (facet, values)
        assert label


def test_quoted_words_are_kept_as_they_stand() -> None:
    meant = read('"free" image "open source" editor')
    assert (meant.rest, meant.quoted, meant.readings) == ("free image open source editor", ("free", "open source"), ())
    assert read('open "unclosed').quoted == ()
    assert read('""').quoted == ()


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("alternative to chatgpt", "chatgpt"),
        ("alternatives for github copilot", "github copilot"),
        ("alternatives to chatgpt for students", "chatgpt"),
        ("best midjourney alternatives", "midjourney"),
        ("midjourney alternatives 2026", "midjourney"),
        ("chatgpt alternatives for coding", "chatgpt"),
        ("open source alternative to notion", "notion"),
        ("notion alternative free", "notion"),
        ("something like perplexity", "perplexity"),
        ("tools similar to zapier", "zapier"),
        ("like manus but open source", "manus"),
        ("jasper competitors", "jasper"),
        ("competitors of jasper", "jasper"),
    ],
)
def test_alternatives_are_asked_for_in_many_ways(text: str, name: str) -> None:
    assert name in [one for one, _ in read(text).alternative_to]


@pytest.mark.parametrize(
    "text",
    [
        "image editor",
        "alternative medicine",
        '"alternative to chatgpt"',
        "monitor competitor websites",
        "keyword competitor research",
        "face replacement in video",
        "ai like human",
    ],
)
def test_other_words_ask_for_no_alternatives(text: str) -> None:
    assert read(text).alternative_to == ()


def test_words_that_became_boxes_are_taken_off_the_text() -> None:
    text = "Free open-source OCR with API"
    assert intent.without(text, read(text.lower()).readings) == "OCR"
    assert intent.without("freedom is free", read("freedom is free").readings) == "freedom is"
