"""The prices that Stripe has to know: for each kind of page, a week once and a week by subscription."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.conf import settings

from featured import gateway
from featured.answers import Price
from featured.models import Order
from featured.slots import Place, Surface


@dataclass(frozen=True)
class Wanted:
    """A price as it should be at Stripe; `amount` is of a week, in minor units, without tax."""

    surface: Surface
    key: str
    weekly: bool
    amount: int


def every() -> Iterator[Wanted]:
    """Yield all prices."""
    for surface in Surface:
        for kind in (Order.Kind.ONCE, Order.Kind.WEEKLY):
            key = gateway.price_key(Place(surface).lookup_key, kind)
            amount = int(settings.FEATURED_PRICES[surface.value])
            yield Wanted(surface, key, kind == Order.Kind.WEEKLY, amount)


def states() -> dict[str, str]:
    """Return by its key how each price stands at Stripe: "kept" (as it should be), "missing" or "differs". One call."""
    wanted = list(every())
    found = gateway.prices([one.key for one in wanted])
    return {one.key: _state(one, found.get(one.key)) for one in wanted}


def _state(one: Wanted, found: Price | None) -> str:
    if found is None:
        return "missing"
    same = (found.amount, found.currency, found.weekly) == (one.amount, settings.FEATURED_CURRENCY, one.weekly)
    return "kept" if same else "differs"


def ensure(one: Wanted) -> str:
    """Make a price at Stripe what it should be; return "kept", "created" or "changed"."""
    return gateway.set_price(
        product=f"featured_{one.surface.value}",
        label=str(one.surface.label),
        key=one.key,
        weekly=one.weekly,
        amount=one.amount,
    )
