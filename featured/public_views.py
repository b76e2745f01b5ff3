"""The page for everybody: which slots there are, who has them, what they cost."""

from __future__ import annotations

import datetime as dt

from django.core.exceptions import BadRequest
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from catalog.models import Tool
from core.readonly import read_only
from featured import gateway, inventory, weeks

NO_PLACE = "There is no such category. Look at all places instead."


@read_only
def show(request: HttpRequest) -> HttpResponse:
    """Show the calendar of places, `?place=category/<slug>` for one category with its sub-categories."""
    within = request.GET.get("place", "")
    places = inventory.places(within)
    if places is None:
        raise Http404(NO_PLACE)
    calendar = inventory.calendar([place for place, _ in places], _first(request), request.user)
    context = {
        "calendar": calendar,
        "rows": zip(calendar.rows, (subs for _, subs in places), strict=True),
        "within": within,
        "top": places[0][0],
        "sample": Tool.objects.found().for_cards().order_by("-level", "slug").first(),
        "running": inventory.today(),
        "ahead": weeks.AHEAD - 1,
        "on": gateway.is_on(),
    }
    return render(request, "featured/inventory.html", context)


def _first(request: HttpRequest) -> dt.datetime:
    asked = request.GET.get("from", "")
    try:
        return weeks.read(asked) if asked else inventory.today()
    except ValueError as error:
        raise BadRequest(str(error)) from error
