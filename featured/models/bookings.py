"""A booking of a slot, every move it made, and the times in which it was paused."""

from __future__ import annotations

import datetime as dt
from typing import Any, Self

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.contrib.postgres.indexes import GistIndex
from django.db import models
from django.db.models import F, Func, Q
from django.db.models.functions import Now
from django.urls import reverse

from catalog.models import Category, Tool
from featured.models.keys import new_key
from featured.slots import Surface


class State(models.TextChoices):
    """Where a booking stands; whether it runs is told by its time. Which moves there are: featured/transitions.py."""

    HELD = "held", "Held"  # somebody pays just now, or a subscription is about to be renewed
    BOOKED = "booked", "Booked"
    SUSPENDED = "suspended", "Suspended"  # disputed: it occupies nothing meanwhile
    RELEASED = "released", "Released"  # never paid
    CANCELLED = "cancelled", "Cancelled"  # by who booked it
    STOPPED = "stopped", "Stopped"  # by us: the tool was taken down, or the money went back
    ENDED = "ended", "Ended"  # its time is over, and what is owed for pauses is settled


OCCUPIES = (State.HELD, State.BOOKED)  # no two of these in one slot


class BookingQuerySet(models.QuerySet["Booking"]):
    """Reading bookings; every ordering ends in the key of the row."""

    def visible_to(self, user: Any) -> Self:
        """Keep what this user may see: their own, and for staff with the right all. Nothing for visitors.

        What the public page and the ledger tell of a booking is no more than `public()` and featured/ledger.py.
        """
        if user is None or not user.is_authenticated or not user.is_active:
            return self.none()
        return self if user.has_perm("featured.view_booking") else self.filter(buyer=user)

    def occupying(self) -> Self:
        """Keep those whose slot nobody else can have."""
        return self.filter(state__in=OCCUPIES)

    def running(self, at: dt.datetime) -> Self:
        """Keep those that are booked for this moment and not paused."""
        paused = Pause.objects.filter(booking=models.OuterRef("pk"), ended_at=None)
        return self.filter(~models.Exists(paused), state=State.BOOKED, during__contains=at)

    def latest_first(self) -> Self:
        """Order by when they were made, latest first."""
        return self.order_by("-created_at", "-id")


class Booking(models.Model):
    """One position of a place for some weeks. Written only by featured/booking.py and what it calls."""

    class Kind(models.TextChoices):
        """Why somebody has it."""

        PAID = "paid", "Sponsored"
        GRANTED = "granted", "Granted"  # by staff, shown as sponsored by the site itself
        MAKE_GOOD = "make_good", "Make-good"  # in place of what was not delivered
        COMMUNITY = "community", "Community"  # drawn by lot among open-source tools

    key = models.CharField(max_length=16, unique=True, default=new_key, editable=False)
    kind = models.CharField(max_length=9, choices=Kind.choices, default=Kind.PAID)
    surface = models.CharField(max_length=11, choices=Surface.choices)
    place = models.CharField(max_length=80, help_text='"home", "category/<slug>": featured/slots.py')
    position = models.PositiveSmallIntegerField()
    category = models.ForeignKey(Category, models.SET_NULL, null=True, blank=True, related_name="+")
    during = DateTimeRangeField(help_text="whole weeks, [first, last)")
    state = models.CharField(max_length=9, choices=State.choices, default=State.HELD)
    hold_until = models.DateTimeField(null=True, blank=True, help_text="when a held one may be released")
    tool = models.ForeignKey(Tool, models.SET_NULL, null=True, blank=True, related_name="bookings")
    tool_name = models.CharField(max_length=100, help_text="when it was booked: for the ledger")
    tool_slug = models.CharField(max_length=80)
    vendor = models.CharField(max_length=255, help_text="what one vendor is told by: featured/eligibility.py")
    payer = models.CharField(max_length=200, blank=True, help_text="who pays, as the card says; none for community")
    buyer = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="bookings")
    order = models.ForeignKey("featured.Order", models.PROTECT, null=True, blank=True, related_name="bookings")
    price = models.PositiveIntegerField(default=0, help_text="of all its weeks, in minor units, without tax")
    currency = models.CharField(max_length=3)
    in_place_of = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="instead")
    ends_at = models.DateTimeField(null=True, blank=True, help_text="when it stopped, if before the end of its time")
    created_at = models.DateTimeField(db_default=Now())
    booked_at = models.DateTimeField(null=True, blank=True)
    settled_at = models.DateTimeField(null=True, blank=True, help_text="when what pauses are worth was paid back")
    measured_at = models.DateTimeField(null=True, blank=True, help_text="when what it delivered was compared")

    objects = BookingQuerySet.as_manager()

    class Meta:
        constraints = [
            # Nothing is sold twice, whatever the code above thinks (security.md 2.3: 64 buyers at once).
            ExclusionConstraint(
                name="booking_slot_once",
                expressions=[
                    ("place", RangeOperators.EQUAL),
                    ("position", RangeOperators.EQUAL),
                    ("during", RangeOperators.OVERLAPS),
                ],
                condition=Q(state__in=OCCUPIES),
            ),
            ExclusionConstraint(
                name="booking_vendor_once_a_surface",
                expressions=[
                    ("vendor", RangeOperators.EQUAL),
                    ("surface", RangeOperators.EQUAL),
                    ("during", RangeOperators.OVERLAPS),
                ],
                condition=Q(state__in=OCCUPIES),
            ),
            models.CheckConstraint(
                condition=Q(
                    during__isempty=False,
                    during__lower_inf=False,
                    during__upper_inf=False,
                    during__lower_inc=True,
                    during__upper_inc=False,
                ),
                name="booking_has_an_end",
            ),
            models.CheckConstraint(condition=Q(state__in=State.values), name="booking_state_known"),
            models.CheckConstraint(
                condition=Q(kind__in=["paid", "granted", "make_good", "community"]), name="booking_kind_known"
            ),
            models.CheckConstraint(condition=Q(position__gte=1, position__lte=3), name="booking_position_exists"),
            models.CheckConstraint(
                condition=~Q(state="held") | Q(hold_until__isnull=False), name="booking_hold_has_an_end"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["booked", "suspended", "ended"]) | Q(booked_at__isnull=False),
                name="booking_booked_has_its_time",
            ),
            models.CheckConstraint(
                # one that is only offered to who waits has neither order nor payer yet
                condition=~Q(kind="paid") | Q(order__isnull=False) | Q(booked_at__isnull=True),
                name="booking_paid_has_an_order",
            ),
            models.CheckConstraint(condition=Q(kind="paid") | Q(price=0), name="booking_free_costs_nothing"),
            models.CheckConstraint(
                condition=Q(kind="community") | ~Q(payer="") | Q(booked_at__isnull=True), name="booking_says_who_pays"
            ),
            models.UniqueConstraint(
                fields=["in_place_of"], condition=Q(kind="make_good"), name="booking_made_good_once"
            ),
        ]
        indexes = [
            models.Index(fields=["buyer", "-created_at", "-id"], name="booking_of_buyer"),
            models.Index(fields=["-created_at", "-id"], name="booking_latest"),
            models.Index(fields=["hold_until"], condition=Q(state="held"), name="booking_holds"),
            models.Index(fields=["tool"], name="booking_of_tool"),
            GistIndex(fields=["during"], condition=Q(state="booked"), name="booking_running"),
            models.Index(
                fields=["id"],
                condition=Q(state__in=["ended", "cancelled", "stopped"], settled_at=None, booked_at__isnull=False),
                name="booking_unsettled",
            ),
            models.Index(
                fields=["id"], condition=Q(state="ended", kind="paid", measured_at=None), name="booking_unmeasured"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.tool_name} at {self.place}/{self.position}"

    def get_absolute_url(self) -> str:
        """Return the path of its page for who booked it."""
        return reverse("featured:booking", args=[self.key])

    @property
    def starts_at(self) -> dt.datetime:
        """The beginning of its first week."""
        found: dt.datetime = self.during.lower
        return found

    @property
    def stops_at(self) -> dt.datetime:
        """When its card stops to be shown: the end of its last week, or before that when it was cut short."""
        last: dt.datetime = self.during.upper
        return self.ends_at or last

    def runs(self, at: dt.datetime) -> bool:
        """Say whether it is booked for this moment (it may be paused)."""
        return self.state == State.BOOKED and self.starts_at <= at < self.stops_at


class BookingMove(models.Model):
    """A move of a booking from one state to another: append-only (a trigger refuses changes)."""

    booking = models.ForeignKey(Booking, models.PROTECT, related_name="moves")
    at = models.DateTimeField(db_default=Now())
    event = models.CharField(max_length=20, help_text="a name in featured/transitions.py")
    old = models.CharField(max_length=9, blank=True)
    new = models.CharField(max_length=9)
    why = models.CharField(max_length=300, blank=True, help_text="a sentence for who booked it")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        indexes = [models.Index(fields=["booking", "at", "id"], name="booking_moves_in_order")]

    def __str__(self) -> str:
        return f"{self.old} → {self.new}"


class _Span(Func):
    """The time between two columns, as PostgreSQL's tstzrange; without end while the second is empty."""

    function = "TSTZRANGE"
    output_field = DateTimeRangeField()


class Pause(models.Model):
    """A time in which a booked card was not shown, by the second: it is paid back when the booking ends."""

    class Why(models.TextChoices):
        """Whose fault it was; all are credited."""

        UNREACHABLE = "unreachable", "The tool did not answer for more than 72 hours"
        OUR_OUTAGE = "our_outage", "This site was down"

    booking = models.ForeignKey(Booking, models.PROTECT, related_name="pauses")
    why = models.CharField(max_length=11, choices=Why.choices)
    began_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(ended_at=None) | Q(ended_at__gt=F("began_at")), name="pause_has_a_length"
            ),
            ExclusionConstraint(
                name="pause_no_overlap",
                expressions=[
                    ("booking", RangeOperators.EQUAL),
                    (_Span("began_at", "ended_at"), RangeOperators.OVERLAPS),
                ],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_why_display()} from {self.began_at:%Y-%m-%d %H:%M}"
