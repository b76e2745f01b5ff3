"""What people who buy or wait are told by mail, in the transaction of what it tells of."""

from __future__ import annotations

import datetime as dt

from django.urls import reverse

from core import outbox
from core.site import absolute
from featured.models import Waiting
from featured.slots import Place


def offered(waiting: Waiting, place: Place, until: dt.datetime) -> None:
    """Tell who waited that a slot is theirs for 24 hours."""
    book = reverse("featured:book", args=[waiting.place, f"{waiting.week:%Y-%m-%d}"])
    context = {"until": f"{until.astimezone(dt.UTC):%d %b %Y, %H:%M} UTC", "link": absolute(book)}
    _post("offered", waiting, place, context)


def wait_over(waiting: Waiting, place: Place, why: str) -> None:
    """Tell who waited why the slot that got free was not offered to them."""
    _post("wait_over", waiting, place, {"why": why, "link": absolute(reverse("featured:mine"))})


def _post(what: str, waiting: Waiting, place: Place, context: dict[str, str]) -> None:
    week = f"{waiting.week.day} {waiting.week:%b %Y}"
    outbox.post(
        to=waiting.user.email,
        kind=f"featured.{what}",
        template=f"featured_{what}",
        context={"place": place.label, "tool": waiting.tool.name, "week": week, **context},
        key=f"featured.{what}:{waiting.key}",
        user=waiting.user,
    )
