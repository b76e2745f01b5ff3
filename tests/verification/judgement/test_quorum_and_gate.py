"""Several places, and very many tools at once."""

from __future__ import annotations

import pytest

from verification.judgement.gate import Glance, share
from verification.judgement.judge import Saw
from verification.judgement.quorum import Verdict, agreed

U, D, G, X = Saw.UP, Saw.DOWN, Saw.GONE, Saw.UNKNOWN


@pytest.mark.parametrize(
    ("seen", "was", "counts", "dissent"),
    [
        ({"eu": D}, U, D, ()),  # one place is all there is
        ({"eu": D, "us": U}, U, U, ("eu",)),  # half is not more than half
        ({"eu": D, "us": D, "as": U}, U, D, ("as",)),
        ({"eu": D, "us": D, "as": X}, U, D, ()),  # who could not tell has no vote
        ({"eu": D, "us": U, "as": X}, U, U, ("eu",)),
        ({"eu": U, "us": D}, D, D, ("eu",)),  # and it takes as many to turn back
        ({"eu": U, "us": U, "as": D}, D, U, ("as",)),
        ({"eu": G, "us": G}, U, G, ()),
        ({"eu": G, "us": D}, U, D, ()),  # that nothing is there only when all say so
        ({"eu": X, "us": X}, U, X, ()),
        ({}, U, X, ()),
    ],
)
def test_no_single_place_decides(seen: dict[str, Saw], was: Saw, counts: Saw, dissent: tuple[str, ...]) -> None:
    assert agreed(seen, was=was) == Verdict(counts, dissent)


def glances(well: int, turned: int, failing_before: int = 0) -> list[Glance]:
    rows = [Glance(f"well-{n}.com", False, True) for n in range(well)]
    rows += [Glance(f"turned-{n}.com", True, True) for n in range(turned)]
    return rows + [Glance(f"before-{n}.com", True, False) for n in range(failing_before)]


@pytest.mark.parametrize(
    ("rows", "suspicious"),
    [
        (glances(8, 2), False),
        (glances(7, 3), True),
        (glances(0, 9), False),  # of few nothing follows
        (glances(0, 10), True),
        (glances(80, 20), False),
        (glances(79, 21), True),
        (glances(0, 2, failing_before=98), False),  # who failed before has not turned
    ],
)
def test_more_than_a_fifth_that_turned_is_suspicious(rows: list[Glance], suspicious: bool) -> None:
    assert share(rows).suspicious is suspicious


def test_a_domain_of_which_something_answers_has_not_turned() -> None:
    rows = [Glance("one.com", True, True), Glance("one.com", False, True)]
    assert (share(rows).domains, share(rows).turned) == (1, 0)
