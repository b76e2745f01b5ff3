"""Marks of forms: good for a time, taken by one of many that send the same at once."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any

import pytest

from core import sent_forms

ANA: Any = SimpleNamespace(pk=1)


def test_a_mark_is_good_for_half_a_day(monkeypatch: pytest.MonkeyPatch) -> None:
    mark, now = sent_forms.fresh(), time.time()
    assert sent_forms.is_good(mark)
    for later, good in ((12 * 3_600 - 5, True), (12 * 3_600 + 5, False)):
        monkeypatch.setattr(time, "time", lambda at=now + later: at)
        assert sent_forms.is_good(mark) is good


def test_of_many_that_send_the_same_at_once_one_is_let_through() -> None:
    mark, made = sent_forms.fresh(), []

    def send(number: int) -> str:
        try:
            with sent_forms.once(ANA, mark) as note:
                made.append(number)
                note("row")
        except sent_forms.SentBefore as before:
            return before.made
        return "now"

    with ThreadPoolExecutor(8) as pool:
        told = list(pool.map(send, range(24)))
    assert (len(made), told.count("now"), set(told) <= {"now", "row", ""}) == (1, 1, True)
    assert send(24) == "row"


def test_what_raised_made_nothing_and_can_be_sent_again() -> None:
    mark = sent_forms.fresh()
    with pytest.raises(ValueError, match="no"), sent_forms.once(ANA, mark):
        raise ValueError("no")
    with sent_forms.once(ANA, mark) as note:
        note("row")
