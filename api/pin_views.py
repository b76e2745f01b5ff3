"""Pins: what a lockfile holds of the tools that a pipeline uses, and what it is compared with, in one answer."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from api import parameters, pins, schema
from api.base import PUBLIC, View
from api.shapes.tool import WorksShape
from catalog import choices
from core.site import absolute

MOST = 100


class PinnedManifestShape(serializers.Serializer[Any]):
    """Which manifest is the latest, and where its bytes are."""

    version = serializers.IntegerField(min_value=1)
    sha256 = serializers.CharField()
    url = serializers.URLField()


class PinnedToolsShape(serializers.Serializer[Any]):
    """The tools that an MCP server listed when verification looked last. Their vendors do not say this: we saw it."""

    sha256 = serializers.CharField(help_text="of the whole list: it changes when a word of it does")
    count = serializers.IntegerField(min_value=0)
    seen_at = serializers.DateTimeField()
    each = serializers.DictField(
        child=serializers.DictField(child=serializers.CharField()),
        help_text="by the name of a tool: sha256 of its input, output, words and hints, of those that it has",
    )


class PinnedInterfaceShape(WorksShape):
    """An interface: whether it answers, and what its server lists."""

    id = serializers.CharField(help_text="as in the manifest")
    kind = serializers.ChoiceField(choices=choices.InterfaceKind.values)
    tools = PinnedToolsShape(allow_null=True, help_text="null: no MCP server, or its list was not seen lately")


class PinShape(serializers.Serializer[Any]):
    """What may be pinned of a tool."""

    asked = serializers.CharField(help_text="the slug that was asked for")
    slug = serializers.SlugField(help_text="the slug that it has now")
    status = serializers.ChoiceField(choices=[one.value for one in choices.LISTED])
    away = serializers.ChoiceField(
        choices=[one for one in choices.Away.values if one], allow_null=True, help_text="null: reachable, or not known"
    )
    manifest = PinnedManifestShape(allow_null=True, help_text="null: none is made yet; ask again in some seconds")
    interfaces = PinnedInterfaceShape(many=True)


class PinsShape(serializers.Serializer[Any]):
    """The pins of several tools."""

    pins = PinShape(many=True)
    missing = serializers.ListField(child=serializers.CharField(), help_text="of what was asked, what is not listed")
    serial = serializers.IntegerField(min_value=0, help_text="of the last change that they may be of")
    catalog = serializers.URLField(help_text="the address of this site, which a lockfile is of")


class Pins(View):
    """What may be pinned of several tools."""

    scopes = {"GET": PUBLIC}
    parameters = ("slugs",)

    @schema.documented(
        name="list_pins",
        tag="pipelines",
        summary="What a lockfile pins of up to 100 tools: manifests, whether they answer, the tools of MCP servers",
        returns=PinsShape,
        parameters=[schema.text("slugs", f"Up to {MOST} slugs with commas between; older ones lead on.")],
    )
    def get(self, request: Request) -> Response:
        """Return pins in the order of slugs. “aicatalog lock” writes them down, “aicatalog check” compares them."""
        slugs = parameters.slugs(self.query, "slugs", MOST)
        last = pins.serial()  # before the rows: they may be newer, never older
        there, missing = pins.asked(slugs)
        answer = Response({"pins": there, "missing": missing, "serial": last, "catalog": absolute("/")})
        answer.headers["Cache-Control"] = "no-cache"  # a kept one would say of what has changed that all is well
        return answer
