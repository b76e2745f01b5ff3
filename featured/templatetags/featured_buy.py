"""Words of the pages on which slots are looked at and bought."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import template
from django.conf import settings

from core.templatetags.ui import linkable
from featured import money, weeks
from featured.inventory import Taken
from featured.models import Booking

register = template.Library()


@register.filter
def money_of(amount: int, currency: str = "") -> str:
    """Return an amount in minor units for people, of the site's currency where none is named: "$149"."""
    return money.money(amount, currency or settings.FEATURED_CURRENCY)


@register.filter
def weeks_of(during: Any) -> str:
    """Return the time of a booking: "7 Dec 2026 to 20 Dec 2026, 2 weeks"."""
    first, last = during.lower, during.upper - dt.timedelta(days=1)
    count = (during.upper - during.lower) // weeks.WEEK
    return f"{_day(first)} to {_day(last)}, {count} {'week' if count == 1 else 'weeks'}"


@register.filter
def moment_of(at: dt.datetime | None) -> str:
    """Return a moment to the minute: "7 Dec 2026, 14:05 UTC"."""
    return f"{_day(at)}, {at.astimezone(dt.UTC):%H:%M} UTC" if at else ""


def _day(at: dt.datetime) -> str:
    at = at.astimezone(dt.UTC)
    return f"{at.day} {at:%b %Y}"


SAID = {
    "hold": "Held while it is paid",
    "book": "Booked",
    "release": "Given free",
    "rebook": "Booked after all: the payment came late, and it was still free",
    "cancel": "Cancelled",
    "stop": "Stopped",
    "suspend": "Suspended",
    "resume": "Booked again",
    "end": "Over",
}


@register.filter
def said(event: str) -> str:
    """Return what a move is for who booked: "Booked"."""
    return SAID.get(event, event)


@register.filter
def place_of(booking: Booking) -> str:
    """Return the place of a booking for people: "Home", "Coding". Reads its `category`."""
    return booking.category.name if booking.category else str(booking.get_surface_display())


@register.filter
def at_stripe(address: str) -> bool:
    """Say whether an address that Stripe told may be a link; that of what stands in for it, on this machine, too."""
    base = settings.STRIPE_API_BASE.rstrip("/")
    return linkable(address) or bool(base and address.startswith(f"{base}/"))


@register.filter
def paid_by(booking: Booking | Taken) -> str:
    """Return who pays for a slot, for people: a name, or why nobody does; one wording for every page."""
    if booking.kind == Booking.Kind.GRANTED:
        return "Nobody: given by the site itself"
    if booking.kind == Booking.Kind.COMMUNITY:
        return "Nobody: drawn by lot"
    if booking.kind == Booking.Kind.MAKE_GOOD:
        return f"Nobody again: in place of what was not delivered to {booking.payer}"
    return booking.payer


@register.filter
def day_text(at: dt.datetime) -> str:
    """Return a day for texts that cannot have an element, such as labels: "30 Nov 2026"."""
    return _day(at)


@register.filter
def spaced_out(code: str) -> str:
    """Return a code of Stripe as words: "past due"."""
    return code.replace("_", " ")
