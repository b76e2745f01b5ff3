"""Reads JSON, YAML and XML that strangers wrote, and finds a page's title: bounded, without surprises."""

from __future__ import annotations

import html
import json
import math
import re
from collections.abc import Iterator
from typing import Any
from xml.etree.ElementTree import Element, TreeBuilder  # expat below refuses what is dangerous
from xml.parsers import expat

import yaml

DIGITS = 40  # of a whole number; more has no meaning here and is slow to read
ALIASES = 100  # uses of YAML anchors in one document
EXPANDED = 100_000  # nodes of a document with its aliases written out
NODES = 300_000  # nodes of a YAML document: each takes some hundred bytes once it is read
TITLE = 300  # characters
SENTENCES = {
    "too_deep": "The document is nested too deeply.",
    "not_json": "The document is not JSON.",
    "not_yaml": "The document is not YAML.",
    "not_xml": "The document is not XML.",
    "doctype": "The document has a DOCTYPE, which is never read: it can make a document explode or fetch others.",
    "bad_number": "The document holds a number that JSON does not have, such as NaN, or one that is far too long.",
    "lone_surrogate": "The document holds half of a surrogate pair, which is no character.",
    "nul": "The document holds the character NUL, which cannot be stored.",
    "too_many_nodes": "The document has more parts than we read.",
    "aliases": "The document's aliases would make it far larger than it is.",
}
# A string (closed or not), or a bracket: possessive, so that no input makes it slow
TOKENS = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"?|[\[{]|[\]}]', re.DOTALL)


class BadDocument(ValueError):
    """A document was refused."""

    def __init__(self, code: str) -> None:
        self.code, self.message = code, SENTENCES[code]
        super().__init__(self.message)


def load_json(data: bytes, *, depth: int = 64) -> object:
    """Return the value of a JSON document (UTF-8, or UTF-16/32 as `json` detects them). Raises BadDocument."""
    try:
        text = data.decode(json.detect_encoding(data))
    except UnicodeDecodeError as error:
        raise BadDocument("not_json") from error
    if _depth(text) > depth:
        raise BadDocument("too_deep")
    try:
        value: object = json.loads(text, parse_constant=_no_constant, parse_int=_int)
    except BadDocument:
        raise
    except ValueError as error:
        raise BadDocument("not_json") from error
    _check(value)
    return value


def load_yaml(data: bytes, *, depth: int = 100) -> object:
    """Return the value of one YAML document: plain types only, dates stay text. Raises BadDocument."""
    try:
        _check_events(data, depth)
        value: object = yaml.load(data, Loader=_Loader)  # noqa: S506  # a SafeLoader
    except (yaml.YAMLError, ValueError, OverflowError) as error:
        if isinstance(error, BadDocument):
            raise
        raise BadDocument("not_yaml") from error
    _check(value)
    return value


def load_xml(data: bytes, *, depth: int = 100) -> Element:
    """Return the root element of an XML document without a DOCTYPE, and so without entities. Raises BadDocument."""
    builder, parser, level = TreeBuilder(), expat.ParserCreate(), 0

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal level
        level += 1
        if level > depth:
            raise BadDocument("too_deep")
        builder.start(name, attributes)

    def end(name: str) -> None:
        nonlocal level
        level -= 1
        builder.end(name)

    def doctype(*_: object) -> None:
        raise BadDocument("doctype")

    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler, parser.StartDoctypeDeclHandler = builder.data, doctype
    try:
        parser.Parse(data, True)
    except (expat.ExpatError, ValueError, LookupError) as error:  # LookupError: an encoding that Python does not know
        if isinstance(error, BadDocument):
            raise
        raise BadDocument("not_xml") from error
    root: Element = builder.close()
    return root


def title(page: str) -> str:
    """Return the text of the first <title> of an HTML page, at most 300 characters; "" without one."""
    opened = re.search(r"<title[^<>]{0,200}>", page, re.IGNORECASE)
    if not opened:
        return ""
    rest = page[opened.end() : opened.end() + 20 * TITLE]
    text = re.split(r"</title", rest, maxsplit=1, flags=re.IGNORECASE)[0]
    return " ".join(html.unescape(text).split())[:TITLE]


def _no_constant(name: str) -> float:
    raise BadDocument("bad_number")


def _int(digits: str) -> int:
    if len(digits) > DIGITS:
        raise BadDocument("bad_number")
    return int(digits)


def _depth(text: str) -> int:
    deepest = depth = 0
    for token in TOKENS.finditer(text):
        first = token[0][0]
        if first in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif first in "]}":
            depth -= 1
    return deepest


def _check(value: object) -> None:
    """Raise BadDocument for what cannot be stored."""
    for one in _scalars(value):
        if isinstance(one, float) and not math.isfinite(one):
            raise BadDocument("bad_number")
        if isinstance(one, int) and abs(one) >= 10**DIGITS:
            raise BadDocument("bad_number")
        if isinstance(one, str):
            if "\0" in one:
                raise BadDocument("nul")
            if not one.isascii() and re.search("[\ud800-\udfff]", one):
                raise BadDocument("lone_surrogate")


def _scalars(value: object) -> Iterator[object]:
    todo = [value]
    while todo:
        one = todo.pop()
        if isinstance(one, dict):
            todo += one.keys()
            todo += one.values()
        elif isinstance(one, (list, tuple, set)):
            todo += one
        else:
            yield one


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """The safe loader without dates: they stay as written, as in JSON."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in pairs if tag != "tag:yaml.org,2002:timestamp"]
    for first, pairs in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def _check_events(data: bytes, depth: int) -> None:
    """Raise BadDocument for too much nesting, and for aliases that make a document explode."""
    open_sizes: list[list[Any]] = []  # [anchor, nodes so far] of what is open
    anchored: dict[str, int] = {}
    aliases = nodes = 0
    for events, event in enumerate(yaml.parse(data, Loader=_Loader)):
        if events > NODES:
            raise BadDocument("too_many_nodes")
        size = 0
        if isinstance(event, yaml.AliasEvent):
            aliases += 1
            size = anchored.get(event.anchor or "", 0)
        elif isinstance(event, yaml.ScalarEvent):
            size = 1
            if event.anchor:
                anchored[event.anchor] = 1
        elif isinstance(event, yaml.CollectionStartEvent):
            open_sizes.append([event.anchor, 1])
            if event.anchor:
                anchored[event.anchor] = EXPANDED + 1  # until it is closed: it would hold itself
        elif isinstance(event, yaml.CollectionEndEvent):
            anchor, size = open_sizes.pop()
            if anchor:
                anchored[anchor] = size
        if size and open_sizes:
            open_sizes[-1][1] += size
        nodes = max(nodes, size)
        if len(open_sizes) > depth:
            raise BadDocument("too_deep")
        if aliases > ALIASES or (aliases and nodes > EXPANDED):
            raise BadDocument("aliases")
