"""What somebody booked, ordered and waits for."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from catalog.pages import numbered
from featured import cancelling, gateway, holds, orders, refunds, renewals, report, slots, waitlist
from featured.book_views import to_stripe
from featured.guards import mine
from featured.leaving import leads_to_stripe
from featured.models import Booking, Order, Waiting
from featured.models.orders import OrderState

PER_PAGE = 20
NONE = "There is no such {what}, or it is not yours."
CANCELLED_FREE = "It is cancelled. Nothing goes back, as nothing is left of a payment for it."
CANCELLED = "It is cancelled. What was paid for the rest of its time is on its way back to you."
ENDED_TOO = " The subscription ends with it: no further week is collected."
ASK = "Nothing was cancelled yet: tick “Yes, cancel it”, then press the button again."
TOO_LATE = "It could not be cancelled: it is over, or it was ended already."
GIVEN_UP = "Nothing was paid, and the slot is free again."
OVER = "It cannot be paid any more: its time is over, or it was paid already. The state below says which."


@mine("GET", "POST")
def mine_page(request: HttpRequest) -> HttpResponse:
    """List one's bookings, open orders and waits; leave a waitlist."""
    if request.method == "POST":
        return _leave(request)
    everything = request.GET.get("show") == "orders"
    user: Any = request.user
    ordered_by = Order.objects.filter(buyer=user).latest_first()
    ordered = Q(order__isnull=False) | Q(booked_at__isnull=False)  # and not only offered to who waits
    bookings = Booking.objects.filter(ordered, buyer=user)
    rows: Any = ordered_by if everything else bookings.select_related("category").latest_first()
    page: Any = numbered(Paginator(rows, PER_PAGE), request.GET.get("page", "1"))
    active = [Waiting.State.WAITS, Waiting.State.OFFERED]
    waiting = list(Waiting.objects.filter(user=user, state__in=active).select_related("tool", "booking").in_turn())
    labels = slots.labels({one.place for one in waiting})
    context = {
        "page": page,
        "everything": everything,
        "open": ordered_by.filter(state=OrderState.OPEN)[:PER_PAGE],
        "waiting": [(one, labels[one.place]) for one in waiting],
        "now": timezone.now(),
    }
    return render(request, "featured/mine.html", context)


def _leave(request: HttpRequest) -> HttpResponse:
    user: Any = request.user
    row = Waiting.objects.filter(user=user, key=request.POST.get("leave", "")).first()
    if row is None:
        raise Http404(NONE.format(what="wait"))
    left = waitlist.leave(row)
    messages.success(request, "You do not wait for it any more." if left else "You did not wait for it any more.")
    return redirect("featured:mine")


@mine("GET", "POST")
def booking_page(request: HttpRequest, key: str) -> HttpResponse:
    """One booking: its moves, pauses and refunds; cancel it, with what comes back said before."""
    row = Booking.objects.visible_to(request.user).select_related("order", "tool", "category").filter(key=key).first()
    if row is None:
        raise Http404(NONE.format(what="booking"))
    if request.method == "POST":
        if row.buyer_id != request.user.pk:
            raise PermissionDenied("Only who booked it can cancel it. Staff stops bookings at the desk.")
        return _cancel(request, row)
    return render(request, "featured/booking.html", _about(row, request.user))


def _cancel(request: HttpRequest, row: Booking) -> HttpResponse:
    if "sure" not in request.POST:
        messages.error(request, ASK)
        return redirect(f"{row.get_absolute_url()}#cancel")
    back = cancelling.gives_back(row)
    done = cancelling.cancel(row, by=request.user)
    weekly = row.order is not None and row.order.kind == Order.Kind.WEEKLY
    good = (CANCELLED if back else CANCELLED_FREE) + (ENDED_TOO if weekly else "")
    (messages.success if done else messages.error)(request, good if done else TOO_LATE)
    return redirect(row)


def _about(row: Booking, user: Any) -> dict[str, Any]:
    now = timezone.now()
    entry = refunds.paid_for(row)
    return {
        "weekly": row.order is not None and row.order.kind == Order.Kind.WEEKLY,
        "paid": entry.amount if entry else 0,
        "booking": row,
        "moves": row.moves.order_by("at", "id"),
        "pauses": row.pauses.order_by("began_at", "id"),
        "refunds": row.refunds.order_by("created_at", "id"),
        "back": cancelling.gives_back(row, now),
        "can_cancel": row.buyer_id == user.pk and row.state == "booked" and row.stops_at > now,
        "now": now,
        "report": report.of(row) if row.booked_at else None,
    }


@leads_to_stripe
@mine("GET", "POST")
def order_page(request: HttpRequest, key: str) -> HttpResponse:
    """One order: its state, its money, the way to Stripe while it is held; or give it up."""
    order = Order.objects.visible_to(request.user).filter(key=key).first()
    if order is None:
        raise Http404(NONE.format(what="order"))
    if request.method == "POST":
        return _pay_or_let_go(request, order)
    bookings = list(order.bookings.select_related("category").order_by("created_at", "id"))
    context = {
        "order": order,
        "bookings": bookings,
        "subscription": renewals.said(order, bookings),
        "newer": orders.replaced_by(order, bookings) if order.state == OrderState.EXPIRED else None,
        "entries": order.entries.order_by("at", "id"),
        "refunds": order.refunds.order_by("created_at", "id"),
        "is_mine": order.buyer_id == request.user.pk,
        "can_pay": order.buyer_id == request.user.pk and _can_be_paid(order),
        "on": gateway.is_on(),
    }
    return render(request, "featured/order.html", context)


def _pay_or_let_go(request: HttpRequest, order: Order) -> HttpResponse:
    if order.buyer_id != request.user.pk:
        raise PermissionDenied("Only who ordered it can pay it or give it up.")
    if "give_up" in request.POST:
        gone = holds.let_go(order)
        (messages.success if gone else messages.error)(request, GIVEN_UP if gone else OVER)
        return redirect(order)
    if not _can_be_paid(order):
        messages.error(request, OVER)
        return redirect(order)
    return to_stripe(request, order)


def _can_be_paid(order: Order) -> bool:
    held = order.bookings.filter(state="held", hold_until__gt=timezone.now())
    return order.state == OrderState.OPEN and order.expires_at > timezone.now() and held.exists()
