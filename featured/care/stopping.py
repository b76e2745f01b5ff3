"""Bookings that may not run any more: the tool was taken down, or whose it is is not proved any longer."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import transaction

from catalog.choices import LISTED
from featured import booking as bookings
from featured import eligibility, refunds, waitlist
from featured.care import mails
from featured.models import Booking, Refund
from featured.models.bookings import State
from featured.weeks import WEEK, start_of

GONE = "The tool is not listed here any more."
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
        if one.tool is None or one.tool.status not in LISTED:
            why = GONE
        elif one.kind in BOUGHT and one.pk % 60 == at.minute:
            why = eligibility.still(one.tool, at)
        if why:
            stopped += stop(one, why=why, at=at)
    return stopped


@transaction.atomic
def stop(booking: Booking, *, why: str, at: dt.datetime, by: Any = None, reason: str = Refund.Why.TAKEN_DOWN) -> bool:
    """End a booking before its time and ask for what is left of it to be paid back, once a second person agrees.

    `why` is a sentence for who booked it, `by` the member of staff who does it, None for the site. Returns False when
    its state does not allow it any more.
    """
    row = Booking.objects.select_for_update(of=("self",)).select_related("order", "buyer").get(pk=booking.pk)
    left = refunds.left(row, at) if row.order and row.booked_at else 0
    if not bookings.move(row, "stop", by=by, why=why, ends_at=min(at, row.stops_at)):
        return False
    refund = None
    if row.order and left:
        refund = refunds.ask(
            order=row.order, booking=row, amount=left, why=reason, sentence=why, by=by, approve=True,
        )  # fmt: skip
    mails.stopped(row, why, refund)
    week = max(start_of(at) + WEEK, row.starts_at)
    while week < row.during.upper:
        waitlist.offer(row.place, week)
        week += WEEK
    booking.refresh_from_db()
    return True
