"""Text that people type, by the corpus of awkward strings and by what it does not have."""

# ruff: noqa: RUF001 - letters of other scripts are what this is about
from __future__ import annotations

import json
import time
import unicodedata
from pathlib import Path
from typing import Any

import pytest

from core.clean import Unclean, clean_line, clean_text, shown

CORPUS = Path(__file__).parent.parent / "corpora" / "naughty_strings.jsonl"
ROWS = [json.loads(line) for line in CORPUS.read_text(encoding="utf-8").splitlines()]


def text_of(row: dict[str, Any]) -> str:
    """Return the string of a row of the corpus."""
    if "repeat" in row:
        unit, times = row["repeat"]
        return str(unit * times)
    return str(row["value"])


def verdict(rule: Any, text: str) -> str:
    """Return accept, normalise or reject."""
    try:
        return "accept" if rule(text) == text else "normalise"
    except Unclean:
        return "reject"


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["id"])
def test_every_string_of_the_corpus_gets_its_verdict(row: dict[str, Any]) -> None:
    text = text_of(row)
    assert (verdict(clean_line, text), verdict(clean_text, text)) == (row["name_field"], row["text_field"])


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["id"])
def test_what_was_cleaned_is_clean(row: dict[str, Any]) -> None:
    for rule, field in ((clean_line, "name_field"), (clean_text, "text_field")):
        if row[field] != "reject":
            once = rule(text_of(row))
            assert rule(once) == once


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("  Acme   AI ", "Acme AI"),
        ("Acme\u202f\u205fAI", "Acme AI"),
        ("cafe\u0301", "café"),
        ("Open\u200bAI", "OpenAI"),
        ("a\u200db\ufe0f", "ab"),
        ("\U0001f468\u200d\U0001f469\u200d\U0001f467", None),
        ("\U0001f9d1\U0001f3fd\u200d\U0001f4bb", None),
        ("\u2764\ufe0f\u200d\U0001f525", None),
        ("1\ufe0f\u20e3 first", None),
        ("\U0001f3f4\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f", None),
        ("می\u200cخواهم", None),  # Persian: the joiner is spelling
        ("क्\u200dष", None),  # after a virama
        ("葛\U000e0100", None),
        ("שָׁלוֹם", None),
        ("ที่นี่", None),
        ("Việt Nam", None),
        ("C++", None),
        ("…%", None),
        ("\u2801\u2800\u2803", None),  # Braille with its blank
    ],
)
def test_a_line_is_stored_as_it_is_read(typed: str, stored: str | None) -> None:
    assert clean_line(typed) == (stored if stored is not None else unicodedata.normalize("NFC", typed))


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ("a\x00b", "holds a control character (U+0000); take it out"),
        ("a\ud800b", "holds half a character (a lone surrogate) (U+D800); take it out"),
        ("a\ue000b", "holds a private character (U+E000); take it out"),
        ("a\ufdd0b", "holds a number that is no character (U+FDD0); take it out"),
        ("a\u202eb", "holds a character that turns the direction of writing (U+202E); take it out"),
        ("a\u2800b", "holds an invisible character (U+2800); take it out"),
        ("a\U000e0041b", "holds an invisible character (U+E0041); take it out"),
        ("\ufeffab", "holds an invisible character (U+FEFF); take it out"),
        ("a\u200eb", "holds a mark for the direction of writing (U+200E); take it out"),
        ("a\r\nb", "has more than one line (U+000D)"),
        ("a\u2028b", "has more than one line (U+2028)"),
        ("...", "has no letter, digit or symbol"),
        ("--", "has no letter, digit or symbol"),
        ("\u0301", "is empty"),
        ("x" * 81, "is longer than 80 characters"),
        ("Z\u0334\u0335\u0336", "has too many marks on one letter, after “Z”"),
        ("\t=1+1", "begins with a tab; in a table's cell that starts a formula"),
    ],
)
def test_a_line_that_is_refused_says_why(typed: str, message: str) -> None:
    with pytest.raises(Unclean) as refused:
        clean_line(typed)
    assert str(refused.value) == message
    assert refused.value.sentence == message[0].upper() + message[1:] + "."


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ("Hello\nBcc: everybody", "has a line that reads like a header (Bcc); write it otherwise"),
        ("ok\n[2026-01-02 03:04:05] ERROR x", "has a line that reads like one of a log; begin it with a word"),
        ("\u2067\u2067a", "opens marks for the direction of writing that it does not close"),
        ("a" + "\u0300" * 5, "has too many marks on one letter, after “a”"),
        (">" * 400, "repeats one mark more than 200 times"),
        ("> " * 400 + "x", "repeats one mark more than 200 times"),
        ("[" * 21 + "x", "opens more than 20 brackets within each other"),
        ("*a " * 60, "opens more than 50 emphases that it does not close"),
        ("https://a.example " * 21, "has more than 20 links"),
        ("a\x7fb", "holds a control character (U+007F); take it out"),
    ],
)
def test_a_text_that_is_refused_says_why(typed: str, message: str) -> None:
    with pytest.raises(Unclean) as refused:
        clean_text(typed)
    assert str(refused.value) == message


@pytest.mark.parametrize(
    "typed",
    [
        "One.\n\nTwo:\n- a\n- b\n\n    code\n",
        "Note: from 2026-01-02 on it costs more. ERROR 404 is ours.",
        "\u2067שלום\u2069 and \u2066more\u2069",
        "*one* and **two** and _three_\n* item\n* item",
        "a\tb\n\tc",
        "-" * 100,
    ],
)
def test_ordinary_texts_stay_as_they_are(typed: str) -> None:
    assert clean_text(typed) == typed


def test_line_ends_of_browsers_become_those_of_the_catalog() -> None:
    assert clean_text("a\r\nb\rc\n") == "a\nb\nc\n"


def test_what_is_searched_for_is_shown_without_what_cannot_be_seen() -> None:
    assert shown("ab\u202e\x1b[2J\u2067c\nd\u200fé🤖\ufeff") == "ab[2Jc dé🤖"


def test_the_longest_texts_are_judged_at_once() -> None:
    hostile = ["*a " * 3_333, "[a](" * 2_500, "a\u0300" * 5_000, "> " * 5_000, "-" * 199 + "x", "2026-01-01 " * 900]
    began = time.process_time()
    for text in hostile:
        verdict(clean_text, text[:10_000])
        verdict(clean_line, text[:10_000])
    verdict(clean_line, "a\u200d" * 350)
    verdict(clean_line, "a\u200d" * 500_000)
    assert time.process_time() - began < 2
