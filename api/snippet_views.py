"""Snippets: what to paste to wire a tool in, for each consumer."""

from __future__ import annotations

import json
from typing import Any

from django.http import Http404
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from api import schema
from api.base import PUBLIC, View
from api.found import listed_tool
from api.manifest_views import latest
from api.snippets import CONSUMERS, Snippet, snippets
from catalog.filters import BadParameter

INTERFACE = OpenApiParameter("interface", str, description="Of this interface only, by its id.")


class SnippetShape(serializers.Serializer[Any]):
    """A text to paste. It holds no secret: variables stand where one belongs."""

    consumer = serializers.ChoiceField(choices=[*CONSUMERS])
    title = serializers.CharField(help_text="what people call the consumer")
    interface = serializers.CharField(help_text="the id of the interface that it reaches")
    language = serializers.CharField(help_text="bash, python, json, yaml, hcl, or url for a link")
    code = serializers.CharField()
    inputs = serializers.ListField(child=serializers.CharField(), help_text="variables that have to be set")
    notes = serializers.ListField(child=serializers.CharField(), help_text="what is to be known")


class SnippetsShape(serializers.Serializer[Any]):
    """Snippets of a tool, and the version of its manifest that they are made of."""

    version = serializers.IntegerField()
    sha256 = serializers.CharField()
    results = SnippetShape(many=True)


def snippet(one: Snippet) -> dict[str, Any]:
    """Return a snippet."""
    return {
        "consumer": one.consumer,
        "title": one.title,
        "interface": one.interface,
        "language": one.language,
        "code": one.code,
        "inputs": one.inputs,
        "notes": one.notes,
    }


class Snippets(View):
    """What to paste to wire a tool in."""

    scopes = {"GET": PUBLIC}
    parameters = ("interface", "consumer")

    @schema.documented(
        name="list_tool_snippets",
        tag="pipelines",
        summary="What to paste to wire a tool in: curl, Python, agents, editors, workflows and more",
        returns=SnippetsShape,
        parameters=[
            INTERFACE,
            schema.text("consumer", "For this consumer only.", enum=[*CONSUMERS]),
        ],
        problems=["not-found"],
        moves=True,
    )
    def get(self, request: Request, slug: str) -> Response:
        """Return snippets in the order of the interfaces. No header or path is guessed."""
        row = latest(listed_tool(request, slug))
        consumer = self.query.get("consumer", "")
        if consumer and consumer not in CONSUMERS:
            raise BadParameter("consumer", f"{consumer[:40]!r} is not one of: {', '.join(CONSUMERS)}.")
        manifest = json.loads(bytes(row.body))
        interface = self.query.get("interface", "")
        if interface and interface not in {one["id"] for one in manifest.get("interfaces", [])}:
            raise Http404(f"“{slug}” has no interface {interface[:40]!r}. /api/v1/tools/{slug}/interfaces names them.")
        found = [
            snippet(one)
            for one in snippets(manifest)
            if interface in {"", one.interface} and consumer in {"", one.consumer}
        ]
        return Response({"version": row.version, "sha256": row.sha256, "results": found})
