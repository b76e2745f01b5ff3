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
    alternative_to: str  # "" unless alternatives to something are asked for


FREE = ("free", "free-open-source", "free-tier")
NOT_FREE_BEFORE = (
    r"(?<!royalty )(?<!hands )(?<!ad )(?<!ads )(?<!distraction )(?<!error )(?<!plagiarism )(?<!copyright )"
)
NOT_FREE_AFTER = r"(?! (?:form|text|speech|style|hand|time|trials?)\b)"
OF_API = r"(?:rest |public |http |json |web |developer )?apis?"
PLATFORMS = {
    "macos": ("macOS", r"mac|macs|macos|mac os|os x|macbook"),
    "windows": ("Windows", r"windows|pc"),
    "linux": ("Linux", r"linux|ubuntu"),
    "ios": ("iOS", r"ios|iphones?|ipads?"),
    "android": ("Android", r"android"),
}
MADE = ("app", "apps", "application", "extension", "plugin", "api", "apis")
MAKING = re.compile(r"\b(?:build|building|make|making|create|creating|develop|design|code|write|publish|test)\b")
APP = r"(?:apps?|application|software|program)"

# (words, facet, values, label); a reading takes the first rule that fits, and its words are not read again
RULES: list[tuple[re.Pattern[str], str, tuple[str, ...], str]] = [
    (re.compile(words), facet, values, label)
    for words, facet, values, label in [
        (r"\bopen ?source(?:d)?\b|\bf?oss\b", "source", ("open_source",), "Open source"),
        (r"\bopen weights?\b", "source", ("open_weights",), "Open weights"),
        (
            r"\bself ?host(?:ed|able|ing)?\b|\bon prem(?:ises?)?\b|\bon my own servers?\b",
            "self_hosted",
            ("yes",),
            "Self-hosted",
        ),
        (r"\bfree trials?\b", "pricing", ("free-trial",), "Free trial"),
        (r"\b(?:with (?:a )?)?free (?:tier|plan)\b|\bfreemium\b", "pricing", ("free-tier",), "Free tier"),
        (
            rf"\bfor free\b|\bfree of charge\b|\b(?:at )?no cost\b|\bwithout paying\b"
            rf"|{NOT_FREE_BEFORE}\bfree\b{NOT_FREE_AFTER}",
            "pricing",
            FREE,
            "Free or free tier",
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
            r"\bcommand line(?: tools?| interface)?\b|\b(?:for|in|from) (?:the |my )?terminal\b|\bcli(?: tools?)?$",
            "platform",
            ("cli",),
            "Runs on: Command line",
        ),
        *(
            (
                rf"\b(?:for|on) (?:my |an? |the )?(?:{names})\b(?: {APP}\b)?|\b(?:{names}) {APP}\b|\b(?:{names})$",
                "platform",
                (value,),
                f"Runs on: {label}",
            )
            for value, (label, names) in PLATFORMS.items()
        ),
    ]
]

ALTERNATIVES = r"(?:alternatives?|competitors?|replacements?|substitutes?)"
THING = r"(?:something|anything|tools?|apps?|sites?|websites?|software|ai|programs?|services?)"
ALTERNATIVE = [
    re.compile(words)
    for words in (
        rf"^(?:.* )?{ALTERNATIVES} (?:to|for|of) (?P<name>.+)$",
        rf"^(?:(?:best|top|good|cheap|cheaper|the) )*(?P<name>.+?) {ALTERNATIVES}(?: .*)?$",
        rf"^(?:.* )?{THING} (?:like|similar to) (?P<name>.+)$",
        r"^(?:similar to|instead of|like) (?P<name>.+?)(?: but)?$",
    )
]


def read(text: str) -> Intent:
    """Return what a cleaned text means. Without anything to read, `rest` is the text itself."""
    quoted = tuple(" ".join(phrase.split()) for phrase in QUOTED.findall(text) if phrase.strip())
    # hyphens read as spaces ("self-hosted"); quoted words leave a mark that no rule fits
    marked = QUOTED.sub(lambda found: " \x01 " if found[1].strip() else " ", text)
    rest = " ".join(marked.replace("-", " ").split())
    readings: list[Reading] = []
    for words, facet, values, label in RULES:
        found = words.search(rest)
        if found and not any(one.facet == facet for one in readings) and not _is_object(found.group(), rest):
            readings.append(Reading(found.group(), facet, values, label))
            rest = " ".join((rest[: found.start()] + " " + rest[found.end() :]).split())
    name = next(_alternatives(rest), "")
    if not (readings or quoted):
        return Intent(text, (), (), name)
    for phrase in quoted:  # back in their places: they count as words too
        rest = rest.replace("\x01", phrase, 1)
    return Intent(rest, quoted, tuple(readings), name)


def _is_object(words: str, rest: str) -> bool:
    """Say whether the words name what shall be made ("build an iphone app") and not where a tool runs."""
    return words.endswith(MADE) and MAKING.search(rest) is not None


def _alternatives(rest: str) -> Iterator[str]:
    for words in ALTERNATIVE:
        found = words.match(rest)
        if found and "\x01" not in found["name"]:
            yield found["name"].strip(" ?!.")


def without(text: str, readings: Iterable[Reading]) -> str:
    """Return the text as typed without the words that were read as filters."""
    for reading in readings:
        words = r"[\s-]+".join(re.escape(word) for word in reading.words.split())
        text = re.sub(rf'(?<![\w"])({words})(?![\w"])', " ", text, count=1, flags=re.IGNORECASE)
    return " ".join(text.split())
