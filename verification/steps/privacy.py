"""The home page links to a privacy policy that is more than a few lines."""

from __future__ import annotations

from verification.context import Context
from verification.contract import Outcome, Step, homepage
from verification.reading.documents import PRIVACY
from verification.steps import _policies


def check(context: Context) -> Outcome:
    """Follow the link to it and read what is there."""
    return _policies.check(context, PRIVACY)


STEP = Step(
    key="privacy",
    title="Privacy policy",
    group="documents",
    proves="The home page links to a privacy policy with at least 400 words; nobody judged what it says.",
    codes=_policies.codes("privacy policy"),
    check=check,
    subjects=homepage,
    needs=("home",),
    requests=1,
    shared=True,
)
