"""The slim table that search and facets read: one row per listed tool, kept in step by catalog.services."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models

from catalog.models.tool import Tool


class ToolIndex(models.Model):
    """What a tool can be found by. `facets` holds words like "pricing:free-tier"; unknown is a word as well."""

    tool = models.OneToOneField(Tool, models.CASCADE, primary_key=True, related_name="index")
    facets = ArrayField(models.CharField(max_length=100))
    search = SearchVectorField()
    # jobs it does (catalog/jobs.py), each as Job.number * 8 + how well, 1 to 7
    doing = ArrayField(models.IntegerField(), default=list)
    filed = ArrayField(models.CharField(max_length=80))  # slugs of its sub-categories, the main one first
    name_key = models.CharField(max_length=100)  # letters and digits of the name only, folded: "midjourney"
    slug_key = models.CharField(max_length=100)  # the same of the slug, which is often an older name
    launched_on = models.DateField(null=True)

    class Meta:
        indexes = [
            GinIndex(fields=["facets"], name="toolindex_facets"),
            GinIndex(fields=["search"], name="toolindex_search", fastupdate=False),  # a pending list slows every search
            GinIndex(fields=["doing"], name="toolindex_doing", fastupdate=False),
            GinIndex(fields=["name_key"], opclasses=["gin_trgm_ops"], name="toolindex_name_trgm"),
            models.Index(fields=["name_key"], opclasses=["text_pattern_ops"], name="toolindex_name_prefix"),
            GinIndex(fields=["slug_key"], opclasses=["gin_trgm_ops"], name="toolindex_slug_trgm"),
            models.Index(fields=["slug_key"], opclasses=["text_pattern_ops"], name="toolindex_slug_prefix"),
        ]

    def __str__(self) -> str:
        return self.name_key


class Word(models.Model):
    """A word of the listed tools (catalog/vocabulary.py)."""

    word = models.CharField(max_length=40, primary_key=True)
    lexeme = models.CharField(max_length=40)
    tools = models.PositiveIntegerField()  # how many tools have the lexeme

    class Meta:
        indexes = [
            GinIndex(fields=["word"], opclasses=["gin_trgm_ops"], name="word_trgm"),
            models.Index(fields=["lexeme"], include=["tools"], name="word_lexeme"),
        ]

    def __str__(self) -> str:
        return self.word


class Indexed(models.Model):
    """Which index row was written or deleted last, in the order of commits; filled by triggers (migration 0004).

    One row a tool, which outlives the tool; tool 0 stands for all of them.
    """

    tool_id = models.BigIntegerField(primary_key=True)
    serial = models.BigIntegerField(unique=True)

    def __str__(self) -> str:
        return f"{self.tool_id} at {self.serial}"
