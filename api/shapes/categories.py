"""Categories, facets, collections."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rest_framework import serializers

from api.rendering import day
from catalog.choices import LISTED
from catalog.facets import Counts, Facet
from catalog.models import Category, Collection
from core.site import absolute


class CategoryShape(serializers.Serializer[Any]):
    """A category: a job that tools do. A sub-category names its parent."""

    slug = serializers.SlugField()
    name = serializers.CharField()
    parent = serializers.SlugField(allow_null=True)  # type: ignore[assignment]  # its name, not the field
    path = serializers.CharField(
        allow_null=True, help_text="of a sub-category: what a record names in `category` and `also`"
    )
    url = serializers.URLField(help_text="its page")


def category(row: Category) -> dict[str, Any]:
    """Return a category (with its parent fetched)."""
    return {
        "slug": row.slug,
        "name": row.name,
        "parent": row.parent.slug if row.parent else None,
        "path": f"{row.parent.slug}/{row.slug}" if row.parent else None,
        "url": absolute(row.get_absolute_url()),
    }


class FacetValueShape(serializers.Serializer[Any]):
    """A value of a facet."""

    value = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # its name, not the field's label
    count = serializers.IntegerField(help_text="how many tools it would leave, with the other filters in force")


class FacetShape(serializers.Serializer[Any]):
    """What tools can be narrowed by: a query parameter of the list."""

    name = serializers.CharField(help_text="the query parameter")
    title = serializers.CharField()
    values = FacetValueShape(many=True)


def facet(row: Facet, counts: Counts, names: Mapping[str, str]) -> dict[str, Any]:
    """Return a facet with its values; `names` are those of categories."""
    return {"name": row.name, "title": row.title, "values": values(row, counts, (), names)}


def values(row: Facet, counts: Counts, chosen: tuple[str, ...], names: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return the values of a facet, as the site orders them."""
    known = names if row.name == "category" else row.labels
    return [
        {"value": value, "label": known.get(value) or row.label(value), "count": number}
        for value, number in counts.ordered(row, chosen)
    ]


class CollectionSummaryShape(serializers.Serializer[Any]):
    """A short list of tools for one purpose, by an editor."""

    slug = serializers.SlugField()
    title = serializers.CharField()
    summary = serializers.CharField()
    size = serializers.IntegerField(help_text="how many listed tools it holds")
    updated_on = serializers.DateField()
    url = serializers.URLField(help_text="its page")


class PickShape(serializers.Serializer[Any]):
    """A tool of a collection, and why it is there."""

    slug = serializers.SlugField()
    name = serializers.CharField()
    reason = serializers.CharField()


class CollectionShape(CollectionSummaryShape):
    """A collection with its tools."""

    body = serializers.CharField(allow_null=True, help_text="what the editor says of all of them")
    tools = PickShape(many=True)


def summary(row: Collection, size: int) -> dict[str, Any]:
    """Return a collection in a list."""
    return {
        "slug": row.slug,
        "title": row.title,
        "summary": row.summary,
        "size": size,
        "updated_on": day(row.updated_on),
        "url": absolute(row.get_absolute_url()),
    }


def collection(row: Collection) -> dict[str, Any]:
    """Return a collection with its listed tools. One statement."""
    picks = list(row.picks.filter(tool__status__in=LISTED).select_related("tool").order_by("position", "id"))
    tools = [{"slug": one.tool.slug, "name": one.tool.name, "reason": one.reason} for one in picks]
    return {**summary(row, len(tools)), "body": row.body or None, "tools": tools}
