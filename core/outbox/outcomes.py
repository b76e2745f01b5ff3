"""What a try to hand a mail over came to."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Verdict(Enum):
    """What to do with the mail."""

    TAKEN = "taken"  # the server answers for it now
    LATER = "later"  # try again
    NEVER = "never"  # another try would be answered alike
    NOBODY = "nobody"  # the server says that this address takes no mail


@dataclass(frozen=True)
class Outcome:
    """What came of it, and why in a sentence for operators. `unreachable`: others would fare no better now."""

    verdict: Verdict
    reason: str = ""
    unreachable: bool = False
