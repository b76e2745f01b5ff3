"""Reads a page once, with bounds: what steps want to know about it. Nothing is rendered, nothing is run."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin

LONGEST = 1_048_576  # characters of a page that are read
TEXT = 200_000  # characters of visible text that are kept
TAGS = 60_000  # tags that are looked at
LINKS = 400
RELATIONS = 100  # links and properties of a head
BLOCKS = 20  # JSON-LD blocks, each of at most 64 KiB
HIDDEN = {"script", "style", "template", "svg", "noscript", "iframe", "object", "head", "title"}
IN_HEAD = {"meta", "link", "title", "base", "script", "style", "template", "noscript", "head"}
VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
INLINE = {"a", "abbr", "b", "bdi", "cite", "code", "em", "font", "i", "kbd", "mark", "q", "s", "small", "span",
          "strong", "u", "wbr", "ins"}  # fmt: skip
SPACES = re.compile(r"\s+")
CENTS = re.compile(r"\s*[.,]?(\d\d)\s*")  # of a price, in a <sup>
WHOLE = re.compile(r"[$€£¥₹]\s*\d{1,9}(?:[,.]\d{3}){0,2}$")  # what stands before it
CJK = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\u0e00-\u0e7f]")
JAVASCRIPT = re.compile(
    r"(?i)enable javascript|javascript is (?:required|disabled)|requires? javascript|need to enable"
)


@dataclass(frozen=True)
class Link:
    """A link with its absolute address and its text."""

    href: str
    text: str


@dataclass
class Page:
    """What a page says. Texts are shortened, lists cut."""

    title: str = ""
    description: str = ""
    lang: str = ""
    canonical: str = ""
    generator: str = ""
    icon: str = ""  # the address of the first icon it names
    # of <link>: its relation, its absolute address, the sizes that it names
    relations: list[tuple[str, str, str]] = field(default_factory=list)
    properties: dict[str, str] = field(default_factory=dict)  # of <meta>, by property or name in lower case
    refresh: str = ""  # the address a meta refresh leads to
    text: str = ""  # visible text; blocks on lines of their own
    links: list[Link] = field(default_factory=list)
    assets: list[str] = field(default_factory=list)  # absolute addresses of scripts, style sheets, pictures, frames
    scripts: int = 0
    asks_for_javascript: bool = False  # in <noscript>
    jsonld: list[Any] = field(default_factory=list)

    @property
    def words(self) -> int:
        """Return the number of words; two characters of a script without spaces count as one."""
        return word_count(self.text)

    @property
    def needs_javascript(self) -> bool:
        """Whether a reader without JavaScript sees next to nothing of it."""
        if not self.scripts:
            return False
        return self.words < 25 or (self.words < 80 and self.asks_for_javascript)

    @property
    def jsonld_types(self) -> list[str]:
        """Return the types that its JSON-LD names, without doubles."""
        found: dict[str, None] = {}
        for node in json_nodes(self.jsonld):
            kinds = node.get("@type")
            for kind in kinds if isinstance(kinds, list) else [kinds]:
                if isinstance(kind, str):
                    found[kind[:60]] = None
        return list(found)[:50]


def read(html: str, base: str) -> Page:
    """Return what a page says; `base` is its address. Takes any text and time in proportion to its length."""
    reader = _Reader(base)
    # close() is left out on purpose: what is cut off at the end says nothing, and reading it again and again from
    # every "<" is what takes quadratic time
    with contextlib.suppress(_Enough):
        reader.feed(html[:LONGEST])
    page = reader.page
    page.text = _tidy("".join(reader.pieces)[:TEXT])
    return page


def word_count(text: str) -> int:
    """Return the number of words of a text in any script."""
    spaced = CJK.sub(" ", text)
    return sum(1 for word in spaced.split() if any(map(str.isalnum, word))) + len(CJK.findall(text)) // 2


def json_nodes(value: Any, depth: int = 12) -> Iterator[dict[str, Any]]:
    """Walk through the objects of a JSON value, outer ones first, not deeper than `depth`."""
    if depth and isinstance(value, dict):
        yield value
        for inner in list(value.values())[:200]:
            yield from json_nodes(inner, depth - 1)
    elif depth and isinstance(value, list):
        for inner in value[:200]:
            yield from json_nodes(inner, depth - 1)


def _tidy(text: str) -> str:
    lines = (SPACES.sub(" ", line).strip() for line in text.split("\n"))
    return "\n".join(line for line in lines if line)


class _Enough(Exception):
    """The page has more tags than anybody needs to read."""


class _Reader(HTMLParser):
    def __init__(self, base: str) -> None:
        super().__init__(convert_charrefs=True)
        self.page = Page()
        self.pieces: list[str] = []
        self._base = base
        self._tags = self._length = 0
        self._hidden: list[str] = []  # open elements whose text nobody sees
        self._link: tuple[str, list[str]] | None = None
        self._title = self._jsonld = self._noscript = False
        self._sup: int | None = None  # where in the pieces an open <sup> begins

    # -- what the parser calls -----------------------------------------------------------------------------

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._tags += 1
        if self._tags > TAGS:
            raise _Enough
        values = {name: value or "" for name, value in reversed(attrs[:100])}  # the first of two counts
        if tag == "body" or (self._hidden == ["head"] and tag not in IN_HEAD):
            self._hidden.clear()  # an unclosed <head> hides no text
        if tag in HIDDEN and len(self._hidden) < 100:
            self._hidden.append(tag)
        if tag == "sup":
            self._sup = len(self.pieces)
        if tag not in INLINE:
            self.pieces.append("\n" if tag not in {"sup", "sub"} else " ")
        if tag == "title" and not self.page.title and "svg" not in self._hidden:
            self._title = True
        elif tag == "noscript":
            self._noscript = True
        self._element(tag, values)

    def handle_endtag(self, tag: str) -> None:
        if tag in HIDDEN and tag in self._hidden:
            del self._hidden[self._hidden.index(tag) :]
        if tag not in INLINE and tag not in VOID:
            self.pieces.append("\n" if tag not in {"sup", "sub"} else " ")
        if tag == "title":
            self._title = False
        elif tag == "sup":
            self._end_sup()
        elif tag == "script":
            self._jsonld = False
        elif tag == "noscript":
            self._noscript = False
        elif tag == "a":
            self._end_link()

    def handle_data(self, data: str) -> None:
        if self._title:
            self.page.title = SPACES.sub(" ", self.page.title + data).strip()[:300]
        elif self._jsonld:
            self._read_jsonld(data)
        elif self._noscript and JAVASCRIPT.search(data[:2_000]):
            self.page.asks_for_javascript = True
        if self._hidden or self._length > TEXT:
            return
        self._length += len(data)
        self.pieces.append(data.replace("\n", " "))
        if self._link is not None and len(self._link[1]) < 20:
            self._link[1].append(data[:300])

    def parse_marked_section(self, i: int, report: bool = True) -> int:
        """Skip "<![" to the next ">", as browsers do; the library's own reading raises for what it does not know."""
        return self.parse_bogus_comment(i, report)

    # -- what is kept --------------------------------------------------------------------------------------

    def _element(self, tag: str, values: dict[str, str]) -> None:
        page = self.page
        if tag == "html":
            page.lang = page.lang or values.get("lang", "")[:20]
        elif tag == "base" and values.get("href"):
            self._base = self._absolute(values["href"])
        elif tag == "meta":
            self._meta(values)
        elif tag == "link":
            kinds = values.get("rel", "").lower().split()
            target = self._absolute(values.get("href", ""))
            if target and len(page.relations) < RELATIONS:
                page.relations += [(kind, target, values.get("sizes", "").lower()[:40]) for kind in kinds[:5]]
            if "canonical" in kinds:
                page.canonical = page.canonical or self._absolute(values.get("href", ""))
            elif "stylesheet" in kinds or "icon" in kinds:
                self._asset(values.get("href", ""))
                if "icon" in kinds:
                    page.icon = page.icon or self._absolute(values.get("href", ""))
        elif tag == "script":
            kind = values.get("type", "").lower()
            self._jsonld = kind == "application/ld+json"
            page.scripts += kind in {"", "module", "text/javascript", "application/javascript"}
            self._asset(values.get("src", ""))
        elif tag in {"img", "iframe", "frame", "source", "video"}:
            self._asset(values.get("src", ""))
        elif tag in {"a", "area"}:
            self._end_link()
            if values.get("href"):
                label = values.get("aria-label") or values.get("title") or ""
                self._link = (values["href"][:2_000], [label[:300]] if label else [])
        if tag == "img" and self._link is not None and values.get("alt") and len(self._link[1]) < 20:
            self._link[1].append(f" {values['alt'][:300]} ")

    def _meta(self, values: dict[str, str]) -> None:
        whole = SPACES.sub(" ", values.get("content", "")[:4_000]).strip()
        name, content = values.get("name", "").lower(), whole[:300]
        called = (values.get("property") or name).lower()[:60]
        if called and whole and len(self.page.properties) < RELATIONS:
            self.page.properties.setdefault(called, whole[:2_000])
        if name == "description":
            self.page.description = self.page.description or content
        elif name == "generator":
            self.page.generator = self.page.generator or content[:100]
        elif values.get("http-equiv", "").lower() == "refresh":
            _seconds, _, address = content.partition("=")
            self.page.refresh = self.page.refresh or (self._absolute(address.strip(" '\"")) if address else "")

    def _asset(self, address: str) -> None:
        if address and len(self.page.assets) < LINKS and not address.startswith("data:"):
            self.page.assets.append(self._absolute(address))

    def _end_link(self) -> None:
        if self._link is not None:
            href, texts = self._link
            self._link = None
            absolute = self._absolute(href)
            if absolute and len(self.page.links) < LINKS:
                self.page.links.append(Link(absolute, SPACES.sub(" ", "".join(texts)).strip()[:100]))

    def _end_sup(self) -> None:
        """Write "$20<sup>99</sup>" as "$20.99": small raised digits behind a price are its cents."""
        start, self._sup = self._sup, None
        if start is None:
            return
        raised = CENTS.fullmatch("".join(self.pieces[start : start + 5]))
        if raised and len(self.pieces) <= start + 5 and WHOLE.search("".join(self.pieces[max(0, start - 4) : start])):
            self.pieces[start:] = [f".{raised[1]} "]

    def _absolute(self, address: str) -> str:
        try:
            found = urljoin(self._base, address.strip()[:2_000])
        except ValueError:  # such as "http://[": nobody can follow it
            return ""
        return found[:500] if found.lower().startswith(("http://", "https://", "mailto:")) else ""

    def _read_jsonld(self, data: str) -> None:
        if len(self.page.jsonld) < BLOCKS and len(data) <= 65_536:
            try:
                self.page.jsonld.append(json.loads(data))
            except (ValueError, RecursionError):
                return  # a block that is no JSON says nothing
