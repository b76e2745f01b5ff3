"""The change log: what happened to a listing, in the order in which it was committed."""

from __future__ import annotations

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models.functions import Now


class ChangeQuerySet(models.QuerySet["Change"]):
    """Reading the log."""

    def since(self, serial: int) -> Self:
        """Keep what was committed after `serial`, oldest first.

        A reader who remembers the last serial it saw never misses a row: serials are given under a lock
        that lasts until commit (migration 0002), so no smaller serial can appear later.
        """
        return self.filter(serial__gt=serial).order_by("serial")


class Change(models.Model):
    """One thing that happened to one tool. Append-only; the database refuses updates and deletes."""

    class Action(models.TextChoices):
        """What happened. `removed` is a tombstone: it outlives the tool."""

        CREATED = "created", "Listed"
        UPDATED = "updated", "Changed"
        REMOVED = "removed", "Removed"

    serial = models.BigAutoField(primary_key=True)
    tool_id = models.BigIntegerField(db_index=True)  # not a foreign key: a tombstone outlives its tool
    slug = models.SlugField(max_length=80)
    action = models.CharField(max_length=10, choices=Action.choices)
    fields = models.JSONField(default=dict)  # {field: [before, after]}
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.DO_NOTHING,
        null=True,
        blank=True,
        related_name="+",
        db_constraint=False,
    )
    at = models.DateTimeField(db_default=Now())

    objects = ChangeQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["at"], name="change_at")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(action__in=["created", "updated", "removed"]), name="change_action_known"
            )
        ]

    def __str__(self) -> str:
        return f"{self.serial} {self.slug} {self.action}"


class Derived(models.Model):
    """Up to which serial of the change log something computed from the catalog is in step."""

    name = models.CharField(max_length=40, primary_key=True)
    serial = models.BigIntegerField()
    size = models.PositiveIntegerField(default=0)  # how many tools were listed then

    def __str__(self) -> str:
        return f"{self.name} at {self.serial}"
