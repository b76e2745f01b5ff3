"""The home page links to a page with terms that is more than a few lines."""

from __future__ import annotations

from verification.context import Context
from verification.contract import Outcome, Step, homepage
from verification.reading.documents import TERMS
from verification.steps import _policies


def check(context: Context) -> Outcome:
    """Follow the link to it and read what is there."""
    return _policies.check(context, TERMS)


STEP = Step(
    key="terms",
    title="Terms",
    group="documents",
    proves="The home page links to a page with terms with at least 400 words; nobody judged what it says.",
    codes=_policies.codes("page with terms"),
    check=check,
    subjects=homepage,
    needs=("home",),
    requests=1,
    shared=True,
)
