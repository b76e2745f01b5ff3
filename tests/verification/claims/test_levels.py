"""Levels follow from what holds; nothing else raises them."""

from __future__ import annotations

import itertools

import pytest

from verification.claims.kinds import K
from verification.claims.levels import Basis, level
from verification.judgement.uptime import Uptime

DAY = 86_400
GOOD = Uptime(30 * DAY, 0, 0, 30 * DAY)
FIRST = frozenset({K.REACHABLE})
SECOND = FIRST | {K.PROTOCOL, K.SCANNED}
THIRD = SECOND | {K.DOCUMENTED, K.IDENTITY, K.REVIEWED}
FOURTH = THIRD | {K.PRICING_SEEN}


def basis(holds: frozenset[K], **changes: object) -> Basis:
    values: dict[str, object] = {"has_interface": True, "states_price": True, "month": None} | changes
    return Basis(holds=holds, **values)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("given", "number", "missing"),
    [
        (basis(frozenset()), 0, ("reachable",)),
        (basis(FIRST), 1, ("protocol", "scanned")),
        (basis(SECOND), 2, ("documented", "identity", "reviewed")),
        (basis(THIRD), 3, ("price seen",)),
        (basis(THIRD, states_price=False), 3, ("a stated price",)),
        (basis(FOURTH), 4, ("30 days of operation",)),
        (basis(FOURTH, month=GOOD), 5, ()),
        (basis(FOURTH, month=GOOD, open_incident=True), 4, ("30 days of operation",)),
        (basis(FOURTH, month=Uptime(29 * DAY, 0, 0, 29 * DAY)), 4, ("30 days of operation",)),
        (basis(FOURTH, month=Uptime(2_580_000, 12_000, 0, 30 * DAY)), 5, ()),  # 99.54 %
        (basis(FOURTH, month=Uptime(2_570_000, 22_000, 0, 30 * DAY)), 4, ("30 days of operation",)),  # 99.15 %
        (basis(FOURTH, month=Uptime(20 * DAY, 0, 0, 30 * DAY)), 4, ("30 days of operation",)),  # too little is known
        (basis(FOURTH - {K.REACHABLE}, month=GOOD), 0, ("reachable",)),  # a lower one missing takes all
        (basis(FIRST | {K.DOCUMENTED, K.SCANNED}, has_interface=False), 2, ("identity", "reviewed")),
        (basis(FIRST | {K.SCANNED}, has_interface=False), 1, ("documented",)),
    ],
)
def test_levels(given: Basis, number: int, missing: tuple[str, ...]) -> None:
    assert level(given) == (number, missing)


def test_one_more_claim_never_lowers_a_level() -> None:
    for size in range(len(K)):
        for held in itertools.combinations(K, size):
            now = level(basis(frozenset(held)))[0]
            for more in K:
                assert level(basis(frozenset(held) | {more}))[0] >= now
