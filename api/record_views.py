"""Tools as exports have them: what a follower of the change log asks for after each page of it."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from api import parameters, schema
from api.base import PUBLIC, View
from api.exports import snapshot
from catalog.models import Tool

MOST = 100


class ManifestOfLineShape(serializers.Serializer[Any]):
    """Which manifest is the latest."""

    version = serializers.IntegerField()
    sha256 = serializers.CharField()


class FactOfLineShape(serializers.Serializer[Any]):
    """Who says a field."""

    field = serializers.CharField()
    by = serializers.CharField()
    on = serializers.DateField()
    evidence = serializers.URLField(required=False)


class LineShape(serializers.Serializer[Any]):
    """A line of tools.jsonl."""

    slug = serializers.SlugField()
    record = serializers.DictField(child=serializers.JSONField(), help_text="as the files of the seed have it")
    facts = FactOfLineShape(many=True)
    manifest = ManifestOfLineShape(allow_null=True, help_text="the latest; null: none is made yet of what it says now")


class RecordsShape(serializers.Serializer[Any]):
    """Tools as exports have them."""

    records = LineShape(many=True)
    missing = serializers.ListField(child=serializers.CharField(), help_text="of what was asked, what is not listed")


class Records(View):
    """Tools as exports have them."""

    scopes = {"GET": PUBLIC}
    parameters = ("slugs",)

    @schema.documented(
        name="list_records",
        tag="pipelines",
        summary="Up to 100 tools as tools.jsonl of an export has them, and which of them are not listed",
        returns=RecordsShape,
        parameters=[schema.text("slugs", f"Up to {MOST} slugs with commas between.")],
    )
    def get(self, request: Request) -> Response:
        """Return lines in the order of slugs. As canonical JSON (RFC 8785), each has the bytes of the export's line.

        They are as new as the last change that you read, or newer. The manifest of what was just changed is null until
        it is made, which takes a minute: ask again then.
        """
        slugs = parameters.slugs(self.query, "slugs", MOST)
        found = snapshot.entries(Tool.objects.listed().filter(slug__in=slugs))
        missing = sorted(set(slugs) - {entry.slug for entry in found})
        answer = Response({"records": [entry.said for entry in found], "missing": missing})
        answer.headers["Cache-Control"] = "no-cache"  # a copy from before the change would undo it at the follower
        return answer
