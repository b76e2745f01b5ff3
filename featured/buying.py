"""Buying, as the form asks for it: what the buyer has open already gives way to what they want now."""

from __future__ import annotations

import datetime as dt
from typing import Any

from catalog.models import Tool
from featured import holds, orders, waitlist, weeks
from featured.booking import Taken, Unavailable
from featured.models import Order
from featured.slots import Place

FEWER = "{place} is not free for so many weeks in a row. Choose fewer weeks; what you hold already is still yours."
PAID = "You have just paid for this place. Look at your bookings before you order it again."


def buy(  # noqa: PLR0913 - as orders.begin
    *,
    buyer: Any,
    tool: Tool,
    place: Place,
    first: dt.datetime,
    count: int,
    payer: str,
    kind: str,
    may_move: bool,
) -> Order:
    """Begin an order, or return the one that is open when the same form was sent before. Raises as orders.begin.

    Who went back from Stripe's page and changed the form has an order open that would be in the way: it is closed.
    """
    for week in (first + n * weeks.WEEK for n in range(count)):
        if (place.name, week) in waitlist.waited_for():
            waitlist.offer(place.name, week)
    wanted: dict[str, Any] = {
        "buyer": buyer, "tool": tool, "place": place, "first": first, "count": count, "payer": payer, "kind": kind,
        "may_move": may_move,
    }  # fmt: skip
    try:
        return orders.begin(**wanted)
    except Unavailable:
        before = orders.open_of(buyer, tool, place, first, count)
        if before is None:
            raise
        if orders.longest(place, first, buyer) < count:  # what is held would be given up for nothing
            raise Taken(FEWER.format(place=place.label)) from None
        if not holds.let_go(before):
            raise Unavailable(PAID) from None
        return orders.begin(**wanted)
