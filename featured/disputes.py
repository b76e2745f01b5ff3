"""Payments that the bank was asked to take back: the card is not shown meanwhile; nothing is paid back by us."""

from __future__ import annotations

import logging

from django.db import transaction
from django.utils import timezone

from core import audit
from featured import booking as bookings
from featured import gateway, mails, refunds, slots, weeks
from featured.answers import Dispute as Told
from featured.models import Booking, Dispute, LedgerEntry, Order, Refund
from featured.models.bookings import State

log = logging.getLogger(__name__)
Kind = LedgerEntry.Kind
WON = frozenset({"won", "warning_closed", "prevented"})
CLOSED = WON | {"lost"}
OPENED = "The payment is disputed: the card waits until the bank decides."
LOST = "The bank gave the money back to who paid."
OVER = "Its time was over when the bank decided."
RESUMED = "The dispute was decided for this site."
INSTEAD = "For the days in which a payment was disputed that was right."
NO_ROOM = "The dispute was decided for this site, but no week is free for the days that were left."


def seen(told: Told) -> bool:
    """Write down how a dispute stands at Stripe and what follows; False when its payment is none of ours.

    Safe to say again. Raises gateway.GatewayError when a subscription should end and Stripe does not answer.
    """
    entry = LedgerEntry.objects.filter(kind=Kind.PAYMENT, stripe_id=told.payment).first()
    if entry is None:
        return False
    with transaction.atomic():
        if entry.booking_id:
            bookings.lock(Booking.objects.values_list("place", flat=True).get(pk=entry.booking_id))
        order = Order.objects.select_for_update().get(pk=entry.order_id)
        old = Dispute.objects.filter(stripe_id=told.id).values_list("status", flat=True).first()
        if old in CLOSED and told.status not in CLOSED:
            return True  # looked at before it was decided, and late
        dispute = _row(order, told)
        _write(order, entry, told)
        if entry.booking_id:
            _booking(dispute, Booking.objects.get(pk=entry.booking_id))
        if dispute.status in CLOSED and not _others(dispute):
            for waits in order.bookings.filter(state=State.SUSPENDED).select_related("tool").order_by("during", "pk"):
                _resume(dispute, waits)  # also what another dispute, decided before this one, was about
        if old is None:
            mails.disputed(dispute)
        if old != told.status:
            audit.record(actor=None, action="dispute.seen", obj=dispute, detail={"status": told.status})
    if told.status == "lost" and order.subscription_id:
        gateway.cancel_subscription(order.subscription_id)
    return True


def _row(order: Order, told: Told) -> Dispute:
    closed = told.status in CLOSED
    values = {
        "order": order,
        "amount": told.amount,
        "currency": told.currency,
        "reason": told.reason[:60],
        "status": told.status[:40],
        "answer_by": told.answer_by,
        "opened_at": told.created,
    }
    dispute, _ = Dispute.objects.update_or_create(stripe_id=told.id, defaults=values)
    if closed and dispute.closed_at is None:
        dispute.closed_at = timezone.now()
        dispute.save(update_fields=["closed_at"])
    return dispute


def _write(order: Order, entry: LedgerEntry, told: Told) -> None:
    """Write what the bank took, and gave again. What begins as a warning takes nothing."""
    if told.status.startswith("warning_"):
        return
    for kind, amount in ((Kind.DISPUTE, -told.amount), (Kind.DISPUTE_WON, told.amount)):
        if kind == Kind.DISPUTE or told.status in WON:
            LedgerEntry.objects.get_or_create(
                kind=kind, stripe_id=told.id,
                defaults={
                    "order": order, "booking": entry.booking, "amount": amount, "currency": told.currency,
                    "why": told.reason.replace("_", " ")[:300],
                },
            )  # fmt: skip


def _booking(dispute: Dispute, booking: Booking) -> None:
    """Let a booking wait or stop, as the dispute stands."""
    if dispute.status == "lost":
        bookings.move(booking, "stop", why=LOST, **_end(booking))
        bookings.stop_instead(booking, why=LOST)
    elif dispute.status not in CLOSED:
        bookings.move(booking, "suspend", why=OPENED)


def _others(dispute: Dispute) -> bool:
    """Say whether another dispute about the same order is open."""
    return Dispute.objects.filter(order=dispute.order, closed_at=None).exclude(pk=dispute.pk).exists()


def _end(booking: Booking) -> dict[str, object]:
    now = timezone.now()
    return {"ends_at": now} if booking.starts_at < now < booking.stops_at else {}


def _resume(dispute: Dispute, booking: Booking) -> None:
    """Go on at the same slot, else at another position, else in later weeks for what was left when it was suspended."""
    now = timezone.now()
    if now < booking.stops_at and (_same_slot(booking) or _other_position(booking)):
        return
    since = booking.moves.filter(event="suspend").order_by("-at", "-id").values_list("at", flat=True).first() or now
    rest = booking.stops_at - max(since, booking.starts_at)
    owed = refunds.left(booking, since)
    bookings.move(booking, "stop", why=OVER if now >= booking.stops_at else RESUMED, **_end(booking))
    count = -(-rest // weeks.WEEK)
    if count > 0 and not _instead(booking, count):
        refunds.ask(
            order=dispute.order, booking=booking, amount=owed, why=Refund.Why.GOODWILL, sentence=NO_ROOM, approve=True
        )


def _same_slot(booking: Booking) -> bool:
    try:
        return bookings.move(booking, "resume", why=RESUMED)
    except bookings.Unavailable:
        return False


def _other_position(booking: Booking) -> bool:
    place = slots.find(booking.place)
    for position in bookings.free_positions(place, booking.starts_at, _count(booking)) if place else []:
        try:
            return bookings.move(booking, "resume", why=RESUMED, position=position)
        except bookings.Unavailable:
            continue
    return False


def _count(booking: Booking) -> int:
    return int((booking.during.upper - booking.starts_at) // weeks.WEEK)


def _instead(booking: Booking, count: int) -> bool:
    """Book the next `count` weeks that are free, for nothing; say whether there are any."""
    place = slots.find(booking.place)
    if place is None or booking.tool is None or not booking.tool.is_listed:
        return False
    coming = weeks.upcoming()[1:]
    for first in coming[: max(0, len(coming) - count + 1)]:
        if bookings.waited_for(place, first, count):
            continue
        try:
            made = bookings.hold(
                tool=booking.tool, place=place, first=first, count=count, payer=booking.payer,
                until=timezone.now() + refunds.LEASE, kind=Booking.Kind.MAKE_GOOD, buyer=booking.buyer,
                order=None, in_place_of=booking,
            )  # fmt: skip
        except bookings.Unavailable:
            continue
        return bookings.move(made, "book", why=INSTEAD)
    return False
