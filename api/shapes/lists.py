"""What people keep: lists, saved tools."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from api.bodies import Line, Text
from api.rendering import moment
from catalog.models import ToolList
from catalog.personal.keeping import Entry
from core.site import absolute


class KeptShape(serializers.Serializer[Any]):
    """A tool that somebody keeps. One that is no longer listed has its old name and slug, and no more."""

    slug = serializers.SlugField()
    name = serializers.CharField()
    listed = serializers.BooleanField()
    note = serializers.CharField(allow_null=True, help_text="by whom it keeps")
    tagline = serializers.CharField(allow_null=True)
    homepage = serializers.URLField(allow_null=True)
    url = serializers.URLField(allow_null=True, help_text="its page")
    kept_at = serializers.DateTimeField(help_text="since when it is kept")


class ListShape(serializers.Serializer[Any]):
    """A list of tools that a person put together."""

    key = serializers.SlugField(help_text="who has that of a shared list may read it")
    title = serializers.CharField()
    description = serializers.CharField(allow_null=True)
    shared = serializers.BooleanField(help_text="everybody who has its address may read it")
    size = serializers.IntegerField(help_text="how many tools it holds, those that are no longer listed too")
    created_at = serializers.DateTimeField()
    changed_at = serializers.DateTimeField()
    url = serializers.URLField(help_text="its page")


class WholeListShape(ListShape):
    """A list with its tools, in its order."""

    tools = KeptShape(many=True)


class NewListBody(serializers.Serializer[Any]):
    """A new list."""

    title = Line(max_length=80)
    description = Text(max_length=2_000, allow_blank=True, required=False, default="")
    shared = serializers.BooleanField(required=False, default=False)


class ListBody(serializers.Serializer[Any]):
    """What of a list shall be different; what is left out stays."""

    title = Line(max_length=80, required=False)
    description = Text(max_length=2_000, allow_blank=True, required=False)
    shared = serializers.BooleanField(required=False)


class NoteBody(serializers.Serializer[Any]):
    """A note; left out, the one there is stays."""

    note = Line(max_length=200, allow_blank=True, required=False)


def summary(row: ToolList, size: int) -> dict[str, Any]:
    """Return a list without its tools."""
    return {
        "key": row.key,
        "title": row.title,
        "description": row.description or None,
        "shared": row.shared,
        "size": size,
        "created_at": moment(row.created_at),
        "changed_at": moment(row.changed_at),
        "url": absolute(row.get_absolute_url()),
    }


def kept(entry: Entry) -> dict[str, Any]:
    """Return a tool that somebody keeps."""
    row, tool = entry.row, entry.tool
    return {
        "slug": tool.slug if tool else row.slug,
        "name": tool.name if tool else row.name,
        "listed": tool is not None,
        "note": row.note or None,
        "tagline": tool.tagline if tool else None,
        "homepage": tool.homepage if tool else None,
        "url": absolute(tool.get_absolute_url()) if tool else None,
        "kept_at": moment(getattr(row, "added_at", None) or row.created_at),
    }
