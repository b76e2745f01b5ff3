"""How often the verifier was wrong about the zoo: rates with Wilson's 95 % intervals, from the measured matrix."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from verification.verdicts import Verdict

Z = 1.959964  # of the normal distribution, for 95 %
FAIL = {str(Verdict.FAIL)}
NO_FAIL = {str(verdict) for verdict in Verdict.values} - FAIL
IN_ORDER = {str(Verdict.PASS), str(Verdict.WARN)}
Confusion = Mapping[str, Mapping[str, int]]  # how often each verdict was given, by the one that was expected


@dataclass(frozen=True)
class Rate:
    """How many of some cases were wrong."""

    wrong: int
    cases: int

    @property
    def interval(self) -> tuple[float, float]:
        """Return Wilson's 95 % interval of the share (0 to 1); of no cases, that it may be anything."""
        n, share = self.cases, self.wrong / self.cases if self.cases else 0.0
        if not n:
            return 0.0, 1.0
        middle = share + Z * Z / (2 * n)
        reach = Z * math.sqrt(share * (1 - share) / n + Z * Z / (4 * n * n))
        whole = 1 + Z * Z / n
        return max(0.0, (middle - reach) / whole), min(1.0, (middle + reach) / whole)

    @property
    def words(self) -> str:
        """Return it for people: "0 of 120 (0 % to 3.1 %)"."""
        if not self.cases:
            return "no cases"
        low, high = self.interval
        return f"{self.wrong:,} of {self.cases:,} ({low * 100:.1f} % to {high * 100:.1f} %)"


def false_fails(confusion: Confusion) -> Rate:
    """Return how often a fail was said where none was expected: the false positives."""
    return _rate(confusion, expected=NO_FAIL, wrong=FAIL)


def missed_fails(confusion: Confusion) -> Rate:
    """Return how often all was said to be in order (pass, warn) where a fail was expected: the false negatives."""
    return _rate(confusion, expected=FAIL, wrong=IN_ORDER)


def _rate(confusion: Confusion, *, expected: Collection[str], wrong: Collection[str]) -> Rate:
    given = [found for verdict, found in confusion.items() if verdict in expected]
    return Rate(
        sum(count for found in given for verdict, count in found.items() if verdict in wrong),
        sum(sum(found.values()) for found in given),
    )
