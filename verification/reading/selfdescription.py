"""What the steps of the group “descriptions” share: these documents are optional, so nothing about them is a fault."""

from __future__ import annotations

from collections.abc import Mapping

from core.safehttp import Answer
from verification.context import Context
from verification.contract import Code, Outcome
from verification.reading.addresses import origin
from verification.verdicts import Verdict

CODES = {
    # Skipped, not a warning: nobody has to publish one.
    "absent": Code(Verdict.SKIPPED, "None is published there, and nobody has to publish one."),
    "not_now": Code(Verdict.INCONCLUSIVE, "It could not be fetched just now: {reason}"),
}


def at_origin(url: str, path: str) -> str:
    """Return the address of `path` at the origin of `url`."""
    return f"{origin(url)}{path}"


def optional(context: Context, answer: Answer) -> Outcome | None:
    """Return the outcome when there is nothing to look at, None when there is. A page instead of it is none.

    Many sites answer every address with their front page, and trouble with an optional thing is held against nobody.
    """
    trouble = context.trouble(answer)
    if trouble is not None:
        if trouble.code == "gone":
            return context.say("absent")
        return trouble if trouble.verdict == Verdict.INCONCLUSIVE else context.say("not_now", reason=trouble.sentence)
    if answer.status != 200 or not answer.body.strip() or is_page(answer):
        return context.say("absent")
    return None


def is_page(answer: Answer) -> bool:
    """Whether an answer is a page for people."""
    start = answer.body.lstrip()[:15].lower()
    if not start:
        return False
    return answer.content_type in {"text/html", "application/xhtml+xml"} or start.startswith((b"<!doctype", b"<html"))


def codes(own: Mapping[str, Code]) -> dict[str, Code]:
    """Return a step's codes with those that all of them have."""
    return CODES | dict(own)
