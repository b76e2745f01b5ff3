"""The one pricing label, derived from three orthogonal fields (DESIGN section 4)."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from catalog.choices import Access, PriceModel, PricingLabel, Source
from catalog.models import Plan, Tool

RECHECK_AFTER = dt.timedelta(days=180)
SYMBOLS = {"USD": "$", "EUR": "€", "GBP": "£"}


def label(tool: Tool) -> PricingLabel:
    """Return the first label that fits.

    A tool that is known to cost money but whose amount nobody has seen is `paid`; its text says that the
    price is unknown (see `text`).
    """
    if tool.access == Access.FREE:
        return PricingLabel.FREE_OPEN_SOURCE if tool.source == Source.OPEN_SOURCE else PricingLabel.FREE
    if tool.access == Access.FREE_TIER:
        return PricingLabel.FREE_TIER
    if tool.access == Access.TRIAL:
        return PricingLabel.FREE_TRIAL
    minimum = {PriceModel.SUBSCRIPTION, PriceModel.PER_SEAT, PriceModel.NEGOTIATED}
    if PriceModel.USAGE in tool.price_model and not minimum.intersection(tool.price_model):
        return PricingLabel.PAY_AS_YOU_GO
    if cheapest(tool) is not None or tool.access == Access.PAID_ONLY:
        return PricingLabel.PAID
    if tool.access == Access.CONTACT_SALES:
        return PricingLabel.CONTACT_SALES
    return PricingLabel.UNKNOWN


def text(tool: Tool) -> str:
    """Return the label in words, with the lowest monthly price where one has been seen."""
    found = label(tool)
    if found == PricingLabel.PAID:
        plan = cheapest(tool)
        return f"From {money(plan)}" if plan else "Paid, price unknown"
    return str(found.label)


def cheapest(tool: Tool) -> Plan | None:
    """Return the priced plan with the lowest amount per month (a year counts a twelfth), or None."""
    priced = [plan for plan in tool.plans.all() if plan.amount > 0 and plan.period in {"month", "year"}]
    return min(priced, key=_per_month, default=None)


def _per_month(plan: Plan) -> Decimal:
    return plan.amount / 12 if plan.period == Plan.Period.YEAR else plan.amount


def money(plan: Plan) -> str:
    """Return "$20/mo" for a monthly or yearly plan, "$0.015 per 1,000 characters" for a unit price."""
    monthly = plan.period in {Plan.Period.MONTH, Plan.Period.YEAR}
    amount = _per_month(plan) if monthly else plan.amount
    figure = f"{amount:,.2f}" if amount >= 1 or monthly else f"{amount.normalize():f}"
    sum_of_money = f"{SYMBOLS.get(plan.currency, plan.currency + ' ')}{figure.removesuffix('.00')}"
    if monthly:
        return f"{sum_of_money}/mo"
    return sum_of_money if plan.period == Plan.Period.ONCE else f"{sum_of_money} per {plan.unit or 'unit'}"


def exact(plan: Plan) -> str:
    """Return the price as it was seen, without rounding: "60 USD per year", "0.015 USD per 1,000 characters"."""
    period = f"per {plan.unit or 'unit'}" if plan.period == Plan.Period.UNIT else plan.get_period_display()
    return f"{plan.amount.normalize():f} {plan.currency} {period}"


def needs_recheck(said_on: dt.date, today: dt.date) -> bool:
    """Say whether a price that was seen on `said_on` is too old to be shown without a warning."""
    return today - said_on > RECHECK_AFTER
