"""The words of a search: folding, terms, synonyms. Whatever is typed is plain text."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

import yaml

from catalog.text import fold

MAX_LENGTH = 200  # characters
MAX_TERMS = 8  # things searched for, after the fillers are gone
SYNONYMS = Path(__file__).resolve().parent / "data" / "synonyms.yaml"
WORD = re.compile(r"[^\W_]+(?:[.']+[^\W_]+)*[+#]*")  # "text-to-speech" is three words, "c++" and "you.com" are one
ADDRESS = re.compile(r"\bhttps?://(?:www\.)?|\bwww\.|(?<=[a-z])/(?=\s|$)")
# words of questions and of every tool; they count only where nothing else is left
FILLERS = frozenset(
    """
    a an and the for with that which what who how where when why of to in on at by from into out up off over it its is
    are was be been do does did can could should would will has have had get gets got give there here this these those
    some any all i im i'm me my we us our you your they them their want wants need needs find help let make makes making
    use uses using used like so as than then not no or but if while without best good great better top cheap cheapest
    way thing things something someone anyone tool tools app apps software program website site service ai
    """.split()  # noqa: SIM905
)


class QueryTooLong(ValueError):
    """The text is longer than MAX_LENGTH; the message is a sentence for people."""


def clean(text: str) -> str:
    """Return the text folded, white space collapsed, "https://www." taken off addresses. Raises QueryTooLong."""
    folded = " ".join(ADDRESS.sub("", fold(text)).split())
    if len(text) > MAX_LENGTH or len(folded) > MAX_LENGTH:
        raise QueryTooLong(f"The search is longer than {MAX_LENGTH} characters. Shorten it to a few words.")
    return folded


def terms(folded: str) -> list[str]:
    """Return the different words of a folded text, in order."""
    return list(dict.fromkeys(WORD.findall(folded)))


@lru_cache(maxsize=1)
def synonyms() -> dict[str, list[str]]:
    """Return the committed synonyms: folded words as typed → phrases that mean the same."""
    with SYNONYMS.open(encoding="utf-8") as file:
        rows = yaml.load(file, Loader=yaml.CSafeLoader) or {}
    return {fold(str(typed)): [fold(str(phrase)) for phrase in phrases] for typed, phrases in rows.items()}


def groups(words: list[str]) -> list[list[str]]:
    """Return, for each of at most MAX_TERMS things typed, the phrases that may stand for it; the longest synonym wins.

    ["tts", "api"] → [["tts", "text to speech", …], ["api"]]. Filler words are dropped unless nothing else is left.
    """
    known = synonyms()
    found: list[list[str]] = []
    at = 0
    while at < len(words):
        for size in (3, 2, 1):
            phrase = " ".join(words[at : at + size])
            if len(words[at : at + size]) == size and (phrase in known or size == 1):
                found.append([phrase, *known.get(phrase, [])])
                at += size
                break
    kept = [group for group in found if group[0] not in FILLERS]
    return (kept or found)[:MAX_TERMS]
