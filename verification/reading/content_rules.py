"""Rules for the texts of a listing. Each finding names the field and the place, so that people can mend it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass

LONGEST = 5_000  # characters of one field that are looked at
BIDI = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c")
JOINERS = "\u200c\u200d"
# What people call a secret, by how its kind begins. Lengths are those of real ones, so that prose is never one.
SECRETS = re.compile(
    r"(?<![A-Za-z0-9_])(?:sk-(?:ant-|proj-|or-v1-|svcacct-)?[A-Za-z0-9_-]{24,200}|[sr]k_live_[A-Za-z0-9]{16,120}"
    r"|whsec_[A-Za-z0-9+/=]{24,100}|gh[pousr]_[A-Za-z0-9]{36}|github_pat_[A-Za-z0-9_]{40,100}|glpat-[A-Za-z0-9_-]{20}"
    r"|A(?:KIA|SIA)[0-9A-Z]{16}|AIza[0-9A-Za-z_-]{35}|xox[abprs]-[A-Za-z0-9-]{20,100}|hf_[A-Za-z0-9]{30,40}"
    r"|npm_[A-Za-z0-9]{36}|pypi-[A-Za-z0-9_-]{50,200}|gsk_[A-Za-z0-9]{40,60}|r8_[A-Za-z0-9]{37}"
    r"|eyJ[A-Za-z0-9_-]{15,500}\.eyJ[A-Za-z0-9_-]{15,1000}\.[A-Za-z0-9_-]{20,500})"
    r"|-----BEGIN (?:[A-Z]{2,12} )?PRIVATE KEY-----"
)
PLACEHOLDER = re.compile(r"(?i)x{6}|your|example|placeholder|0{8}|1234567|\*{4}|<")
HTML = re.compile(r"</?[a-zA-Z][a-zA-Z0-9]{0,15}(?:\s[^<>]{0,300})?/?>|&(?:[a-zA-Z]{2,10}|#\d{2,6});|<!--")
LINK = re.compile(r"(?i)\bhttps?://\S{3}|\bwww\.\S{3}|\]\(")
SUPERLATIVE = re.compile(
    r"(?i)(?<![\w#])#\s?1\b(?!\d)|\bnumber[ -]one\b|\bno\. ?1\b|\b(?:the|world's|world\u2019s) (?:very )?"
    r"(?:best|greatest|finest|fastest|smartest|most (?:advanced|powerful|popular|trusted))\b(?! practice| of\b| result)"
    r"|\bworld[- ](?:leading|class)\b|\bbest[- ]in[- ]class\b|\bindustry[- ]leading\b|\bunrivall?ed\b|\bunparalleled\b"
    r"|\brevolutionary\b|\bgame[- ]chang(?:er|ing)\b"
)
WORD = re.compile(r"[^\W\d_]{4,}")
TOKEN = re.compile(r"\S+")
SHOUTED = 3  # words in capitals, of four letters or more, that are no longer abbreviations
EMOJI = 3  # pictures in one field


@dataclass(frozen=True)
class Finding:
    """One thing about one field. `start` and `end` count characters."""

    rule: str
    field: str
    start: int
    end: int
    text: str  # what is there; never a secret

    def as_json(self) -> dict[str, object]:
        """Return it for a step's detail."""
        return {"rule": self.rule, "field": self.field, "start": self.start, "end": self.end, "text": self.text}


def findings(fields: dict[str, str]) -> list[Finding]:
    """Return all findings in some texts by name of field, at most 50."""
    found = [one for name, text in fields.items() for rule in RULES for one in rule(name, text[:LONGEST])]
    return found[:50]


def bidi(name: str, text: str) -> Iterator[Finding]:
    """Find characters that turn the direction of text: what is shown is then not what is written."""
    for place, mark in enumerate(text):
        if mark in BIDI:
            yield Finding("bidi", name, place, place + 1, f"U+{ord(mark):04X}")


def invisible(name: str, text: str) -> Iterator[Finding]:
    """Find characters that nobody sees; joiners inside emoji and between letters of scripts that need them are fine."""
    for place, mark in enumerate(text):
        if mark in BIDI or mark in "\n\t" or (mark in JOINERS and _joins(text, place)):
            continue
        if unicodedata.category(mark) in {"Cf", "Cc", "Co", "Cn"} or 0xE0000 <= ord(mark) <= 0xE0FFF:
            if mark == "\u00ad":  # a soft hyphen is invisible where the line does not end, and harmless
                continue
            yield Finding("invisible", name, place, place + 1, f"U+{ord(mark):04X}")


def _joins(text: str, place: int) -> bool:
    """Whether the joiner has on both sides something that is written with joiners."""
    before = next((mark for mark in reversed(text[:place]) if mark not in "\ufe0f"), " ")
    after = text[place + 1 : place + 2] or " "
    return all(
        ord(mark) > 0x5FF and unicodedata.category(mark) in {"So", "Lo", "Mn", "Mc", "Sk"} for mark in (before, after)
    )


def secret(name: str, text: str) -> Iterator[Finding]:
    """Find what looks like somebody's key; the text of the finding hides it."""
    for match in SECRETS.finditer(text):
        if not PLACEHOLDER.search(match[0]):
            yield Finding("secret", name, match.start(), match.end(), f"{match[0][:6]}…")


def html(name: str, text: str) -> Iterator[Finding]:
    """Find markup: texts are shown as they are, so it would be read as text."""
    for match in HTML.finditer(text):
        yield Finding("html", name, match.start(), match.end(), match[0][:60])


def links(name: str, text: str) -> Iterator[Finding]:
    """Find more links than one; a listing has fields of its own for addresses."""
    found = list(LINK.finditer(text))
    if len(found) > (1 if name == "description" else 0):
        yield Finding("links", name, found[0].start(), found[-1].end(), f"{len(found)} links")


def shouting(name: str, text: str) -> Iterator[Finding]:
    """Find runs of words in capitals; shorter runs, and lists with commas, are abbreviations and names."""
    run: list[re.Match[str]] = []
    for match in [*TOKEN.finditer(text), None]:
        if match is not None and match[0].isupper():
            run.append(match)
            if match[0][-1] not in ",;:)":
                continue
        if sum(WORD.search(one[0]) is not None for one in run) >= SHOUTED and run[-1][0][-1] not in ",;:)":
            yield Finding("shouting", name, run[0].start(), run[-1].end(), text[run[0].start() : run[-1].end()][:60])
        run = []


def marks(name: str, text: str) -> Iterator[Finding]:
    """Find rows of exclamation and question marks."""
    for match in re.finditer(r"[!?\uff01\uff1f]{2,50}", text):
        yield Finding("shouting", name, match.start(), match.end(), match[0])


def emoji(name: str, text: str) -> Iterator[Finding]:
    """Find more pictures than a text needs."""
    places = [place for place, mark in enumerate(text) if unicodedata.category(mark) == "So" and ord(mark) > 0x2190]
    if len(places) > EMOJI:
        yield Finding("emoji", name, places[0], places[-1] + 1, f"{len(places)} pictures")


def superlatives(name: str, text: str) -> Iterator[Finding]:
    """Find praise that nobody can check."""
    for match in SUPERLATIVE.finditer(text):
        yield Finding("superlative", name, match.start(), match.end(), match[0][:60])


def length(name: str, text: str) -> Iterator[Finding]:
    """Find texts that say too little or too much for where they are shown."""
    low, high = {"name": (2, 60), "tagline": (15, 120), "description": (80, 1_500)}.get(name, (0, LONGEST))
    if not low <= len(text.strip()) <= high:
        yield Finding("length", name, 0, len(text), f"{len(text.strip())} characters, {low} to {high} are usual")


RULES: tuple[Callable[[str, str], Iterator[Finding]], ...] = (
    bidi, invisible, secret, html, links, shouting, marks, emoji, superlatives, length,
)  # fmt: skip
