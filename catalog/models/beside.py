"""What leads to a tool from elsewhere: the addresses that it had, and the tools that are near it."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import models

from catalog.models.category import Category
from catalog.models.tool import Tool, ToolQuerySet


class Alias(models.Model):
    """A slug that a tool or a category had before; it answers 301. Tools and categories have addresses of their own."""

    slug = models.SlugField(max_length=80)
    tool = models.ForeignKey(Tool, models.CASCADE, null=True, blank=True, related_name="aliases")
    category = models.ForeignKey(Category, models.CASCADE, null=True, blank=True, related_name="aliases")

    class Meta:
        verbose_name_plural = "aliases"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(tool=None, category__isnull=False) | models.Q(tool__isnull=False, category=None),
                name="alias_of_one_thing",
            ),
            models.UniqueConstraint(
                fields=["slug"], condition=models.Q(tool__isnull=False), name="alias_of_a_tool_once"
            ),
            models.UniqueConstraint(
                fields=["slug"], condition=models.Q(category__isnull=False), name="alias_of_a_category_once"
            ),
        ]

    def __str__(self) -> str:
        return self.slug


class Related(models.Model):
    """A precomputed neighbour of a tool, nearest first (catalog/related.py)."""

    tool = models.ForeignKey(Tool, models.CASCADE, related_name="neighbours")
    other = models.ForeignKey(Tool, models.CASCADE, related_name="+")
    position = models.PositiveSmallIntegerField()
    score = models.FloatField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tool", "other"], name="related_once"),
            models.UniqueConstraint(fields=["tool", "position"], name="related_position_once"),
            models.CheckConstraint(condition=~models.Q(tool=models.F("other")), name="related_to_another"),
        ]

    def __str__(self) -> str:
        return f"{self.tool_id} → {self.other_id}"


def tools_by_slug(slugs: Iterable[str], among: ToolQuerySet) -> list[Tool]:
    """Return the tools of `among` with these slugs (old ones too), in their order, each once; others are left out."""
    wanted = list(slugs)
    found = {tool.slug: tool for tool in among.filter(slug__in=wanted)}
    missing = [slug for slug in wanted if slug not in found]
    if missing:
        old = dict(Alias.objects.filter(slug__in=missing, tool__isnull=False).values_list("slug", "tool_id"))
        moved = among.in_bulk(old.values())
        found |= {slug: moved[pk] for slug, pk in old.items() if pk in moved}
    return list(dict.fromkeys(found[slug] for slug in wanted if slug in found))
