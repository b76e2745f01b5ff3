"""The audit log: what people with rights did, in a chain that shows when somebody changed it. See docs/audit.md."""

from __future__ import annotations

import json
from typing import Any

from django.db import models
from django.db.models.functions import Now

from core.outbox.models import LeftList, OutgoingMail, RefusingAddress

__all__ = ["AuditEvent", "AuditHead", "LeftList", "OutgoingMail", "RefusingAddress"]


class AuditEvent(models.Model):
    """One thing that was done. Written by `core.audit.record` only; the database refuses everything else.

    The table is made by SQL (migration 0001) and not managed by Django, so that `flush` does not try to empty it.
    `serial`, `at`, `prev` and `hash` are given by the database.
    """

    serial = models.BigIntegerField(primary_key=True)  # 1, 2, 3 … without a gap
    at = models.DateTimeField()
    actor = models.CharField(max_length=40)  # an account's public_id, or "site", or "visitor"
    action = models.CharField(max_length=60)  # two or more words joined by full stops: "account.signed_in"
    object_type = models.CharField(max_length=100, blank=True)  # "catalog.tool"
    object_id = models.CharField(max_length=300, blank=True)  # a key may be the name of a host
    detail = models.TextField()  # a JSON object, kept as the text that was hashed
    prev = models.CharField(max_length=64)  # the hash of the event before
    hash = models.CharField(max_length=64)

    class Meta:
        managed = False
        db_table = "core_auditevent"
        verbose_name = "audit event"

    def __str__(self) -> str:
        return f"{self.serial} {self.action}"

    @property
    def data(self) -> dict[str, Any]:
        """The detail as an object."""
        found: dict[str, Any] = json.loads(self.detail)
        return found


class AuditHead(models.Model):
    """How far the chain had come at a time: what `/trust/audit/` publishes, so that a cut end is seen."""

    serial = models.BigIntegerField(primary_key=True)
    hash = models.CharField(max_length=64)
    at = models.DateTimeField(db_default=Now())

    class Meta:
        managed = False
        db_table = "core_audithead"
        verbose_name = "published head of the audit log"

    def __str__(self) -> str:
        return f"{self.hash}:{self.serial}"
