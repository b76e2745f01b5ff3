"""The page with prices answers, and has text that can be read. What it says about money is kept for the next step."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from core.templatetags.ui import plural
from verification.context import Context
from verification.contract import Code, Listing, Outcome, Step, Subject
from verification.reading import documents, prices
from verification.reading.html import Page
from verification.verdicts import Verdict


def subjects(listing: Listing) -> Sequence[Subject]:
    """Return the declared page with prices, or the listing as a whole: then the home page's links are looked at."""
    return (Subject(listing.pricing_url),)


def check(context: Context) -> Outcome:
    """Read the declared page, else the one that the home page links to."""
    address = context.subject.address
    if not address:
        home = context.earlier("home")
        if home is None or "marks" not in home.detail:
            return context.unmet("home", "The home page answers")
        strange = documents.led_away(context)
        if strange is not None:
            return strange
        address = documents.find(documents.links_of(home), documents.PRICING, str(home.detail["final_url"]))
        if not address and home.detail["needs_javascript"]:
            return context.say("home_unread")
        if not address:
            return context.say("missing" if _sells(context.listing) else "none_needed")
    page = documents.read(context, address)
    if isinstance(page, Outcome):
        return page
    detail = money(page, address)
    if page.needs_javascript and not detail["offers"]:
        return context.say("js_only", address=address, detail=detail)
    if page.words < 25 and not detail["prices"] and not detail["offers"]:
        return context.say("no_text", address=address, detail=detail)
    return context.say(
        "answers", address=address, amounts=plural(len(detail["prices"]), "amount") + " of money", detail=detail
    )


def money(page: Page, address: str) -> dict[str, Any]:
    """Return what a page says about money, for the detail of this step."""
    return {
        "address": address[:500],
        "read_at": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        "words": page.words,
        "needs_javascript": page.needs_javascript,
        "prices": [price.as_json() for price in prices.find(page.text)],
        "offers": [price.as_json() for price in prices.offers(page.jsonld)],
        "free": prices.free_words(page.text),
        "trial": prices.trial_words(page.text),
    }


def _sells(listing: Listing) -> bool:
    return listing.access in {"trial", "paid_only"} or any(plan.amount != "0" for plan in listing.plans)


P, W, S = Verdict.PASS, Verdict.WARN, Verdict.SKIPPED
STEP = Step(
    key="pricing_page",
    title="Page with prices",
    group="documents",
    proves="The page that is declared for prices, or that the home page links to, answered with text.",
    codes=documents.CODES | {
        "answers": Code(P, "{address} answers and shows {amounts}."),
        "no_text": Code(W, "{address} answers, but with hardly any text."),
        "missing": Code(W, "The tool costs money, but neither the listing nor the home page leads to its prices."),
        # most tools without plans have no such page
        "none_needed": Code(S, "The listing states no price, and the home page links to no page with prices."),
    },
    check=check,
    subjects=subjects,
    needs=("home",),
    requests=1,
    shared=True,
)  # fmt: skip
