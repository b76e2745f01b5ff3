"""One request to the tool's home page."""

from __future__ import annotations

from tests.chaos.steps import step
from verification.context import Context
from verification.contract import Outcome, homepage


def check(context: Context) -> Outcome:
    """Ask it once."""
    answer = context.fetch(context.subject.address)
    return context.trouble(answer) or context.say("fine")


STEP = step("fetch", check=check, subjects=homepage, needs=("begin",), requests=1)
