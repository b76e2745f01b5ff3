"""Bodies that were received or sent, stored once by their content."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now


class Evidence(models.Model):
    """A body, redacted and cut (verification/evidence.py); its name is the sha256 of what is stored."""

    sha256 = models.CharField(max_length=64, primary_key=True)
    mime = models.CharField(max_length=100, blank=True)
    content = models.BinaryField()
    size = models.PositiveBigIntegerField(help_text="bytes before it was cut")
    cut = models.BooleanField(default=False)
    redacted = models.BooleanField(default=False)
    stored_at = models.DateTimeField(db_default=Now())
    expires_at = models.DateTimeField(db_index=True)

    class Meta:
        verbose_name_plural = "evidence"

    def __str__(self) -> str:
        return self.sha256[:12]
