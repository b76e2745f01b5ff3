"""The public ledger: every slot that was sold or given, what came and went for it, and what it delivered."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.db.models import Count, Exists, Min, OuterRef, Q, Sum
from django.utils import timezone

from catalog.models import Tool
from featured.models import Booking, Delivery, LedgerEntry
from featured.models.bookings import BookingQuerySet, State
from featured.money import money, plain
from featured.slots import Surface

SHOWS = {"": "All", "sold": "Sold", "given": "Given"}
WENT_BACK = (LedgerEntry.Kind.REFUND, LedgerEntry.Kind.REFUND_FAILED)
HEAD = (
    "booked", "payer", "kind", "tool", "slug", "place", "position", "first_day", "last_day", "weeks", "currency",
    "price", "paid", "refunded", "taken_back", "days_shown", "rendered", "viewable", "clicks", "state",
)  # fmt: skip


@dataclass(frozen=True)
class Row:
    """One booking as everybody may see it. Amounts are in minor units of its currency."""

    booking: Booking
    listed: bool  # whether its tool still has a page
    paid: int  # with tax
    refunded: int
    taken_back: int  # by the bank of who paid, after a dispute
    days: int  # on which the card was on any page
    rendered: int
    viewable: int
    clicks: int
    state: str

    @property
    def booked(self) -> dt.datetime:
        """When it was booked; when it was made for one that was paid too late."""
        return self.booking.booked_at or self.booking.created_at

    @property
    def whole_days(self) -> int:
        """How many days it was booked for."""
        return int((self.booking.during.upper - self.booking.during.lower).days)

    @property
    def weeks(self) -> int:
        """How many weeks it was booked for."""
        return self.whole_days // 7

    @property
    def last_day(self) -> dt.date:
        """The last day that is part of it."""
        return self._utc(self.booking.during.upper) - dt.timedelta(days=1)

    @property
    def first_day(self) -> dt.date:
        """Its first day."""
        return self._utc(self.booking.during.lower)

    @property
    def place(self) -> str:
        """What people call its place."""
        return place_label(self.booking)

    @property
    def price_said(self) -> str:
        """The price for people: "$149", or why there is none."""
        one = self.booking
        return money(one.price, one.currency) if one.kind == Booking.Kind.PAID else one.get_kind_display()

    @property
    def paid_said(self) -> str:
        """What was paid for people, with tax."""
        return money(self.paid, self.booking.currency)

    @property
    def back_said(self) -> str:
        """What went back for people, "" when nothing did."""
        back = self.refunded + self.taken_back
        return money(back, self.booking.currency) if back else ""

    def cells(self) -> list[object]:
        """Return what the CSV file says of it, in the order of HEAD; amounts as decimal numbers."""
        one = self.booking
        amounts = (plain(amount, one.currency) for amount in (one.price, self.paid, self.refunded, self.taken_back))
        return [
            self.booked.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ"), one.payer, one.kind, one.tool_name,
            one.tool_slug, one.place, one.position, self.first_day.isoformat(), self.last_day.isoformat(), self.weeks,
            one.currency, *amounts, self.days, self.rendered, self.viewable, self.clicks, self.state,
        ]  # fmt: skip

    @staticmethod
    def _utc(moment: dt.datetime) -> dt.date:
        return moment.astimezone(dt.UTC).date()


def bookings(show: str = "") -> BookingQuerySet:
    """Return what stands in the ledger, latest first: what was booked, and what was paid for too late.

    `show` is one of SHOWS. A payment that booked nothing names no booking: the first one of its order stands for it.
    """
    paid = LedgerEntry.objects.filter(booking=OuterRef("pk"))
    for_nothing = LedgerEntry.objects.filter(order=OuterRef("order"), booking=None)
    earlier = Booking.objects.filter(order=OuterRef("order"), pk__lt=OuterRef("pk"))
    first = Q(Exists(for_nothing)) & ~Q(Exists(earlier))
    found = Booking.objects.filter(Q(booked_at__isnull=False) | Exists(paid) | first)
    if show:
        sold = Q(kind=Booking.Kind.PAID)
        found = found.filter(sold if show == "sold" else ~sold)
    return found.select_related("category").latest_first()


def rows(among: Iterable[Booking], at: dt.datetime | None = None) -> list[Row]:
    """Return what the ledger says of these bookings (of `bookings()`), in their order. Five statements."""
    at = at or timezone.now()
    found = list(among)
    keys = [one.pk for one in found]
    paused = set(Booking.objects.filter(pk__in=keys, pauses__isnull=False, pauses__ended_at=None).values_list("pk"))
    listed = set(Tool.objects.listed().filter(pk__in=[one.tool_id for one in found]).values_list("pk", flat=True))
    shown = {
        booking: (days, rendered, viewable, clicks)
        for booking, days, rendered, viewable, clicks in Delivery.objects.filter(booking__in=keys, rendered__gt=0)
        .values_list("booking")
        .annotate(Count("day", distinct=True), Sum("rendered"), Sum("viewable"), Sum("clicks"))
        .order_by("booking")
    }
    amounts = _amounts(found)
    return [
        Row(
            one,
            one.tool_id in listed,
            amounts[one.pk, "paid"],
            amounts[one.pk, "refunded"],
            amounts[one.pk, "taken_back"],
            *shown.get(one.pk, (0, 0, 0, 0)),
            said_state(one, at, paused=(one.pk,) in paused),
        )
        for one in found
    ]


def _amounts(found: list[Booking]) -> dict[tuple[int, str], int]:
    """Return what was paid and went back for each booking; what names only an order is of the order's first one."""
    orders = {one.order_id for one in found if one.order_id}
    first = dict(Booking.objects.filter(order__in=orders).values_list("order").annotate(Min("pk")).order_by())
    amounts: defaultdict[tuple[int, str], int] = defaultdict(int)
    entries = (
        LedgerEntry.objects.filter(order__in=orders).order_by("pk").values_list("order", "booking", "kind", "amount")
    )
    for order, booking, kind, amount in entries:
        if kind == LedgerEntry.Kind.PAYMENT:
            amounts[booking or first[order], "paid"] += amount
        else:
            amounts[booking or first[order], "refunded" if kind in WENT_BACK else "taken_back"] -= amount
    return amounts


def said_state(booking: Booking, at: dt.datetime, *, paused: bool) -> str:
    """Return in a word where a booking stands at a time: a booked one is to come, runs, is paused, or is over."""
    if booking.state == State.RELEASED:
        return "Paid too late"
    if booking.state != State.BOOKED:
        return str(booking.get_state_display())
    if at < booking.starts_at:
        return "Booked"
    if at >= booking.stops_at:
        return "Ended"
    return "Paused" if paused else "Running"


def place_label(booking: Booking) -> str:
    """Return what people call the place of a booking; the slug of a category that is gone. Reads `category`."""
    if booking.category:
        return booking.category.name
    _, _, slug = booking.place.partition("/")
    return slug or str(Surface(booking.surface).label)


def all_cells(at: dt.datetime | None = None) -> Iterator[list[object]]:
    """Yield the whole ledger for the CSV file, latest first."""
    yield from (row.cells() for row in rows(bookings(), at))
