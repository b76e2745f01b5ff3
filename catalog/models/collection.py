"""Curated collections: tools that an editor put side by side, with a reason for each."""

from __future__ import annotations

from typing import Self

from django.db import models
from django.urls import reverse

from catalog.choices import LISTED
from catalog.models.tool import Tool


class CollectionQuerySet(models.QuerySet["Collection"]):
    """Reading collections."""

    def in_order(self) -> Self:
        """Order as the editors put them."""
        return self.order_by("position", "slug")

    def with_size(self) -> Self:
        """Add `size`: how many listed tools each holds."""
        return self.annotate(size=models.Count("picks", filter=models.Q(picks__tool__status__in=LISTED)))


class Collection(models.Model):
    """A short, signed list of tools for one purpose."""

    slug = models.SlugField(max_length=80, unique=True)
    title = models.CharField(max_length=100)
    summary = models.CharField(max_length=200)
    body = models.TextField(blank=True)
    position = models.PositiveSmallIntegerField(default=0)
    updated_on = models.DateField()
    seed = models.TextField(blank=True, editable=False)  # what the file said when load_catalog last read it

    objects = CollectionQuerySet.as_manager()

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        """Return the path of its page."""
        return reverse("catalog:collection", args=[self.slug])


class Pick(models.Model):
    """One tool of a collection and why it is there."""

    collection = models.ForeignKey(Collection, models.CASCADE, related_name="picks")
    tool = models.ForeignKey(Tool, models.CASCADE, related_name="picks")
    position = models.PositiveSmallIntegerField()
    reason = models.CharField(max_length=300)

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["collection", "tool"], name="pick_once"),
            models.UniqueConstraint(
                fields=["collection", "position"], name="pick_position_once", deferrable=models.Deferrable.DEFERRED
            ),
        ]

    def __str__(self) -> str:
        return f"{self.collection_id}: {self.tool_id}"
