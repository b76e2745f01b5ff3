"""Pages for readers: why a card is there, what was sold, and the address that counts what was seen."""

from __future__ import annotations

from django.core.exceptions import BadRequest
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from catalog.pages import numbered
from catalog.reach import visitors
from core.readonly import read_only
from core.spreadsheet import csv_file
from featured import counting, ledger, slots
from featured.showing import MOST
from featured.slots import PER

ON_PAGE = 50


@read_only
def why(request: HttpRequest) -> HttpResponse:
    """Why sponsored cards are there, how they are chosen, what is counted, and what they change: nothing."""
    return render(request, "featured/why.html", {"most": MOST, "per": PER, "positions": slots.POSITIONS})


@csrf_exempt  # it changes nothing of anybody, and the page, which is everybody's, can hold no token
@require_POST
def seen(request: HttpRequest) -> HttpResponse:
    """Count that a sponsored card was in view, or its link followed; static/js/sponsored.js tells it.

    Answers 204 without a body, also for what is filtered; 403 when no page of this site asks, 400 for what names no
    card that is shown just now.
    """
    column, cards = counting.message(request)
    counting.tell(request, column, cards)
    if not visitors.from_this_site(request):
        return HttpResponse(status=403)
    return HttpResponse(status=204 if cards else 400)


@read_only
def public_ledger(request: HttpRequest) -> HttpResponse:
    """Every slot that was sold or given, latest first; `show` keeps one of both."""
    show = request.GET.get("show", "")
    if show not in ledger.SHOWS:
        raise BadRequest("“show” is sold or given, or is left out.")
    page = numbered(Paginator(ledger.bookings(show), ON_PAGE), request.GET.get("page", "1"))
    context = {"page": page, "rows": ledger.rows(page.object_list), "show": show, "shows": ledger.SHOWS}
    return render(request, "featured/ledger.html", context)


@read_only
def public_ledger_csv(request: HttpRequest) -> HttpResponse:
    """The whole ledger as a file."""
    return csv_file("ledger.csv", ledger.HEAD, ledger.all_cells())
