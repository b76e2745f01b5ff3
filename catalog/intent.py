"""Reading a search: which of its words are filters ("free", "with api", "for mac"), and "alternative to X".

Pure functions over cleaned text (catalog.words.clean). Words between double quotes are never read: that is how a
person says that the words themselves are meant.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

QUOTED = re.compile(r'"([^"]*)"')


@dataclass(frozen=True)
class Reading:
    """Words of a search that were read as a filter."""

    words: str  # as typed, folded: "open source"
    facet: str
    values: tuple[str, ...]
    label: str  # what a chip says: "Free or free tier"


@dataclass(frozen=True)
class Intent:
    """What a search means: the words left to search for, filters, and the name whose alternatives are wanted."""

    rest: str  # the text without what was read
    quoted: tuple[str, ...]  # phrases to be taken literally
    readings: tuple[Reading, ...]
    # names whose alternatives may be asked for, likeliest first; True if any way of naming a tool will do
    alternative_to: tuple[tuple[str, bool], ...]


FREE = ("free", "free-open-source", "free-tier")
# "free" is the price at the start ("free text to speech"), at the end ("text to speech free") or behind a small word
# ("a free one"); behind a noun it means without it ("gluten free recipes", "royalty free")
WITHOUT_IT = (
    "royalty hands ad ads distraction error plagiarism copyright gluten sugar stress hassle risk noise tax watermark"
)
NOT_BEHIND = "".join(f"(?<!{word} )" for word in WITHOUT_IT.split())
SMALL = (
    "a|an|the|any|some|best|good|top|great|completely|totally|fully|really|truly|and|or|is|are|also|with|new|cheap|ai"
)
NOT_THEN = r"(?! (?:form|style|hand|time|trials?|fire|up|speech (?!to|rec)|text (?:search|fields?|answers?|inputs?))\b)"
PRICE_FREE = rf"(?:^|\b(?:{SMALL}) )(?P<word>free)\b{NOT_THEN}|{NOT_BEHIND}\b(?P<last>free)$"
NEGATION = re.compile(r"\b(?:not|no|non|without|never|isn't|aren't|less)(?: an?| any)?$")
OF_API = r"(?:rest |public |http |json |web |developer )?apis?"
PLATFORMS = {
    "macos": ("macOS", r"mac|macs|macos|mac os|os x|macbook"),
    "windows": ("Windows", r"windows|pc"),
    "linux": ("Linux", r"linux|ubuntu"),
    "ios": ("iOS", r"ios|iphones?|ipads?"),
    "android": ("Android", r"android"),
}
# what is made, or worked on, and not where a tool runs
MADE = (
    "app",
    "apps",
    "application",
    "extension",
    "extensions",
    "plugin",
    "api",
    "apis",
    "server",
    "servers",
    "ios",
    "android",
)
MAKING = re.compile(
    r"\b(?:build|building|make|making|create|creating|develop|developing|design|code|write|publish|test|testing|mock|debug|"
    r"document|documenting|scan|secure|convert|security|documentation)\b"
)
MAKERS = re.compile(r"builders?|makers?|generators?|creators?|developers?|development|testing|documentation|gateways?")
APP = r"(?:apps?|application|software|program)"

# (words, facet, values, label); a reading takes the first rule that fits, and its words are not read again
RULES: list[tuple[re.Pattern[str], str, tuple[str, ...], str]] = [
    (re.compile(words), facet, values, label)
    for words, facet, values, label in [
        (
            r"\bopen ?source(?:d)?\b(?! (?:intelligence|licen[cs]\w*|compliance))|\bf?oss\b",
            "source",
            ("open_source",),
            "Open source",
        ),
        (r"\bopen weights?\b", "source", ("open_weights",), "Open weights"),
        (
            r"\bself ?host(?:ed|able|ing)?\b|\bon prem(?:ises?)?\b|\bon my own servers?\b",
            "self_hosted",
            ("yes",),
            "Self-hosted",
        ),
        (
            rf"\b(?:with|has|have|having|offers|via|through|over) (?:an? )?{OF_API}\b(?: access)?|\b{OF_API}$",
            "has_api",
            ("yes",),
            "Has an API",
        ),
        (
            r"\b(?:with|has|have|over|via|through) (?:an? )?mcp(?: servers?| support)?\b|^mcp servers? (?:for|to)\b"
            r"|\bmcp(?: servers?)?$",
            "has_mcp",
            ("yes",),
            "Speaks MCP",
        ),
        (
            r"\b(?:chrome|firefox|browser) (?:extensions?|add ?ons?|plugins?)\b|\bfor (?:chrome|firefox)\b",
            "platform",
            ("browser-extension",),
            "Runs on: Browser extension",
        ),
        (
            r"\b(?:vs ?code|jetbrains|ide) (?:extensions?|plugins?)\b"
            r"|\b(?:for|in|inside) (?:my |the )?(?:vs ?code|jetbrains)\b",
            "platform",
            ("ide",),
            "Runs on: IDE",
        ),
        (
            r"\bcommand line(?: tools?| interface)?\b|\b(?:for|in|from) (?:the|my) terminal\b|\bcli(?: tools?)?$",
            "platform",
            ("cli",),
            "Runs on: Command line",
        ),
        *(
            (
                rf"\b(?:for|on) (?:my |an? |the )?(?:{names})\b(?: {APP}\b)?|\b(?:{names}) {APP}\b"
                rf"|(?<!\bmy )(?<!\ba )(?<!\ban )(?<!\bthe )\b(?:{names})$",
                "platform",
                (value,),
                f"Runs on: {label}",
            )
            for value, (label, names) in PLATFORMS.items()
        ),
        # last, when the other words are gone: "free" may then stand at the end
        (r"\bfree trials?\b", "pricing", ("free-trial",), "Free trial"),
        (r"\b(?:with (?:a )?)?free (?:tier|plan)\b|\bfreemium\b", "pricing", ("free-tier",), "Free tier"),
        (
            rf"\bfor free\b|\bfree of charge\b|\b(?:at )?no cost\b|\bwithout paying\b|{PRICE_FREE}",
            "pricing",
            FREE,
            "Free or free tier",
        ),
    ]
]

NAMING = r"(?:(?:best|top|good|cheap|cheaper|the|a|an|some|any) )*"
OTHERS = r"(?:competitors?|replacements?|substitutes?)"
THING = r"(?:something|anything|tools?|apps?|sites?|websites?|software|programs?|services?)"
# each with whether any way of naming a tool will do, or only its very name ("software like excel" wants no Excel MCP)
ALTERNATIVE = [
    (re.compile(words), loose)
    for words, loose in (
        (rf"^{NAMING}(?P<name>.+?) alternatives?(?: .*)?$", True),
        (r"^(?:.* )?alternatives? (?:to|for|of) (?P<name>.+)$", True),
        (rf"^{NAMING}(?P<name>.+?) {OTHERS}$", False),
        (rf"^{NAMING}{OTHERS} (?:to|for|of) (?P<name>.+)$", False),
        (rf"^(?:.* )?{THING} (?:like|similar to) (?P<name>.+)$", False),
        (r"^(?:similar to|instead of|like) (?P<name>.+)$", False),
    )
]
TAIL = re.compile(r" (?:for|with|that|which|in|but|on|without) .*$| but$")


def read(text: str) -> Intent:
    """Return what a cleaned text means. Without anything to read, `rest` is the text itself."""
    quoted = tuple(" ".join(phrase.split()) for phrase in QUOTED.findall(text) if phrase.strip())
    # hyphens read as spaces ("self-hosted"); quoted words leave a mark that no rule fits
    marked = QUOTED.sub(lambda found: " \x01 " if found[1].strip() else " ", text)
    rest = " ".join(marked.replace("-", " ").split())
    readings: list[Reading] = []
    for words, facet, values, label in RULES:
        found = words.search(rest)
        if found is None or any(one.facet == facet for one in readings):
            continue
        part = next((name for name, group in found.groupdict().items() if group), 0)  # "free" of "a free"
        start, end = found.span(part)
        if not _is_meant_otherwise(rest, start, end):
            readings.append(Reading(rest[start:end], facet, values, label))
            rest = " ".join((rest[:start] + " " + rest[end:]).split())
    names = tuple(dict.fromkeys(_alternatives(rest)))
    if not (readings or quoted):
        return Intent(text, (), (), names)
    for phrase in quoted:  # back in their places: they count as words too
        rest = rest.replace("\x01", phrase, 1)
    return Intent(rest, quoted, tuple(readings), names)


def _is_meant_otherwise(rest: str, start: int, end: int) -> bool:
    """Say whether words are denied ("not free"), or name what shall be made ("build an iphone app", "test my api")."""
    words, after = rest[start:end], rest[end:].split()
    if NEGATION.search(rest[:start].strip()):
        return True
    makes = MAKING.search(rest[:start] + rest[end:]) is not None or bool(after and MAKERS.fullmatch(after[0]))
    return makes and words.endswith(MADE)


def _alternatives(rest: str) -> Iterator[tuple[str, bool]]:
    for words, loose in ALTERNATIVE:
        found = words.match(rest)
        if found and "\x01" not in found["name"]:
            name = found["name"].strip(" ?!.")
            yield name, loose
            yield TAIL.sub("", name), loose


def without(text: str, readings: Iterable[Reading]) -> str:
    """Return the text as typed without the words that were read as filters."""
    for reading in readings:
        words = r"[\s-]+".join(re.escape(word) for word in reading.words.split())
        text = re.sub(rf'(?<![\w"])({words})(?![\w"])', " ", text, count=1, flags=re.IGNORECASE)
    return " ".join(text.split())
