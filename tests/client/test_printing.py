"""Nothing that a stranger wrote makes a terminal do anything; lines fit; JSON says the same."""

from __future__ import annotations

import io
import json
import sys
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
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


@contextmanager
def narrow() -> Iterator[None]:
    """Let lines be broken as on a terminal of 80 columns."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(printing, "UNBROKEN", 80)
        yield


@given(st.text(), st.integers(0, 12), st.integers(0, 6))
@example("日本語" * 40, 4, 0)
@example("a" * 300, 4, 3)
@example("/interfaces/0/url was “https://a.example/b-c”, is “https://a.example/b-d”. " * 3, 13, 5)
def test_a_text_with_a_lead_is_broken_into_lines_that_fit_and_hang(text: str, indent: int, lead: int) -> None:
    begins = " " * indent + "x" * lead
    with narrow():
        first, *rest = lines = printing.hanging(begins, text).split("\n")
    assert max(printing.columns(line) for line in lines) <= 80
    assert first.startswith(begins.rstrip())
    assert all(line.startswith(" " * len(begins)) for line in rest)
    said = "".join(printing.clean(text).split())
    assert "".join("".join(line[len(begins) :].split()) for line in lines) == said


def test_a_text_that_fits_stays_as_it_is() -> None:
    assert printing.hanging("  fails  ", "price: a  b") == "  fails  price: a b"
    assert printing.hanging("ok  ", "") == "ok"
    with narrow():
        told = printing.hanging("  told  ", f"text: {'word ' * 20}")
    assert told == f"  told  text: {('word ' * 13).strip()}\n        {('word ' * 7).strip()}"


def test_in_a_pipe_no_text_is_broken(capsys: pytest.CaptureFixture[str]) -> None:
    text = "word " * 100 + "https://one.example/" + "a" * 200
    printing.fields([("name", text)])
    for said in (printing.hanging("  told  ", text), printing.wrapped(text), capsys.readouterr().out):
        assert len(said.strip().splitlines()) == 1
        assert said.strip().endswith(text)


def test_what_joins_letters_and_emoji_is_shown_and_takes_no_column() -> None:
    for text in ("می‌خواهم", "क्‍ष", "👩‍💻"):
        assert (printing.clean(text), printing.clean_lines(text)) == (text, text)
        assert printing.escaped(json.dumps(text, ensure_ascii=False)) == f'"{text}"'
    assert [printing.columns(one) for one in ("a\u200cb", "a\u200db", "❤️")] == [2, 2, 1]
    for hidden in "\u200b\u200e\u200f\u2028\u202e\u2060\u2066\ufeff\xad\u061c\x7f\x9b":
        assert printing.clean(f"a{hidden}b") == "a\ufffdb"


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
