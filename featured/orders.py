"""Orders: what somebody wants to buy, and the slot that is held for it while they pay."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from catalog.models import Tool
from core import audit
from core.clean import clean_line
from featured import booking, weeks
from featured.booking import Taken, Unavailable
from featured.eligibility import reasons, vendor_of
from featured.models import Booking, Order, Waiting
from featured.models.bookings import State
from featured.models.orders import OrderState
from featured.slots import PER, Place, positions_of_a_week, too_short

TO_PAY = dt.timedelta(minutes=31)  # Stripe ends no page of Checkout earlier than 30 minutes after it was made
GRACE = dt.timedelta(minutes=5)  # after that, for what was paid in the last second to be told
SHARE = 4  # at most one of so many positions of a week is one vendor's (product-field.md 6.4: 25 %)
PAYER = 200  # characters
NO_WEEK = "Only whole weeks that begin later can be booked, at most {ahead} weeks ahead. Choose another week."
TOO_MANY = (
    "{name} would have more than a quarter of all places of that week: one vendor may have {most}. Choose another week."
)
SMALL = "{place} has too few tools: a card is shown only where {per} others stand. Choose another place."
ONE = "{name} has a place on such a page in one of these weeks already: one for each vendor. Choose another week."
NOT_A_NAME = "“{payer}” is not you, and would stand on the card as who pays. Write the legal name of who gets the bill."
OURS = ("the site itself", "this site", "nobody")  # what cards and the ledger say where no buyer pays
GONE = "{place} is taken in one of these weeks. Choose another week, or wait for it."
NOT_ON = "“Every week” is not to be had here: {place} is taken in the week of {week:%d %b %Y}, so it would end at once."
HAS = "“Every week” is not to be had: {name} has a place on such a page in the week of {week:%d %b %Y} already."
OPEN = 3  # orders of one account that wait for payment at once
UNPAID = 10  # of one account in 24 hours: who only holds what others would pay for is not let hold more
WAIT = "You have {most} orders that wait for payment. Pay one of them, or give it up, then order this."
PAUSE = "{most} of your orders were not paid in the last 24 hours, and kept places from others. Order again tomorrow."
QUEUE = "Others wait for {place} in one of these weeks, and are asked first. Choose another week, or wait as well."


def bookable(first: dt.datetime, count: int = 1, at: dt.datetime | None = None) -> bool:
    """Say whether these whole weeks can be bought: they begin later, and none is too far away."""
    ahead = weeks.upcoming(at=at)[1:]
    return first in ahead and first + (count - 1) * weeks.WEEK in ahead


@transaction.atomic
def begin(  # noqa: PLR0913 - an order has that many sides
    *,
    buyer: Any,
    tool: Tool,
    place: Place,
    first: dt.datetime,
    count: int = 1,
    payer: str,
    kind: str = Order.Kind.ONCE,
    may_move: bool = False,
    position: int | None = None,
) -> Order:
    """Order `count` weeks (1 to 8) of a place from the Monday `first`, and hold the slot while it is paid.

    Who sends the same again gets the order that is open. A slot that was offered to `buyer` is taken up. `payer` is a
    legal name on one line. Raises Unavailable with a sentence for the buyer, Unclean for a payer that cannot be shown.
    """
    payer = clean_line(payer, max_length=PAYER)
    if payer.casefold().strip(" .") in {*OURS, settings.SITE_NAME.casefold()}:
        raise Unavailable(NOT_A_NAME.format(payer=payer))
    count = 1 if kind == Order.Kind.WEEKLY else count
    vendor = vendor_of(tool)
    booking.lock(f"vendor {vendor}")  # before the place, everywhere: nobody waits for each other
    booking.lock(place.name)
    same = Booking.objects.filter(
        state=State.HELD, tool=tool, place=place.name, during=weeks.during(first, count), order__isnull=False
    )
    agreed = {"payer": payer, "kind": kind, "may_move": may_move, "unit_price": place.price}
    if open_one := _open(buyer, same).filter(**agreed, currency=settings.FEATURED_CURRENCY).first():
        return open_one  # the form was sent twice, or gone back to
    booking.release_overdue(place.name)
    if bookable(first, count) and longest(place, first, buyer) < count:
        raise Taken(GONE.format(place=place.label))
    if why := hindrances([tool], buyer, place, first, count)[tool.pk]:
        raise Unavailable(why)
    if why := _unpaid_too_often(buyer):
        raise Unavailable(why)
    position = _take_up(buyer, tool, place, first, count) or position
    if kind == Order.Kind.WEEKLY and position is None:
        position = next(iter(booking.free_positions(place, first, 2)), None)  # where it can go on
    now = timezone.now()
    order = Order.objects.create(
        kind=kind, buyer=buyer, payer=payer, lookup_key=place.lookup_key, unit_price=place.price, weeks=count,
        currency=settings.FEATURED_CURRENCY, may_move=may_move, agreed_at=now, expires_at=now + TO_PAY,
    )  # fmt: skip
    held = booking.hold(
        tool=tool, place=place, first=first, count=count, payer=payer, until=order.expires_at + GRACE, buyer=buyer,
        order=order, position=position,
    )  # fmt: skip
    offers = Waiting.objects.filter(user=buyer, tool=tool, place=place.name, week=first.date(), state="offered")
    offers.update(booking=held)
    detail = {"place": place.name, "weeks": count, "first": f"{first:%Y-%m-%d}"}
    audit.record(actor=buyer, action="order.begun", obj=order, detail=detail)
    return order


def hindrances(tools: Collection[Tool], buyer: Any, place: Place, first: dt.datetime, count: int = 1) -> dict[int, str]:
    """Return for each tool why it cannot be booked there then, as a sentence, "" when it can. Four statements, for
    a category five.

    Whether the slot itself is free is told by booking.py. What the buyer holds on such a page but has not paid is in
    nobody's way: it is given up for this.
    """
    said = reasons(tools, buyer)
    if not bookable(first, count):
        return {tool.pk: said[tool.pk] or NO_WEEK.format(ahead=weeks.AHEAD - 1) for tool in tools}
    if too_short([place]):
        return {tool.pk: said[tool.pk] or SMALL.format(place=place.label, per=PER) for tool in tools}
    vendors = {tool.pk: vendor_of(tool) for tool in tools}
    whose = Q(vendor__in=vendors.values()) | Q(tool__in=vendors)  # whatever address the tool had then
    theirs = Booking.objects.occupying().filter(whose, during__overlap=weeks.during(first, count))
    given_up = _unpaid(buyer) & Q(surface=place.surface)  # for what is ordered now: featured/buying.py
    rows = list(theirs.exclude(_offered_to(buyer) | given_up).values_list("vendor", "tool", "surface", "during"))
    most = max(1, positions_of_a_week() // SHARE)

    def also(tool: Tool) -> str:
        mine = [one[2:] for one in rows if one[0] == vendors[tool.pk] or one[1] == tool.pk]
        if any(surface == place.surface for surface, _ in mine):
            return ONE.format(name=tool.name)
        starts = [first + n * weeks.WEEK for n in range(count)]
        if max(sum(week in during for _, during in mine) for week in starts) >= most:
            return TOO_MANY.format(name=tool.name, most=most)
        return ""

    return {tool.pk: said[tool.pk] or also(tool) for tool in tools}


@transaction.atomic
def expire(order: Order) -> bool:
    """Let go of an order that was not paid, and release what is held for it; say whether it was open."""
    changed = Order.objects.filter(pk=order.pk, state=OrderState.OPEN).update(state=OrderState.EXPIRED)
    if changed:
        for held in order.bookings.filter(state=State.HELD).order_by("pk"):
            booking.move(held, "release", why="It was not paid for in time.")
    order.refresh_from_db()
    return bool(changed)


def open_of(buyer: Any, tool: Tool, place: Place, first: dt.datetime, count: int = 1) -> Order | None:
    """Return an open order of a buyer that is in the way of what they want now: the vendor's, such a page, then."""
    held = Booking.objects.filter(
        state=State.HELD, vendor=vendor_of(tool), surface=place.surface, during__overlap=weeks.during(first, count)
    )
    return _open(buyer, held).first()


def no_further(tools: Collection[Tool], buyer: Any, place: Place, first: dt.datetime, longest: int) -> dict[int, str]:
    """Return for each tool why a week after the other cannot go on after its first, "" when it can. One statement.

    `longest` is what the function of that name says. What lies too far ahead to be booked by anybody is free.
    """
    after = first + weeks.WEEK
    if longest < 2 and bookable(after):
        return {tool.pk: NOT_ON.format(place=place.label, week=after) for tool in tools}
    vendors = {tool.pk: vendor_of(tool) for tool in tools}
    whose = Q(vendor__in=vendors.values()) | Q(tool__in=vendors)
    theirs = Booking.objects.occupying().filter(whose, surface=place.surface, during__overlap=weeks.during(after))
    rows = list(theirs.exclude(_offered_to(buyer) | _unpaid(buyer)).values_list("vendor", "tool"))

    def has(tool: Tool) -> bool:
        return any(vendor == vendors[tool.pk] or id == tool.pk for vendor, id in rows)

    return {tool.pk: HAS.format(name=tool.name, week=after) if has(tool) else "" for tool in tools}


def replaced_by(order: Order, rows: Collection[Booking]) -> Order | None:
    """Return the latest order of the same buyer for the same page and time; `rows` are the bookings of `order`."""
    if not rows or order.buyer_id is None:
        return None
    first = min(rows, key=lambda one: one.pk)
    later = Order.objects.filter(buyer=order.buyer_id, created_at__gt=order.created_at).exclude(
        state=OrderState.EXPIRED
    )
    return later.filter(bookings__surface=first.surface, bookings__during__overlap=first.during).order_by("pk").last()


def _open(buyer: Any, held: QuerySet[Booking]) -> QuerySet[Order]:
    """Return the orders of a buyer that can still be paid for these held bookings, oldest first."""
    live = held.filter(hold_until__gt=timezone.now())
    return Order.objects.filter(buyer=buyer, state=OrderState.OPEN, bookings__in=live).order_by("pk")


def _unpaid_too_often(buyer: Any) -> str:
    """Return why an account may hold nothing more before it pays, as a sentence; "" when it may."""
    mine = Order.objects.filter(buyer=buyer)
    if mine.filter(state=OrderState.OPEN, expires_at__gt=timezone.now()).count() >= OPEN:
        return WAIT.format(most=OPEN)
    late = mine.filter(state=OrderState.EXPIRED, created_at__gt=timezone.now() - dt.timedelta(hours=24))
    return PAUSE.format(most=UNPAID) if late.count() >= UNPAID else ""


def _offered_to(buyer: Any) -> Q:
    """Return what tells bookings that only keep a slot which was offered to somebody."""
    return Q(offered_to__user=buyer, order=None, state=State.HELD)


def _unpaid(buyer: Any) -> Q:
    """Return what tells bookings that somebody ordered and can still pay."""
    return Q(buyer=buyer, state=State.HELD, order__state=OrderState.OPEN)


def _take_up(buyer: Any, tool: Tool, place: Place, first: dt.datetime, count: int) -> int | None:
    """Let go of the slot that is kept for who waited, and return its position. Raises Taken for who jumps the queue."""
    offered = Booking.objects.filter(_offered_to(buyer), tool=tool, place=place.name, during__startswith=first).first()
    if offered:
        booking.move(offered, "release", by=buyer, why="The offer was taken up.")
    mondays = [(first + n * weeks.WEEK).date() for n in range(count)]
    waits = Waiting.objects.filter(place=place.name, week__in=mondays[1:] if offered else mondays, state="waits")
    if waits.exclude(user=buyer).exists():
        raise Taken(QUEUE.format(place=place.label))
    return offered.position if offered else None


def longest(place: Place, first: dt.datetime, buyer: Any) -> int:
    """Return how many weeks in a row one position is free from `first`, at most 8. One query.

    What the buyer holds for themselves, because it is offered to them or not paid yet, counts as free.
    """
    ahead = [first + n * weeks.WEEK for n in range(weeks.MOST_WEEKS) if bookable(first, n + 1)]
    if not ahead:
        return 0
    rows = Booking.objects.occupying().filter(place=place.name, during__overlap=weeks.during(first, len(ahead)))
    taken = list(rows.exclude(_offered_to(buyer) | _unpaid(buyer)).values_list("position", "during"))

    def free(position: int) -> int:
        theirs = [during for one, during in taken if one == position]
        return next((n for n, week in enumerate(ahead) if any(week in during for during in theirs)), len(ahead))

    return max(free(one) for one in range(1, place.positions + 1))
