"""Pages of people who look after money: what waits for them, one booking, one order, a refund, a dispute."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from featured import refunds
from featured.billing import deciding
from featured.billing.deciding import Refused
from featured.billing.forms import AnswerForm, GrantForm, Reason, RefundForm
from featured.billing.guards import billing
from featured.booking import Unavailable
from featured.models import Booking, Delivery, Dispute, Order, Refund
from featured.models.bookings import State
from featured.money import plain

A_PAGE = 50
WAITS = "What is to go back waits for a second person."
NOTHING_BACK = "Nothing goes back, as nothing is left of a payment for it."
SENT = "Agreed: the refund is sent within a minute or two."
NOT_SENT = "Refused: nothing is sent, and {} reads why by mail."
STOPPABLE = (State.HELD, State.BOOKED, State.SUSPENDED)


@billing("GET")
def index(request: HttpRequest) -> HttpResponse:
    """Show what waits for a person, and the bookings, latest first."""
    rows = Refund.objects.select_related("order", "booking", "asked_by").order_by("created_at", "id")
    bookings = Booking.objects.visible_to(request.user).latest_first().select_related("order", "category")
    context = {
        "to_approve": rows.filter(state=Refund.State.TO_APPROVE), "failed": rows.filter(state=Refund.State.FAILED),
        "disputes": Dispute.objects.filter(closed_at=None).select_related("order").order_by("answer_by", "id"),
        "page": Paginator(bookings, A_PAGE).get_page(request.GET.get("page")),
    }  # fmt: skip
    return render(request, "featured/billing/index.html", context)


@billing("GET", "POST", right="featured.add_booking", asked=True)
def grant(request: HttpRequest) -> HttpResponse:
    """Give a tool a slot."""
    form, refused = GrantForm(request.POST if request.method == "POST" else None), ""
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            made = deciding.grant(
                tool=data["tool"], place=form.places[data["place"]], first=data["week"], count=data["count"],
                why=data["why"], by=request.user,
            )  # fmt: skip
            messages.success(request, f"{made.tool_name} has position {made.position} there.")
            return redirect("featured:billing_booking", made.key)
        except Unavailable as error:
            refused = str(error)
    return _form(request, "grant", form, refused)


@billing("GET")
def booking(request: HttpRequest, booking: str) -> HttpResponse:
    """Show all that is known of a booking."""
    row = _booking(request, booking)
    context = {
        "booking": row, "moves": row.moves.select_related("by").order_by("at", "id"),
        "pauses": row.pauses.order_by("began_at", "id"), "instead": row.instead.order_by("id"),
        "refunds": row.refunds.order_by("created_at", "id"), "stoppable": row.state in STOPPABLE,
    }  # fmt: skip
    return render(request, "featured/billing/booking.html", context)


@billing("GET", "POST", right="featured.change_booking", asked=True)
def stop(request: HttpRequest, booking: str) -> HttpResponse:
    """Stop a booking, with a reason."""
    row, refused = _booking(request, booking), ""
    form = Reason(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            deciding.stop(row, why=form.cleaned_data["why"], by=request.user)
            waits = row.refunds.filter(state=Refund.State.TO_APPROVE).exists()
            messages.success(request, "Stopped. " + (WAITS if waits else NOTHING_BACK))
            return redirect("featured:billing_booking", row.key)
        except Refused as error:
            refused = str(error)
    left = refunds.left(row, timezone.now()) if row.order and row.booked_at else 0
    more = {"booking": row, "left": left, "stoppable": row.state in STOPPABLE}
    return _form(request, "stop", form, refused, **more)


@billing("GET")
def order(request: HttpRequest, order: str) -> HttpResponse:
    """Show an order with the money that came and went."""
    row = get_object_or_404(Order.objects.visible_to(request.user).select_related("buyer"), key=order)
    return render(request, "featured/billing/order.html", _of_order(row))


@billing("GET", "POST", right="featured.add_refund", asked=True)
def give_back(request: HttpRequest, order: str) -> HttpResponse:
    """Ask for a refund that no rule asks for."""
    row, refused = get_object_or_404(Order.objects.visible_to(request.user), key=order), ""
    most = deciding.left_of(row)
    form = RefundForm(request.POST if request.method == "POST" else None, order=row, most=most)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            made = deciding.give_back(
                row, booking=form.booking(), amount=data["amount"], why=data["why"], by=request.user
            )
            messages.success(request, "Asked for. A second person has to agree.")
            return redirect("featured:billing_refund", made.key)
        except Refused as error:
            refused = str(error)
    return _form(request, "give_back", form, refused, order=row, most=most, most_plain=plain(most, row.currency))


@billing("GET", "POST", right="featured.change_refund", asked=True)
def refund(request: HttpRequest, refund: str) -> HttpResponse:
    """Show a refund; let a second person say whether it is sent."""
    rows = Refund.objects.select_related("order__buyer", "booking", "asked_by", "approved_by")
    row, refused = get_object_or_404(rows, key=refund), ""
    form = AnswerForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            deciding.answer(row, approve=data["answer"] == "approve", why=data["why"], by=request.user)
            messages.success(request, SENT if data["answer"] == "approve" else NOT_SENT.format(row.order.payer))
            return redirect("featured:billing_index")
        except Refused as error:
            refused = str(error)
            row.refresh_from_db()
    own = row.asked_by_id == request.user.pk
    return _form(request, "refund", form, refused, refund=row, waits=row.state == Refund.State.TO_APPROVE, own=own)


@billing("GET")
def dispute(request: HttpRequest, dispute: int) -> HttpResponse:
    """Show what a bank wants to know of a disputed payment, on one page to print."""
    row = get_object_or_404(Dispute.objects.select_related("order__buyer"), pk=dispute)
    return render(request, "featured/billing/dispute.html", {"dispute": row} | _of_order(row.order))


def _booking(request: HttpRequest, key: str) -> Booking:
    rows = Booking.objects.visible_to(request.user).select_related("order", "tool", "buyer", "category", "in_place_of")
    found: Booking = get_object_or_404(rows, key=key)
    return found


def _of_order(row: Order) -> dict[str, Any]:
    bookings = row.bookings.select_related("category").prefetch_related("moves").order_by("id")
    return {
        "order": row, "bookings": bookings, "entries": row.entries.order_by("at", "id"),
        "refunds": row.refunds.select_related("asked_by", "approved_by").order_by("created_at", "id"),
        "disputes": row.disputes.order_by("opened_at", "id"),
        "delivered": Delivery.objects.filter(booking__order=row).order_by("day", "booking", "position"),
    }  # fmt: skip


def _form(request: HttpRequest, name: str, form: Any, refused: str, **more: Any) -> HttpResponse:
    status = 409 if refused else 400 if form.errors else 200
    context = {"form": form, "refused": refused, **more}
    return render(request, f"featured/billing/{name}.html", context, status=status)
