"""Tags by which pages of the catalog show sponsored cards; the catalog itself knows nothing of them."""

from __future__ import annotations

from collections.abc import Sized
from typing import Any

from django import template
from django.http import HttpRequest

from catalog.browse import Browse
from catalog.personal.marks import request_of
from catalog.reach.events import shows_beside
from featured import counting, showing, slots

register = template.Library()


@register.inclusion_tag("featured/_strip.html", takes_context=True)
def sponsored(context: template.Context, place: str, *organic: Sized) -> dict[str, Any]:
    """Draw the strip of a place such as "home" on a page that has these lists of organic cards."""
    return _strips(context, showing.cards(place, sum(map(len, organic))))


@register.inclusion_tag("featured/_strip.html", takes_context=True)
def sponsored_list(context: template.Context, browse: Browse) -> dict[str, Any]:
    """Draw the strip of a list, on its first page: that of its category, else that of search.

    Where filters or words narrow the list, only tools that all of them find have a card.
    """
    if browse.page > 1:
        return {"strips": []}
    place = slots.of_category(browse.base) if browse.base else slots.Place(slots.Surface.SEARCH)
    matching = browse.matching if browse.narrowed else None
    return _strips(context, showing.cards(place.name, len(browse.tools), matching))


def _strips(context: template.Context, shown: list[Any]) -> dict[str, Any]:
    strips = showing.strips(shown)
    request = request_of(context)
    if isinstance(request, HttpRequest):
        cards = [(one.pk, number) for number, one in enumerate((b for s in strips for b in s.bookings), 1)]
        shows_beside(request, people=counting.rendered(cards), programs=counting.filtered(cards))
    return {"strips": strips}
