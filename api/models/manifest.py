"""Integration manifests: each version of what a listing says, kept as its bytes for good."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from catalog.models import Tool


class Manifest(models.Model):
    """A version of a tool's manifest, written once (migration 0004). It outlives its tool, as it may be pinned.

    A slug with a version names it for good, also when the slug is another tool's later; of one tool versions only rise.
    """

    tool_id = models.BigIntegerField(help_text="no foreign key: the tool may be deleted")
    slug = models.SlugField(max_length=80)
    version = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    body = models.BinaryField(help_text="canonical JSON (RFC 8785)")
    made_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["slug", "version"], name="manifest_version_once"),
            models.UniqueConstraint(fields=["tool_id", "version"], name="manifest_version_once_of_tool"),
            models.UniqueConstraint(fields=["sha256"], name="manifest_hash_once"),
        ]

    def __str__(self) -> str:
        return f"{self.slug} {self.version}"


class ManifestHead(models.Model):
    """The latest manifest of a listed tool, and which state of its listing that was made of."""

    tool = models.OneToOneField(Tool, models.CASCADE, primary_key=True, related_name="manifest_head")
    manifest = models.ForeignKey(Manifest, models.PROTECT, related_name="+")
    changed_at = models.DateTimeField(help_text="`changed_at` of the tool as it was read")

    def __str__(self) -> str:
        return str(self.manifest)
