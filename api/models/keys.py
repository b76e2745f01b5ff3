"""API keys: what is kept of one, which is not the key."""

from __future__ import annotations

import datetime as dt
from typing import Any, Self

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from api.scopes import SCOPES


class ApiKeyQuerySet(models.QuerySet["ApiKey"]):
    """Reading keys."""

    def visible_to(self, user: Any) -> Self:
        """Keep one's own."""
        return self.filter(owner=user.pk) if user is not None and user.is_authenticated else self.none()

    def live(self, at: dt.datetime) -> Self:
        """Keep those that work at a moment, as far as the key itself goes."""
        return self.filter(Q(expires_at=None) | Q(expires_at__gt=at), revoked_at=None)

    def newest_first(self) -> Self:
        """Order by when they were made."""
        return self.order_by("-created_at", "-id")


class ApiKey(models.Model):
    """A key of somebody. `prefix` names it in lists and logs; of the key itself only a hash is kept."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="api_keys")
    name = models.CharField(max_length=80, help_text="what it is for, in the words of its owner")
    prefix = models.CharField(max_length=8, unique=True)
    digest = models.CharField(max_length=64, unique=True, help_text="SHA-256 of the key: 178 random bits need no salt")
    scopes = ArrayField(models.CharField(max_length=40), default=list)
    created_at = models.DateTimeField(db_default=Now())
    expires_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True, help_text="to the minute")
    last_network = models.CharField(max_length=50, blank=True, help_text="/24 or /48 of who used it last")
    revoked_at = models.DateTimeField(null=True, blank=True)
    replaced = models.ForeignKey(  # the key that this one takes the place of
        "self", models.SET_NULL, null=True, blank=True, related_name="replacements"
    )

    objects = ApiKeyQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(scopes__contained_by=list(SCOPES)) & ~Q(scopes=[]), name="api_key_scopes_known"
            ),
            models.CheckConstraint(condition=Q(prefix__regex=r"^[0-9A-Za-z]{8}$"), name="api_key_prefix"),
        ]
        indexes = [models.Index(fields=["owner", "-created_at", "-id"], name="api_key_of_owner")]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"

    def works(self, at: dt.datetime) -> bool:
        """Say whether it works at a moment, as far as the key itself goes."""
        return self.revoked_at is None and (self.expires_at is None or self.expires_at > at)
