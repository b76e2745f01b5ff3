"""Who waits for a slot that is taken, and what they were offered."""

from __future__ import annotations

from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from catalog.models import Tool
from featured.models.keys import new_key
from featured.slots import Surface


class WaitingQuerySet(models.QuerySet["Waiting"]):
    """Reading the waitlist."""

    def visible_to(self, user: Any) -> Self:
        """Keep one's own; for staff with the right all."""
        if user is None or not user.is_authenticated or not user.is_active:
            return self.none()
        return self if user.has_perm("featured.view_waiting") else self.filter(user=user)

    def in_turn(self) -> Self:
        """Order by who came first."""
        return self.order_by("created_at", "id")


class Waiting(models.Model):
    """One who waits for a place in a week, first come, first served. A slot that gets free is offered for 24 hours."""

    class State(models.TextChoices):
        """Where it stands."""

        WAITS = "waits", "Waits"
        OFFERED = "offered", "Offered"
        BOUGHT = "bought", "Bought"
        OVER = "over", "Over"  # left, or the week began
        MISSED = "missed", "Not taken"  # offered, and not taken up in time

    key = models.CharField(max_length=16, unique=True, default=new_key, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="waiting")
    tool = models.ForeignKey(Tool, models.CASCADE, related_name="+")
    surface = models.CharField(max_length=11, choices=Surface.choices)
    place = models.CharField(max_length=80)
    week = models.DateField(help_text="its Monday")
    state = models.CharField(max_length=7, choices=State.choices, default=State.WAITS)
    created_at = models.DateTimeField(db_default=Now())
    # While it is offered, a held booking of this very slot keeps it from others until then.
    booking = models.OneToOneField(
        "featured.Booking", models.SET_NULL, null=True, blank=True, related_name="offered_to"
    )
    offered_until = models.DateTimeField(null=True, blank=True)

    objects = WaitingQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user", "tool", "place", "week"],
                condition=Q(state__in=["waits", "offered"]),
                name="waiting_once",
            ),
            models.CheckConstraint(
                condition=~Q(state="offered") | Q(offered_until__isnull=False), name="waiting_offer_has_an_end"
            ),
        ]
        indexes = [
            models.Index(fields=["place", "week", "created_at", "id"], condition=Q(state="waits"), name="waiting_turn"),
            models.Index(fields=["user", "created_at", "id"], name="waiting_of_user"),
        ]

    def __str__(self) -> str:
        return f"{self.place} {self.week}"
