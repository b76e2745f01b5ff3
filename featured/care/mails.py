"""What buyers, and who looks after money, are told while a booking runs and when it ends: one mail for each event."""

from __future__ import annotations

import datetime as dt
from typing import Any

from core import outbox
from core.site import absolute
from featured import slots
from featured.mails import alert
from featured.models import Booking, Pause, Refund
from featured.money import money


def paused(booking: Booking, pause: Pause) -> None:
    """Tell the buyer that the card is not shown for now."""
    _tell(booking, "paused", key=pause.pk)


def runs_again(booking: Booking, pause: Pause) -> None:
    """Tell the buyer that the card is shown again."""
    _tell(booking, "runs_again", key=pause.pk, since=pause.began_at)


def ended(booking: Booking, refund: Refund | None, paused_for: str) -> None:
    """Tell the buyer that it is over, and what goes back for pauses."""
    _tell(booking, "ended", key=booking.pk, paused_for=paused_for, refund=_amount(refund))


def stopped(booking: Booking, why: str, refund: Refund | None) -> None:
    """Tell the buyer that it ended before its time, why, and what is to go back."""
    _tell(booking, "stopped", key=booking.pk, why=why, refund=_amount(refund))


def made_good(booking: Booking, instead: Booking | None, delivered: int, expected: int) -> None:
    """Tell the buyer of the weeks that they get, or that none is free; that billing has to decide, too."""
    counts = {"delivered": f"{delivered:,}", "expected": f"{expected:,}"}
    begins = instead.starts_at if instead else None
    _tell(
        booking,
        "made_good",
        key=booking.pk,
        begins=begins,
        until=instead.during.upper - dt.timedelta(days=1) if instead else None,
        **counts,
    )
    if instead is None:
        said = (
            f"{booking.tool_name} at {_place(booking)} was seen {delivered:,} times; the median is {expected:,}. No"
            " week of this place is free within 26 weeks. Decide what the buyer gets: a refund, or another place."
        )
        assert booking.order  # only what was paid is made good for
        alert("no_make_good", booking.key, what="no week is free for a make-good", then=said, order=booking.order)


def refused(refund: Refund, why: str) -> None:
    """Tell who paid that money they were told of does not go back, and why."""
    buyer = refund.order.buyer
    if buyer is None or not buyer.is_active:
        return
    outbox.post(
        to=buyer.email, user=buyer, kind="refund.refused", template="refund_refused", key=f"refund.refused:{refund.pk}",
        context={"amount": _amount(refund), "why": why, "link": absolute(refund.order.get_absolute_url())},
    )  # fmt: skip


def _tell(booking: Booking, event: str, *, key: Any, **context: Any) -> None:
    if booking.buyer is None or not booking.buyer.is_active:
        return
    outbox.post(
        to=booking.buyer.email, user=booking.buyer, kind=f"booking.{event}", template=f"booking_{event}",
        context={
            "tool": booking.tool_name, "place": _place(booking), "begins_at": booking.starts_at,
            "ends_at": booking.during.upper, "link": absolute(booking.get_absolute_url()), **context,
        },
        key=f"booking.{event}:{key}",
    )  # fmt: skip


def _place(booking: Booking) -> str:
    place = slots.find(booking.place)
    return place.label if place else booking.place


def _amount(refund: Refund | None) -> str:
    return money(refund.amount, refund.currency) if refund else ""
