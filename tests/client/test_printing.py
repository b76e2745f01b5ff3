"""Nothing that a stranger wrote makes a terminal do anything; lines fit; JSON says the same."""

from __future__ import annotations

import io
import json
import sys
import unicodedata
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from aicatalog.cli import printing

ESCAPES = (
    "\x1b[31mred",
    "\x1b]0;title\x07",
    "\x9b2J",
    "a\rb",
    "\u202egnp.exe",
    "\u2066x",
    "\x7f",
    "\U000e0041",
    "\ud800",
    "\u2028",
)
TEXTS = st.one_of(st.text(), st.lists(st.sampled_from(ESCAPES)).map("".join), st.text(st.characters(min_codepoint=0)))


def acts(text: str) -> list[str]:
    """Return the characters of a text that a terminal would act on, or that nobody sees."""
    return [one for one in text if unicodedata.category(one) in {"Cc", "Cs", "Zl", "Zp"} or _steers(one)]


def _steers(one: str) -> bool:
    return unicodedata.bidirectional(one) in {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}


@given(TEXTS)
@example("".join(ESCAPES))
def test_a_cleaned_text_is_one_harmless_line(text: str) -> None:
    assert acts(printing.clean(text)) == []


@given(TEXTS)
@example("".join(ESCAPES))
def test_code_keeps_its_lines_and_tabs_and_nothing_else_that_acts(text: str) -> None:
    assert set(acts(printing.clean_lines(text))) <= {"\n", "\t"}


@given(st.recursive(TEXTS, lambda one: st.lists(one) | st.dictionaries(TEXTS, one)))
@example("".join(ESCAPES))
def test_json_says_the_same_and_nothing_acts(value: Any) -> None:
    text = printing.escaped(json.dumps(value, ensure_ascii=False))
    assert (json.loads(text), acts(text)) == (value, [])


@given(st.text(), st.integers(1, 60))
def test_a_text_is_cut_to_its_columns(text: str, most: int) -> None:
    cleaned = printing.clean(text)
    found = printing.cut(cleaned, most)
    assert printing.columns(found) <= most
    assert (found == cleaned) is (printing.columns(cleaned) <= most)


def test_wide_and_combining_characters_take_the_columns_that_they_take() -> None:
    assert [printing.columns(one) for one in ("abc", "日本", "e\u0301")] == [3, 4, 1]
    assert (printing.pad("日本", 6), printing.cut("日本語", 5)) == ("日本  ", "日本…")


@pytest.mark.parametrize(("encoding", "there"), [("utf-8", '"日本"'), ("ascii", '"\\u65e5\\u672c"')])
def test_json_suits_the_encoding_of_where_it_goes(encoding: str, there: str, monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    monkeypatch.setattr(sys, "stdout", stream)
    printing.as_json("日本")
    stream.flush()
    assert stream.buffer.getvalue().decode() == f"{there}\n"
