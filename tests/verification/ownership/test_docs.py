"""docs/ownership.md says what the code says."""

from __future__ import annotations

import re
from pathlib import Path

from verification.models.ownership import GRACE, LOST, MAILED, Method
from verification.ownership import services
from verification.ownership.codes import CODES
from verification.ownership.transitions import MOVES

TEXT = (Path(__file__).parents[3] / "docs" / "ownership.md").read_text()


def test_every_code_is_in_the_table_with_its_verdict() -> None:
    rows = dict(re.findall(r"^\| `([a-z_]+)` \| (pass|fail|inconclusive) \|", TEXT, re.M))
    assert rows == {code: str(known.verdict) for code, known in CODES.items()}


def test_every_move_is_in_the_table() -> None:
    rows = re.findall(r"^\| `([a-z_]+)` \| ([a-z, ]+) \| ([a-z]+) \|", TEXT, re.M)
    table = {(event, old, new) for event, olds, new in rows for old in olds.split(", ")}
    assert table == {(event, str(old), str(new)) for event, moves in MOVES.items() for old, new in moves.items()}


def test_every_method_has_a_chapter_and_the_periods_are_those_of_the_code() -> None:
    assert re.findall(r"^### `([a-z-]+)`", TEXT, re.M) == Method.values
    periods = (services.COMPLETE.days, services.EVERY.days, GRACE.days, LOST.days, MAILED.days)
    assert periods == (7, 7, 14, 30, 90)
    assert all(f"{days} days" in TEXT for days in periods)
