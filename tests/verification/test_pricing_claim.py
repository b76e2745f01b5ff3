"""What is said of listed prices names the amounts: those that were seen and those that were not."""

from __future__ import annotations

from typing import Any

import pytest

from verification.context import Context
from verification.contract import Listing, Outcome, Plan, Subject
from verification.reading import prices
from verification.steps import registry
from verification.verdicts import Verdict

HOME = "https://made.example.com/"
PAGE = f"{HOME}prices"
PRO, TEAM = Plan("Pro", "20", "USD", "month"), Plan("Team", "12", "USD", "month")


def said(text: str, *plans: Plan, access: str = "free_tier") -> Outcome:
    """Return what the step says of plans when the page with prices has this text."""
    kept: dict[str, Any] = {
        "address": PAGE,
        "read_at": "2031-03-04T14:03:50+00:00",
        "needs_javascript": False,
        "prices": [price.as_json() for price in prices.find(text)],
        "offers": [],
        "free": prices.free_words(text),
        "trial": prices.trial_words(text),
    }
    earlier = {"pricing_page": Outcome(Verdict.PASS, "answers", "It answers.", kept)}
    step = registry()["pricing_claim"]
    return step.check(
        Context(step, Listing("made", "Made", HOME, access=access, plans=plans), Subject(), earlier=earlier)
    )


@pytest.mark.parametrize(
    ("text", "plans", "sentence"),
    [
        ("Pro: $20 per month", (PRO,), f"Every listed price stood on {PAGE} on 2031-03-04: 20 USD (Pro)."),
        ("Pro: $20 a month", (TEAM,), f"On 2031-03-04 {PAGE} showed 20 USD, not the listed 12 USD (Team)."),
        (
            "Pro: $20 a month",
            (PRO, TEAM),
            f"On 2031-03-04 {PAGE} showed 20 USD (Pro); not found: the listed 12 USD (Team).",
        ),
        (
            "$1, $2, $3, $4, $5, $6 or $7 a month",
            (PRO,),
            f"On 2031-03-04 {PAGE} showed 1 USD, 2 USD, 3 USD, 4 USD, 5 USD and 2 more, not the listed 20 USD (Pro).",
        ),
    ],
)
def test_the_amounts_are_named(text: str, plans: tuple[Plan, ...], sentence: str) -> None:
    assert said(text, *plans).sentence == sentence


def test_a_listing_without_a_price_says_that_there_was_nothing_to_look_for() -> None:
    outcome = said("$20 a month", access="unknown")
    assert (outcome.code, outcome.sentence) == (
        "not_declared",
        "The listing names no price and nothing free, so there was nothing to look for.",
    )
