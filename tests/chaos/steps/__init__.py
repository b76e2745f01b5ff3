"""The only steps there are while chaos reigns: five a run, waiting for each other, one of them over HTTP."""

from __future__ import annotations

import random
import time
from typing import Any

from verification.context import Context
from verification.contract import Code, Outcome, Step
from verification.verdicts import Verdict

CODES = {
    "fine": Code(Verdict.PASS, "It is fine."),
    "shaky": Code(Verdict.FAIL, "It is not fine.", soft=True),
}
LONGEST = 0.5  # seconds that a step takes


def dawdle(context: Context) -> Outcome:
    """Take a while, then say that it is fine."""
    time.sleep(random.uniform(0.1, LONGEST))
    return context.say("fine")


def step(key: str, **fields: Any) -> Step:
    """Return a step that dawdles, unless `fields` say otherwise."""
    values: dict[str, Any] = {"title": key, "group": "endpoints", "proves": "Nothing.", "codes": CODES}
    return Step(**(values | {"key": key, "check": dawdle} | fields))
