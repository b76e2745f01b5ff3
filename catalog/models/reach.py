"""How far tools reach: counts by day, without anything about who looked. Written by catalog/reach/store.py alone."""

from __future__ import annotations

from django.db import models

from catalog.models.tool import Tool

TEXT = 80  # characters of the words of a search


class ToolDay(models.Model):
    """How often a tool was seen on a day (UTC) by one channel: as a card, as a page, and left for its own site."""

    tool = models.ForeignKey(Tool, models.CASCADE, related_name="+", db_index=False)
    day = models.DateField()
    channel = models.CharField(max_length=10)
    impressions = models.PositiveBigIntegerField(default=0)
    views = models.PositiveBigIntegerField(default=0)
    visits = models.PositiveBigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tool", "day", "channel"], name="tool_day_once"),
            models.CheckConstraint(condition=models.Q(channel__in=["site", "api"]), name="tool_day_channel_known"),
        ]
        indexes = [models.Index(fields=["day"], name="tool_day_by_day")]

    def __str__(self) -> str:
        return f"{self.tool_id} on {self.day}"


class ToolSearch(models.Model):
    """How often a search led to the page of a tool on a day (UTC). Read it by catalog/reach/report.py, which hides."""

    tool = models.ForeignKey(Tool, models.CASCADE, related_name="+", db_index=False)
    day = models.DateField()
    text = models.CharField(max_length=TEXT)
    count = models.PositiveBigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tool", "day", "text"], name="tool_search_once")]
        indexes = [models.Index(fields=["day"], name="tool_search_by_day")]

    def __str__(self) -> str:
        return f"{self.text} on {self.day}"


class FilterDay(models.Model):
    """How often people narrowed a list by a facet on a day (UTC), and how often by its value unknown."""

    day = models.DateField()
    facet = models.CharField(max_length=30)
    count = models.PositiveBigIntegerField(default=0)
    unknown = models.PositiveBigIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["day", "facet"], name="filter_day_once")]

    def __str__(self) -> str:
        return f"{self.facet} on {self.day}"
