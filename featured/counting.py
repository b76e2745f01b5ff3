"""What bookings deliver: counted without people by the thread of catalog/reach, one row a day and position.

Rendered: pages served with the card on them, also from memory. Viewable: half of the card in view for a second.
Clicks: its link followed. Filtered: any of these by what is no person, which stands in none of the other columns.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from datetime import date

from django.http import HttpRequest
from django.utils import timezone

from catalog.reach import store, visitors
from catalog.reach.counting import reach
from catalog.reach.events import Beside
from core import clients
from core.ratelimit import Ask, Limit, take_all
from featured.models import Booking

COUNTER = "featured"
COLUMNS = ("rendered", "viewable", "clicks", "filtered")
TOLD = {"view": "viewable", "click": "clicks"}  # what the script of a page says, and how it is counted
CARD = re.compile(r"([\w-]{16}):([1-3])", re.ASCII)
# What one network may tell; what is more is filtered, and nobody is told so (docs/limits.md).
SEEN = Limit("sponsored", 600, 3_600, "open", "")
VIEWED = Limit("sponsored-view", 60, 3_600, "open", "")
CLICKED = Limit("sponsored-click", 5, 86_400, "open", "")
Card = tuple[int, int]  # key of a booking, number of its card on the page

DELIVERY = """
INSERT INTO featured_delivery AS kept (booking_id, day, position, rendered, viewable, clicks, filtered)
SELECT new.* FROM unnest(%s::bigint[], %s::date[], %s::smallint[], %s::bigint[], %s::bigint[], %s::bigint[],
    %s::bigint[]) AS new (booking_id, day, position, rendered, viewable, clicks, filtered)
  JOIN featured_booking ON featured_booking.id = new.booking_id
ORDER BY new.booking_id, new.day, new.position
ON CONFLICT (booking_id, day, position) DO UPDATE SET rendered = kept.rendered + excluded.rendered,
  viewable = kept.viewable + excluded.viewable, clicks = kept.clicks + excluded.clicks,
  filtered = kept.filtered + excluded.filtered
"""


def register() -> None:
    """Let the thread of catalog/reach write what is counted here."""
    store.WRITERS[COUNTER] = write


def rendered(cards: Iterable[Card]) -> list[Beside]:
    """Return what is counted when a page with these cards is served to a person."""
    return [Beside(COUNTER, ("rendered", *card)) for card in cards]


def filtered(cards: Iterable[Card]) -> list[Beside]:
    """Return what is counted when it is a program, or more than one network may tell."""
    return [Beside(COUNTER, ("filtered", *card)) for card in cards]


def write(counts: store.Besides) -> None:
    """Add counts to the rows of their day: one statement, in the caller's transaction."""
    rows: defaultdict[tuple[int, date, int], list[int]] = defaultdict(lambda: [0] * len(COLUMNS))
    for (day, (column, booking, position)), count in counts.items():
        rows[int(booking), day, int(position)][COLUMNS.index(str(column))] += count
    store.upsert(DELIVERY, [(*key, *row) for key, row in rows.items()])


def message(request: HttpRequest) -> tuple[str, list[Card]]:
    """Return what a page tells by a message: a column, and the cards it is about that are shown just now.

    At most three cards, each once; ("", []) for what makes no sense. One statement, none for what names no card.
    """
    column = TOLD.get(request.POST.get("what", ""), "")
    told = [found for text in request.POST.getlist("card")[:3] if (found := CARD.fullmatch(text))]
    if not column or not told:
        return "", []
    running = Booking.objects.running(timezone.now()).filter(key__in={one[1] for one in told})
    keys = dict(running.values_list("key", "pk"))
    where = {one[1]: int(one[2]) for one in told if one[1] in keys}  # a page has each card once
    return column, [(keys[key], number) for key, number in where.items()]


def tell(request: HttpRequest, column: str, cards: Iterable[Card]) -> None:
    """Count a message of a page: as `column` what a person may have done, as filtered all else.

    Filtered is what names no browser or a program, what does not say that a page of this site sends it
    (Sec-Fetch-Site, which browsers set and pages cannot), and what one network tells too often.
    """
    person = visitors.counts(request) and request.headers.get("Sec-Fetch-Site") == "same-origin"
    for card in cards:
        counted = person and _within_limits(request, column, card[0])
        reach.add([Beside(COUNTER, (column if counted else "filtered", *card))])


def _within_limits(request: HttpRequest, column: str, booking: int) -> bool:
    network = clients.network(request)
    each = CLICKED if column == "clicks" else VIEWED
    return all(one.allowed for one in take_all([Ask(SEEN, network), Ask(each, f"{network} {booking}")]))
