"""What was used of the API, by day: numbers of an account, nothing of what was asked."""

from __future__ import annotations

from typing import Any, Self

from django.conf import settings
from django.db import models

from api.models.keys import ApiKey


class UsageQuerySet(models.QuerySet["Usage"]):
    """Reading usage."""

    def visible_to(self, user: Any) -> Self:
        """Keep one's own."""
        return self.filter(user=user.pk) if user is not None and user.is_authenticated else self.none()


class Usage(models.Model):
    """One day of one key (or of all tokens of an account, `key` empty): requests by how they ended, and units."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="api_usage")
    key = models.ForeignKey(ApiKey, models.CASCADE, null=True, related_name="usage")
    day = models.DateField()
    requests = models.BigIntegerField(default=0)
    units = models.BigIntegerField(default=0)
    unchanged = models.BigIntegerField(default=0, help_text="of them, answered by 304: they cost nothing")
    refused = models.BigIntegerField(default=0, help_text="of them, over a limit")
    errors = models.BigIntegerField(default=0, help_text="of them, any other answer from 400 on")

    objects = UsageQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "key", "day"], name="api_usage_once", nulls_distinct=False)
        ]
        indexes = [models.Index(fields=["user", "day", "key"], name="api_usage_of_user")]

    def __str__(self) -> str:
        return f"{self.requests} on {self.day}"
