"""Edits of many listings at once, so that they can be undone."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.urls import reverse

from submissions.models.submission import new_key


class BulkEdit(models.Model):
    """One edit of many tools: what each was and became. Never changed but for being undone."""

    key = models.CharField(max_length=16, unique=True, default=new_key, editable=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField(db_default=Now())
    operation = models.CharField(max_length=20)
    value = models.CharField(max_length=100)
    query = models.CharField(max_length=1_000, help_text="which tools: the filters of the list")
    rows = models.JSONField(help_text="[{tool, slug, name, field, before, after}]")
    skipped = models.JSONField(default=list, help_text="tools that somebody changed between preview and edit")
    undone_at = models.DateTimeField(null=True, blank=True)
    undone_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    kept = models.JSONField(default=list, help_text="when it was undone: tools that somebody changed since")

    class Meta:
        indexes = [models.Index(fields=["-at", "-id"], name="bulk_edit_latest")]
        ordering = ["-at", "-id"]

    def __str__(self) -> str:
        return f"{self.operation} {self.value}"

    def get_absolute_url(self) -> str:
        """Return the path of its page."""
        return reverse("submissions:bulk_edit", args=[self.key])
