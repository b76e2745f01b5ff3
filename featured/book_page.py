"""What the page of one slot shows: whether it is free, for which tools, who waits."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import Http404

from catalog.models import Tool
from featured import orders, slots, weeks
from featured.eligibility import tools_of, unlisted_names
from featured.forms import BookForm
from featured.models import Order, Waiting
from featured.models.bookings import State
from featured.models.orders import OrderState
from featured.slots import Place

NO_SLOT = "There is no such slot. Choose one from the calendar: only weeks that begin later, up to 25 of them."


@dataclass(frozen=True)
class Asked:
    """A slot as one buyer sees it."""

    place: Place
    first: dt.datetime
    tools: list[tuple[Tool, str]]  # one's own, with why it cannot be booked
    longest: int  # weeks in a row that are free
    waiting: list[Waiting]  # the buyer's own
    queue: int  # others who wait and are asked first
    open: Order | None  # what the buyer has not paid yet
    further: dict[int, str]  # why a tool cannot have the week after it as well, by its key
    proved: list[str]  # names of sites, for who has no listed tool: theirs may wait for review

    @property
    def eligible(self) -> list[Tool]:
        """The tools that may have it."""
        return [tool for tool, why in self.tools if not why]

    @property
    def can_book(self) -> bool:
        """Whether the form is of any use."""
        offered = any(one.state == Waiting.State.OFFERED for one in self.waiting)
        return bool(self.eligible and self.longest and (offered or not self.queue))

    @property
    def kept_until(self) -> dt.datetime | None:
        """Until when it is kept for the buyer, who waited for it; None when it is not, or is ordered already."""
        offers = (one for one in self.waiting if one.state == Waiting.State.OFFERED and one.booking)
        return next((one.offered_until for one in offers if one.booking and one.booking.order_id is None), None)

    @property
    def no_further(self) -> str:
        """Why “every week” is not offered, as a sentence; "" when it is."""
        why = [self.further[tool.pk] for tool in self.eligible]
        return why[0] if why and all(why) else ""

    @property
    def date(self) -> str:
        """The week as addresses have it."""
        return f"{self.first:%Y-%m-%d}"

    def form(self, data: Any = None) -> BookForm:
        """Return the form of an order, filled with `data`."""
        return BookForm(
            data, tools=self.eligible, place=self.place, first=self.first, longest=self.longest,
            currency=settings.FEATURED_CURRENCY, further={tool.slug: self.further[tool.pk] for tool in self.eligible},
        )  # fmt: skip


def slot(place_name: str, week: str) -> tuple[Place, dt.datetime]:
    """Return the place and the beginning of the week that an address names. Raises Http404."""
    place = slots.find(place_name)
    try:
        first = weeks.read(week)
    except ValueError as error:
        raise Http404(NO_SLOT) from error
    if place is None or not orders.bookable(first):
        raise Http404(NO_SLOT)
    return place, first


def asked(user: Any, place: Place, first: dt.datetime) -> Asked:
    """Return a slot as this buyer sees it. A constant number of statements, whatever they own."""
    mine = tools_of(user)
    why = orders.hindrances(mine, user, place, first) if mine else {}
    here = Waiting.objects.filter(place=place.name, week=first.date())
    waits = (
        here.filter(state__in=[Waiting.State.WAITS, Waiting.State.OFFERED]).select_related("tool", "booking").in_turn()
    )
    rows = list(waits)
    opened = Order.objects.filter(
        buyer=user, state=OrderState.OPEN, bookings__state=State.HELD, bookings__place=place.name,
        bookings__during__startswith=first,
    )  # fmt: skip
    longest = orders.longest(place, first, user)
    return Asked(
        place,
        first,
        [(tool, why[tool.pk]) for tool in mine],
        longest,
        [one for one in rows if one.user_id == user.pk],
        sum(one.user_id != user.pk and one.state == Waiting.State.WAITS for one in rows),
        opened.order_by("pk").first(),
        orders.no_further(mine, user, place, first, longest) if mine else {},
        [] if mine else unlisted_names(user),
    )
