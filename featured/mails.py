"""What buyers and billing are told by mail: one for each event, in its transaction."""

from __future__ import annotations

import datetime as dt

from django.urls import reverse
from django.utils import timezone

from accounts import roles
from accounts.models import User
from core import outbox
from core.site import absolute
from featured.models import Booking, Dispute, Order, Refund
from featured.money import money

DAY = "%Y-%m-%d"


def day(at: dt.datetime | dt.date, *, year: bool = True) -> str:
    """Return a day for people: "30 Nov 2026"."""
    at = at.astimezone(dt.UTC).date() if isinstance(at, dt.datetime) else at
    return f"{at.day} {at:%b %Y}" if year else f"{at.day} {at:%b}"


def time_of(booking: Booking) -> str:
    """Return the weeks of a booking for people: first and last day: "30 Nov to 6 Dec 2026"."""
    first = booking.starts_at.astimezone(dt.UTC).date()
    last = (booking.during.upper - dt.timedelta(days=1)).astimezone(dt.UTC).date()
    return f"{day(first, year=first.year != last.year)} to {day(last)}"


def place_of(booking: Booking) -> str:
    """Return the place of a booking for people: "Home", "Coding"."""
    return booking.category.name if booking.category else str(booking.get_surface_display())


def _tell(order: Order, event: str, key: str, template: str, **context: object) -> None:
    """Write a mail to who ordered, if they still have an account."""
    if order.buyer is None:
        return
    link = absolute(order.get_absolute_url())
    outbox.post(
        to=order.buyer.email, kind=f"featured.{event}", template=template, key=f"featured.{event}:{key}",
        user=order.buyer, context={"link": link, "receipt": order.receipt_url, **context},
    )  # fmt: skip


def paid(order: Order, booking: Booking, *, payment: str, amount: int) -> None:
    """Tell the buyer that a payment came and what it booked; `amount` in minor units, with tax."""
    _tell(
        order, "paid", payment, "featured_paid", tool=booking.tool_name, place=place_of(booking),
        position=booking.position, time=time_of(booking), amount=money(amount, order.currency),
        weekly=order.kind == Order.Kind.WEEKLY,
    )  # fmt: skip


def moved(order: Order, booking: Booking, *, payment: str, old: str) -> None:
    """Tell the buyer that what was booked is not what was held, as they allowed; `old` says what that was."""
    _tell(
        order, "moved", payment, "featured_moved", tool=booking.tool_name, place=place_of(booking),
        position=booking.position, time=time_of(booking), old=old,
    )  # fmt: skip


def gone(order: Order, *, payment: str, why: str, amount: int) -> None:
    """Tell the buyer that the money goes back because there is nothing to book for it; `why` is a sentence."""
    _tell(order, "gone", payment, "featured_gone", why=why, amount=money(amount, order.currency))


def renewal_failed(order: Order, *, invoice: str, until: dt.datetime) -> None:
    """Tell the buyer that the next week could not be collected, and until when the slot is kept."""
    said = f"{day(until)}, {until.astimezone(dt.UTC):%H:%M} UTC"
    _tell(order, "renewal_failed", invoice, "featured_renewal_failed", until=said)


def ends(order: Order, why: str, last: Booking | None) -> None:
    """Tell the buyer that no further week will be collected; `why` is a sentence, `last` the last week there is."""
    about = {"tool": last.tool_name, "place": place_of(last), "time": time_of(last)} if last else {}
    _tell(order, "ends", order.key, "featured_ends", why=why, **about)


def refunded(refund: Refund) -> None:
    """Tell the buyer that money is on its way back."""
    _tell(
        refund.order, "refunded", refund.key, "featured_refunded", why=refund.sentence or refund.get_why_display(),
        amount=money(refund.amount, refund.currency),
    )  # fmt: skip


def _billing() -> list[User]:
    """Return who looks after money: the role, and superusers while nobody has it."""
    people = User.objects.filter(is_active=True).order_by("pk")
    return list(people.filter(groups__name=roles.BILLING)) or list(people.filter(is_superuser=True))


def _warn(event: str, key: str, *, what: str, then: str, path: str) -> None:
    """Write a mail to everybody of billing: `what` for the subject, `then` what to do."""
    for person in _billing():
        outbox.post(
            to=person.email, kind=f"featured.{event}", template="featured_billing",
            key=f"featured.{event}:{key}:{person.pk}", user=person,
            context={"what": what, "then": then, "link": absolute(path)},
        )  # fmt: skip


def refund_failed(refund: Refund) -> None:
    """Tell billing that a refund did not work, so that a person finds another way."""
    amount = money(refund.amount, refund.currency)
    _warn(
        "refund_failed", refund.key, what=f"a refund of {amount} failed",
        then=f"Stripe says: {refund.error or 'no reason'}. The money is back in our account: pay it back another way.",
        path=reverse("featured:billing_refund", args=[refund.key]),
    )  # fmt: skip


def refund_to_approve(refund: Refund) -> None:
    """Tell billing that a refund waits for a second person."""
    order, booking = refund.order, refund.booking
    about = f" for {booking.tool_name} at {place_of(booking)}, {time_of(booking)}" if booking else ""
    said = f"{refund.get_why_display()}: {refund.sentence}" if refund.sentence else f"{refund.get_why_display()}."
    _warn(
        "refund_to_approve", refund.key, what=f"a refund of {money(refund.amount, refund.currency)} waits for you",
        then=f"{order.payer} paid{about}. Asked for by {refund.asked_by or 'the site'}. {said}\n\n"
        "Read the booking, then say on this page whether it is sent. Whoever asked for it cannot.",
        path=reverse("featured:billing_refund", args=[refund.key]),
    )  # fmt: skip


def disputed(dispute: Dispute) -> None:
    """Tell billing that a payment is disputed, and until when the bank wants an answer."""
    until = f" until {day(dispute.answer_by)}" if dispute.answer_by else ""
    _warn(
        "disputed", dispute.stripe_id, what=f"a payment of {money(dispute.amount, dispute.currency)} is disputed",
        then=f"The card is not shown meanwhile. Answer at Stripe{until}; this page has what to say: what was agreed"
        " when, and what was delivered.",
        path=reverse("featured:billing_dispute", args=[dispute.pk]),
    )  # fmt: skip


def alert(event: str, key: str, *, what: str, then: str, order: Order) -> None:
    """Tell billing of something that should not happen often, such as money for a slot that was sold already."""
    _warn(event, key, what=what, then=then, path=reverse("featured:order", args=[order.key]))


def prices_differ(order: Order, said: str) -> None:
    """Tell billing, once a day, that nothing is sold at a price that Stripe has otherwise."""
    _warn(
        "prices_differ", f"{timezone.now():{DAY}}:{order.lookup_key}", what="a price at Stripe is not ours",
        then=f"Nothing is sold at it: {said}. Run `manage.py featured_prices`.",
        path=reverse("featured:order", args=[order.key]),
    )  # fmt: skip
