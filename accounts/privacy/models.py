"""A copy of somebody's data that was asked for, a wish to be erased, and the ledger of erasures."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q


class DataExport(models.Model):
    """A copy of what is known of a person. One at a time; the row is the task, a message to a worker only a hint."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    asked_at = models.DateTimeField()
    made_at = models.DateTimeField(null=True, blank=True)
    content = models.BinaryField(null=True, blank=True)  # the JSON document, gzip

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(made_at=None, content=None) | Q(made_at__isnull=False, content__isnull=False),
                name="data_export_made_agrees",
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def until(self) -> dt.datetime | None:
        """When the link ends; None while it is being made."""
        return self.made_at and self.made_at + dt.timedelta(days=settings.DATA_EXPORT_DAYS)


class ErasureQuerySet(models.QuerySet["Erasure"]):
    """Reading wishes to be erased."""

    def open(self) -> Self:
        """Keep those that are neither done nor taken back."""
        return self.filter(done_at=None, cancelled_at=None)


class Erasure(models.Model):
    """A wish to be erased: waits until `due_at`, can be taken back until `started_at`, is done by a job."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    asked_at = models.DateTimeField()
    due_at = models.DateTimeField()
    reminded_at = models.DateTimeField(null=True, blank=True)
    held_at = models.DateTimeField(null=True, blank=True, help_text="when the last administrator was told why it waits")
    cancelled_at = models.DateTimeField(null=True, blank=True)
    started_at = models.DateTimeField(
        null=True, blank=True, help_text="the account is closed; from here there is no way back"
    )
    done_at = models.DateTimeField(null=True, blank=True)

    objects = ErasureQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user"], condition=Q(done_at=None, cancelled_at=None), name="erasure_one_open"
            ),
            models.CheckConstraint(condition=Q(due_at__gt=F("asked_at")), name="erasure_due_later"),
            models.CheckConstraint(
                condition=Q(cancelled_at=None) | Q(started_at=None, done_at=None), name="erasure_cancelled_agrees"
            ),
            models.CheckConstraint(
                condition=Q(done_at=None) | Q(started_at__isnull=False), name="erasure_done_was_started"
            ),
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(done_at=None, cancelled_at=None), name="erasure_due"),
        ]

    def __str__(self) -> str:
        return f"erasure {self.pk}"


class ErasedAccount(models.Model):
    """One line of the ledger: an account that must not come back with a backup. Says nothing about the person."""

    public_id = models.UUIDField(primary_key=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return str(self.public_id)
