"""Bookings that may not run any more: the tool was taken down, or whose it is is not proved any longer."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import transaction

from catalog.models import Tool
from featured import booking as bookings
from featured import eligibility, refunds, renewals, waitlist
from featured.care import mails
from featured.models import Booking, Order, Refund
from featured.models.bookings import State
from featured.weeks import WEEK
from verification.models import DriftCase
from verification.ownership.owners import owners_of

GONE = "The tool is not listed here any more."
NOT_OWNED = "Nobody proves any more that the tool is theirs."
BOUGHT = (Booking.Kind.PAID, Booking.Kind.MAKE_GOOD)  # what staff grants or the lot draws needs no proof of ownership


def sweep(at: dt.datetime) -> int:
    """Stop what is booked for tools that are not listed, at once, or not eligible, within the hour; return how many.

    Whether a tool is still listed is one query for all. The rest is asked of each booking once an hour, each in its
    own minute: rows need no column for it, and the database no peak.
    """
    stopped = 0
    rows = Booking.objects.filter(state=State.BOOKED).exclude(during__fully_lt=(at, None)).select_related("tool")
    for one in rows.order_by("pk"):
        why = ""
        if one.tool is None or not one.tool.is_listed:
            why = GONE
        elif one.kind in BOUGHT and one.pk % 60 == at.minute:
            why = lost(one.tool, at)
        if why:
            stopped += stop(one, why=why, at=at)
    return stopped


def lost(tool: Tool, at: dt.datetime) -> str:
    """Return why what is booked for a tool may not run any more, "" when it may.

    The reasons of eligibility.still but one: that a tool was not seen to answer stops nothing. What is away is paused,
    and what could not be told is held against nobody.
    """
    if not tool.is_listed:
        return GONE
    if DriftCase.objects.filter(tool=tool, state=DriftCase.State.OPEN).exists():
        return eligibility.DRIFT.format(name=tool.name)
    return "" if owners_of(tool, at).exists() else NOT_OWNED


@transaction.atomic
def stop(booking: Booking, *, why: str, at: dt.datetime, by: Any = None, reason: str = Refund.Why.TAKEN_DOWN) -> bool:
    """End a booking before its time and ask for what is left of it to be paid back, once a second person agrees.

    `why` is a sentence for who booked it, `by` the member of staff who does it, None for the site. No further week of a
    subscription is collected. Returns False when its state does not allow it any more.
    """
    bookings.lock(booking.place)
    if booking.order_id:
        Order.objects.select_for_update().get(pk=booking.order_id)  # before its bookings, as whoever writes a payment
    row = Booking.objects.select_for_update(of=("self",)).select_related("order", "buyer").get(pk=booking.pk)
    left = refunds.left(row, at) if row.order and row.booked_at else 0
    ends = min(max(at, row.starts_at), row.during.upper)
    if not bookings.move(row, "stop", by=by, why=why, ends_at=ends):
        return False
    refund = None
    if row.order and left:
        refund = refunds.ask(
            order=row.order, booking=row, amount=left, why=reason, sentence=why, by=by, approve=True,
        )  # fmt: skip
    mails.stopped(row, why, refund)
    if row.order and row.order.kind == Order.Kind.WEEKLY:
        renewals.collect_no_more(row.order)
    week = row.starts_at
    while week < row.during.upper:
        waitlist.offer(row.place, week)
        week += WEEK
    booking.refresh_from_db()
    return True
