"""Who speaks for a tool besides those who proved to own it, and for whom reviewers work."""

from __future__ import annotations

import datetime as dt
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from catalog.models import Tool


class MaintainerQuerySet(models.QuerySet["Maintainer"]):
    """Reading maintainers."""

    def active(self) -> Self:
        """Keep those who accepted and were not removed."""
        return self.filter(accepted_at__isnull=False, ended_at=None)

    def invited(self, at: dt.datetime) -> Self:
        """Keep invitations that may still be accepted at `at`."""
        return self.filter(accepted_at=None, ended_at=None, expires_at__gt=at)

    def of(self, user: Any) -> Self:
        """Keep what this account maintains."""
        return self.active().filter(user=user) if user.is_authenticated else self.none()


class Maintainer(models.Model):
    """An account that an owner of a tool lets speak for it, or an invitation to become one."""

    tool = models.ForeignKey(Tool, models.CASCADE, related_name="maintainers")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, null=True, blank=True, related_name="maintains")
    email = models.EmailField(help_text="where the invitation went")
    token_hash = models.CharField(max_length=64, blank=True, help_text="sha256 of the link's secret; “” once used")
    invited_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    invited_at = models.DateTimeField(db_default=Now())
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")

    objects = MaintainerQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tool", "user"], condition=Q(accepted_at__isnull=False, ended_at=None), name="maintainer_once"
            ),
            models.UniqueConstraint(fields=["token_hash"], condition=~Q(token_hash=""), name="maintainer_link_once"),
            models.CheckConstraint(
                condition=Q(accepted_at=None) | Q(user__isnull=False), name="maintainer_accepted_is_somebody"
            ),
        ]
        indexes = [models.Index(fields=["tool", "invited_at", "id"], name="maintainer_of_tool")]

    def __str__(self) -> str:
        return f"{self.user_id or 'invited'} for {self.tool_id}"


class Affiliation(models.Model):
    """A domain whose company a reviewer works for, or did: they decide nothing about its tools."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="affiliations")
    domain = models.CharField(max_length=255)
    declared_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "domain"], name="affiliation_once")]
        ordering = ["domain", "id"]

    def __str__(self) -> str:
        return self.domain
