"""What a program made by a POST that it may send again."""

from __future__ import annotations

from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models.functions import Now


class IdempotencyKeyQuerySet(models.QuerySet["IdempotencyKey"]):
    """Reading what was made."""

    def visible_to(self, user: Any) -> Self:
        """Keep one's own."""
        return self.filter(account=user.pk) if user is not None and user.is_authenticated else self.none()


class IdempotencyKey(models.Model):
    """An Idempotency-Key of somebody, written in the transaction of what its request made."""

    account = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    key = models.CharField(max_length=255, help_text="as the program sent it")
    digest = models.CharField(max_length=64, help_text="SHA-256 of method, path and body")
    made = models.CharField(max_length=64, help_text="what names the thing that was made, the end of its address")
    created_at = models.DateTimeField(db_default=Now())

    objects = IdempotencyKeyQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "key"], name="api_idempotency_once")]
        indexes = [models.Index(fields=["created_at"], name="api_idempotency_old")]

    def __str__(self) -> str:
        return f"{self.key} made {self.made}"
