"""Categories."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from catalog.models import Category
from core.site import absolute


class CategoryShape(serializers.Serializer[Any]):
    """A category: a job that tools do. A sub-category names its parent."""

    slug = serializers.SlugField()
    name = serializers.CharField()
    parent = serializers.SlugField(allow_null=True)  # type: ignore[assignment]  # its name, not the field
    url = serializers.URLField(help_text="its page")


def category(row: Category) -> dict[str, Any]:
    """Return a category (with its parent fetched)."""
    return {
        "slug": row.slug,
        "name": row.name,
        "parent": row.parent.slug if row.parent else None,
        "url": absolute(f"/categories/{row.slug}/"),
    }
