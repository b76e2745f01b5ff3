"""Two texts are alike when a few words differ, and only then."""

from __future__ import annotations

import pytest

from tests.zoo.sites import prose
from verification.reading.likeness import alike, marks

LONG = prose(300, "A page about the library")


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (LONG, LONG, True),
        (LONG, LONG.upper().replace(" ", "\n"), True),
        (f"{LONG} at 12:01", f"{LONG} at 13:59", True),
        (f"{LONG} You asked for /abc", LONG, True),
        ("Not found", "Not found", True),
        ("Not found", "Page found", False),
        ("", "Not found", False),
        (LONG, "Our policy on the data of people. " * 40, False),
        (LONG, " ".join(f"word{chr(97 + number % 26)}{chr(97 + number // 26)}" for number in range(300)), False),
    ],
)
def test_alike(one: str, other: str, same: bool) -> None:
    assert alike(marks(one), marks(other)) is same


def test_an_unread_page_is_like_nothing() -> None:
    assert not alike({}, {})
