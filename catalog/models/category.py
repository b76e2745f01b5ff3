"""Categories: two levels, the job done."""

from __future__ import annotations

from typing import Self

from django.core.exceptions import ValidationError
from django.db import models
from django.urls import reverse


class CategoryQuerySet(models.QuerySet["Category"]):
    """Reading categories; always in the taxonomy's order."""

    def in_order(self) -> Self:
        """Order as the taxonomy lists them."""
        return self.order_by("position", "slug")

    def top(self) -> Self:
        """Keep the upper level."""
        return self.filter(parent__isnull=True)


class Category(models.Model):
    """A job that tools do. A sub-category is a Category with a parent; slugs are unique over both levels."""

    slug = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=80)
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children")
    position = models.PositiveIntegerField(default=0)
    seed = models.TextField(blank=True, editable=False)  # what the files said when load_catalog last read them

    objects = CategoryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "categories"
        indexes = [models.Index(fields=["position", "slug"], name="category_in_order")]
        constraints = [
            models.CheckConstraint(condition=~models.Q(parent=models.F("id")), name="category_not_its_own_parent")
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """Return the path of its page."""
        return reverse("catalog:category", args=[self.slug])

    def clean(self) -> None:
        """Refuse a third level, and tools without a sub-category. Raises ValidationError."""
        if self.parent is not None and self.pk and self.children.exists():
            raise ValidationError({"parent": "It has sub-categories of its own; move these first."})
        if self.parent is None and self.pk and self.primary_tools.exists():
            raise ValidationError({"parent": "Tools are filed under it, so it stays a sub-category."})
        if self.parent is not None and self.parent.parent_id is not None:
            raise ValidationError({"parent": "Categories have two levels: choose one from the upper level."})
