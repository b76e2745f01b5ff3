"""The logo of a tool: two pictures that we drew ourselves (catalog/logos.py), and whose word it is."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from catalog import choices
from catalog.models.tool import Tool


class Logo(models.Model):
    """One for a tool. Written only by catalog.services.set_logo, which also sets `Tool.logo_key` for pages."""

    tool = models.OneToOneField(Tool, models.CASCADE, primary_key=True, related_name="logo")
    large = models.BinaryField()  # PNG, 256 by 256
    small = models.BinaryField()  # PNG, 128 by 128
    sha256 = models.CharField(max_length=64)  # of both
    width = models.PositiveIntegerField(help_text="pixels of the picture that it was made of")
    height = models.PositiveIntegerField()
    said_by = models.CharField(max_length=10, choices=choices.SaidBy.choices)
    source = models.URLField(max_length=500, blank=True, help_text="where it was found; empty for an upload")
    set_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(said_by__in=choices.SaidBy.values), name="logo_said_by_known"),
            models.CheckConstraint(condition=models.Q(sha256__regex=r"^[0-9a-f]{64}$"), name="logo_has_its_hash"),
        ]

    def __str__(self) -> str:
        return f"{self.tool_id}: {self.sha256[:12]}"
