"""Beside `right`; for every seventh tool a soft fail that stays one."""

from __future__ import annotations

from tests.chaos.steps import dawdle, step
from verification.context import Context
from verification.contract import Outcome


def check(context: Context) -> Outcome:
    """Fail softly for tools whose number ends in 7."""
    return context.say("shaky") if context.listing.slug.endswith("7") else dawdle(context)


STEP = step("left", check=check, needs=("begin",))
