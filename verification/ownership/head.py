"""Reads the <meta> tags of a page's <head> as a browser would, or not at all: whatever is doubtful ends the reading.

Python's HTML parser ends comments where browsers do not (and the other way round), and a site's users may get text into
comments, attributes and scripts. So this is a reader of its own, for heads only (WHATWG HTML, 13.2.5 and 13.2.6.4.4).
Time is in proportion to the length of the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

SPACE = " \t\n\f\r"
SKIP = re.compile(f"[{SPACE}/]*")
NAME = re.compile(f"=?[^{SPACE}/>=]*")
EQUALS = re.compile(f"[{SPACE}]*=[{SPACE}]*")
VALUE = re.compile(rf"\"([^\"]*)\"|'([^']*)'|([^{SPACE}>\"'][^{SPACE}>]*)|(?=>)")
TAG = re.compile(f"<(/?)([a-zA-Z][^{SPACE}/>]*)")
COMMENT_END = re.compile("--!?>")
IN_HEAD = {"base", "basefont", "bgsound", "link", "meta"}  # elements without content
RAW = {"script", "style", "title", "noscript", "noframes"}  # what they hold is text
OPENERS = {"html", "head"}


def metas(text: str) -> Iterator[dict[str, str]]:
    """Yield the attributes of each <meta> of the head, names in lower case. `text` begins where the page begins."""
    at = 0
    text = text.removeprefix("\ufeff")
    while (at := _past_nothing(text, at)) < len(text):
        tag = TAG.match(text, at)
        if tag is None:
            return  # text: the body has begun
        name = tag[2].lower()
        read = attributes(text, tag.end())
        if read is None:
            return
        values, at = read
        if tag[1]:
            if name in {"head", "body", "html", "br"}:
                return
        elif name in RAW:
            end = _after_element(text, at, name)
            if end is None:
                return
            at = end
        elif name == "meta":
            yield values
        elif name not in IN_HEAD | OPENERS:
            return  # an element of the body, or a <template>, in which anything may stand


def attributes(text: str, at: int) -> tuple[dict[str, str], int] | None:
    """Return the attributes of a tag and where it ends; the first of two alike counts. None when it has no end."""
    found: dict[str, str] = {}
    while True:
        at = _end(SKIP, text, at)
        if at >= len(text):
            return None
        if text[at] == ">":
            return found, at + 1
        name = NAME.match(text, at)
        assert name is not None
        at, value = name.end(), ""
        equals = EQUALS.match(text, at)
        if equals:
            given = VALUE.match(text, equals.end())
            if given is None:
                return None  # a quote that nothing closes
            at, value = given.end(), given[1] or given[2] or given[3] or ""
        found.setdefault(name[0].lower(), value)


def _past_nothing(text: str, at: int) -> int:
    """Return where the next thing begins that is no space, comment, doctype or instruction; the length at the end."""
    while at < len(text):
        if text[at] in SPACE:
            at += 1
        elif text.startswith("<!--", at):
            at = _after_comment(text, at + 4)
        elif text.startswith(("<!", "<?"), at) or re.match("</[^a-zA-Z]", text[at : at + 3]):
            at = _after(text, ">", at)
        else:
            return at
    return len(text)


def _after_comment(text: str, at: int) -> int:
    for short in (">", "->"):
        if text.startswith(short, at):
            return at + len(short)
    end = COMMENT_END.search(text, at)
    return end.end() if end else len(text)


def _after_element(text: str, at: int, name: str) -> int | None:
    """Return where an element whose content nobody sees ends; None when that cannot be told for sure."""
    end = re.compile(f"</{name}[{SPACE}/>]", re.IGNORECASE).search(text, at)
    if end is None:
        return None
    inside = text[at : end.start()].lower()
    # Inside a comment inside a script <script> makes the next end tag part of the script; without scripts a <noscript>
    # may hold a comment that hides its end.
    if "<!--" in inside and (name == "noscript" or (name == "script" and "<script" in inside)):
        return None
    return _after(text, ">", end.start())


def _after(text: str, mark: str, at: int) -> int:
    found = text.find(mark, at)
    return found + len(mark) if found >= 0 else len(text)


def _end(pattern: re.Pattern[str], text: str, at: int) -> int:
    found = pattern.match(text, at)
    assert found is not None
    return found.end()
