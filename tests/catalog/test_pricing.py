"""The pricing label: first that fits."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest
from django.test import Client

from catalog import pricing
from tests import make

PRO = {"name": "Pro", "amount": "20", "currency": "USD", "period": "month", "seen": "2026-11-01"}
YEAR = {"name": "Year", "amount": "120", "currency": "EUR", "period": "year", "seen": "2026-11-01"}
UNIT = {
    "name": "Speech",
    "amount": "0.015",
    "currency": "USD",
    "period": "unit",
    "unit": "minute",
    "seen": "2026-11-01",
}


@pytest.mark.parametrize(
    ("access", "model", "source", "plans", "label", "text"),
    [
        ("free", [], "open_source", [], "free-open-source", "Free, open source"),
        ("free", [], "proprietary", [PRO], "free", "Free"),
        ("free_tier", ["usage"], "open_source", [PRO], "free-tier", "Free tier"),
        ("trial", ["usage"], "proprietary", [PRO], "free-trial", "Free trial"),
        ("paid_only", ["usage"], "proprietary", [PRO], "pay-as-you-go", "Pay as you go"),
        ("unknown", ["usage", "credits"], "proprietary", [], "pay-as-you-go", "Pay as you go"),
        ("paid_only", ["usage", "subscription"], "proprietary", [PRO], "paid", "From $20/mo"),
        ("paid_only", ["subscription"], "proprietary", [PRO, YEAR], "paid", "From €10/mo"),
        ("paid_only", ["subscription"], "proprietary", [], "paid", "Paid, price unknown"),
        ("contact_sales", ["negotiated"], "proprietary", [], "contact-sales", "Contact sales"),
        ("contact_sales", ["negotiated"], "proprietary", [PRO], "paid", "From $20/mo"),
        ("waitlist", [], "proprietary", [], "unknown", "Price unknown"),
        ("unknown", ["subscription"], "proprietary", [UNIT], "unknown", "Price unknown"),
    ],
)
def test_the_label_is_the_first_that_fits(
    access: str, model: list[str], source: str, plans: list[Any], label: str, text: str
) -> None:
    said = {"access": access, "model": model, "source": source, "said_by": "editor"}
    tool = make.tool(pricing=said, **({"plans": plans} if plans else {}))
    assert (pricing.label(tool), pricing.text(tool)) == (label, text)


def test_amounts_are_shown_with_their_unit() -> None:
    tool = make.tool(plans=[PRO, YEAR, UNIT])
    assert [pricing.money(plan) for plan in tool.plans.all()] == ["$20/mo", "€10/mo", "$0.015 per minute"]


@pytest.mark.django_db
def test_the_page_of_a_tool_lists_its_plans_with_the_day_and_the_page_they_were_seen_on(client: Client) -> None:
    links = {"pricing": "https://made.example.com/prices"}
    priced, other = make.tool(plans=[PRO, UNIT], links=links), make.tool()
    for path, rows in ((priced.get_absolute_url(), 2), (other.get_absolute_url(), 0)):
        text = " ".join(client.get(path).content.decode().split())
        plans = re.findall(r"<li>([^<:]+: [^<]+) <span class=\"quiet\">seen <time[^>]*>([^<]+)</time>", text)
        assert plans == [("Pro: 20 USD per month", "1 Nov 2026"), ("Speech: 0.015 USD per minute", "1 Nov 2026")][:rows]
        assert text.count("<dt>Plans</dt>") == bool(rows)


def test_a_price_older_than_180_days_asks_for_a_new_look() -> None:
    today = dt.date(2026, 11, 25)
    assert not pricing.needs_recheck(today - dt.timedelta(days=180), today)
    assert pricing.needs_recheck(today - dt.timedelta(days=181), today)
