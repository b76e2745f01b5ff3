"""Booking a slot, and waiting for one."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render

from core.kept_forms import typed
from featured import buying, checkout, gateway, holds, waitlist
from featured.book_page import Asked, asked, slot
from featured.booking import Unavailable
from featured.forms import BookForm
from featured.guards import mine
from featured.leaving import leads_to_stripe
from featured.models import Order
from featured.slots import Place

WAITS = "You wait for {place}, week of {first:%d %b %Y}. You get a mail when it is free, and 24 hours to book it."
NOT_YOURS = "Choose one of your tools."


@leads_to_stripe
@mine("GET", "POST", fills=True)
def book(request: HttpRequest, place: str, week: str) -> HttpResponse:
    """Say what a slot costs and for which of one's tools it can be had; order it, or wait for it."""
    found, first = slot(place, week)
    if request.method == "POST" and "wait" in request.POST:
        return _wait(request, found, first)
    seen = asked(request.user, found, first)
    data = request.POST if request.method == "POST" else typed(request)
    form = seen.form(data)
    if request.method != "POST":
        return _page(request, seen, form)
    if not gateway.is_on():
        return _page(request, seen, form, status=409)
    if not form.is_valid():
        return _page(request, seen, form, status=400)
    try:
        order = _order(request.user, seen, form)
    except Unavailable as error:
        form.add_error(None, str(error))
        return _page(request, asked(request.user, found, first), form, status=409)
    return to_stripe(request, order)


def _order(user: Any, seen: Asked, form: BookForm) -> Order:
    chosen = form.cleaned_data
    return buying.buy(
        buyer=user, tool=next(tool for tool in seen.eligible if tool.slug == chosen["tool"]), place=seen.place,
        first=seen.first, count=form.count, payer=chosen["payer"], kind=form.kind, may_move=chosen["may_move"],
    )  # fmt: skip


def to_stripe(request: HttpRequest, order: Order) -> HttpResponse:
    """Lead to Stripe's page; where it does not answer, to the order, which is held and can be paid from there."""
    try:
        return HttpResponseRedirect(checkout.open(order), status=303)
    except checkout.Off as error:
        holds.let_go(order)
        messages.error(request, str(error))
    except checkout.Down as error:
        messages.error(request, str(error))
    return redirect(order)


def _wait(request: HttpRequest, place: Place, first: dt.datetime) -> HttpResponse:
    seen = asked(request.user, place, first)
    tool = next((tool for tool in seen.eligible if tool.slug == request.POST["wait"]), None)
    try:
        if tool is None:
            raise Unavailable(NOT_YOURS)
        waitlist.join(user=request.user, tool=tool, place=place, first=first)
    except Unavailable as error:
        messages.error(request, str(error))
        return redirect(request.path)
    messages.success(request, WAITS.format(place=place.label, first=first))
    return redirect("featured:mine")


def _page(request: HttpRequest, seen: Asked, form: BookForm, status: int = 200) -> HttpResponse:
    context = {
        "seen": seen, "form": form, "on": gateway.is_on(), "currency": settings.FEATURED_CURRENCY,
        "tax": settings.STRIPE_TAX,
    }  # fmt: skip
    return render(request, "featured/book.html", context, status=status)
