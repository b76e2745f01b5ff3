"""Content negotiation by the rules of RFC 9110, section 12.5.1."""

from __future__ import annotations

import pytest

from core.negotiation import prefers

CHROMIUM = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8"


@pytest.mark.parametrize(
    "accept",
    [
        "text/markdown",
        "text/markdown, text/html, */*",
        "text/html, text/markdown",  # equal, and it is named
        "text/markdown;q=0.5, */*;q=0.1",
        "text/markdown, text/html;q=0.9",
        "text/markdown;q=1.000",
        "TEXT/Markdown ; Q=0.7 , text/html;q=0.3",
        "text/markdown;charset=utf-8",
        "text/html;q=0, text/markdown;q=0.001",
        "text/markdown;q=0.4, text/*;q=0.4",
        "text/markdown;q=0.2, text/markdown;q=0.9, text/html;q=0.5",  # the better of two counts
    ],
)
def test_markdown_is_preferred_when_it_is_named_and_liked_no_less(accept: str) -> None:
    assert prefers(accept, "text/markdown", "text/html")


@pytest.mark.parametrize(
    "accept",
    [
        "",
        "*/*",
        "text/*",
        CHROMIUM,
        "text/html",
        "application/json",  # nothing acceptable: the usual one
        "text/markdown;q=0",
        "text/markdown;q=0, */*",
        "text/markdown;q=0.8, text/html",
        "text/markdown;q=0.3, */*;q=0.5",
        "text/markdown;q=0.3, text/*;q=0.5, */*;q=0.1",
        "text/markdown;q=2",  # no quality at all
        "text/markdown;q=high",
        "text/markdown;q=0.1234",
        "text/markdownish",
        ",;,=;q",
    ],
)
def test_html_stays_the_usual_answer(accept: str) -> None:
    assert not prefers(accept, "text/markdown", "text/html")
