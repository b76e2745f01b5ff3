"""What Stripe calls, and where it leads buyers back to."""

from __future__ import annotations

import datetime as dt
import logging

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from core.limited import limited
from core.site import absolute
from featured import fulfil, gateway, inbox, limits, renewals
from featured.guards import mine
from featured.models import Order
from featured.models.orders import OrderState

log = logging.getLogger(__name__)
LONGEST = 512 * 1024  # bytes of an event; Stripe's are some kilobytes
AGAIN = dt.timedelta(seconds=4)  # between two questions about one order by its page
NO_PORTAL = "Nothing was paid for this order yet, so Stripe has no page for it."
PORTAL_DOWN = "Stripe's page does not open just now. Nothing was changed: try again in a minute."


@csrf_exempt
@require_POST
@limited(limits.WEBHOOK, as_json=True)
def webhook(request: HttpRequest) -> HttpResponse:
    """Store what Stripe tells. Whatever it did not sign gets 400; what came already gets 200 again."""
    body = request.read(LONGEST + 1)
    if len(body) > LONGEST:
        return _answer("Too long for an event.", 400)
    try:
        inbox.take(body, request.headers.get("Stripe-Signature", ""))
    except gateway.BadSignature as error:
        log.warning("A webhook was refused: %s", error)
        return _answer("This is not signed by Stripe for this site just now.", 400)
    return _answer("Thank you.", 200)


def _answer(text: str, status: int) -> HttpResponse:
    return HttpResponse(f"{text}\n", status=status, content_type="text/plain; charset=utf-8")


@mine("GET")
def paid(request: HttpRequest, key: str) -> HttpResponse:
    """Say what became of a payment. Asks Stripe as a webhook would, in case that has not come yet."""
    order = get_object_or_404(Order.objects.visible_to(request.user), key=key)
    asked = order.looked_at and order.looked_at > timezone.now() - AGAIN
    if order.state == OrderState.OPEN and not asked:
        try:
            order = fulfil.order(order)
        except gateway.GatewayError as error:
            log.warning("Order %s could not be asked about: %s", order.key, error)
    bookings = list(order.bookings.select_related("category").order_by("during", "id"))
    refund = order.refunds.order_by("-created_at", "-id").first()
    context = {"order": order, "bookings": bookings, "refund": refund, "test": gateway.is_test()}
    context["subscription"] = renewals.said(order, bookings)
    return render(request, "featured/paid.html", context)


@mine("POST")
def billing(request: HttpRequest, key: str) -> HttpResponse:
    """Lead a buyer to Stripe's page for cards, invoices and ending a subscription."""
    order = get_object_or_404(Order.objects.filter(buyer=request.user.pk), key=key)
    if not order.customer_id or not gateway.is_on():
        raise BadRequest(NO_PORTAL)
    try:
        return redirect(gateway.portal_url(order.customer_id, absolute(order.get_absolute_url())))
    except gateway.GatewayError as error:
        log.warning("The portal for order %s did not open: %s", order.key, error)
        messages.error(request, PORTAL_DOWN)
        return redirect(order)
