"""Manifests: what a tool's listing says for programs, each version under an address of its own that never changes."""

from __future__ import annotations

import base64
import json
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from drf_spectacular.types import OpenApiTypes
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from api import paging
from api import schema as described
from api.base import PUBLIC, View
from api.found import listed_tool
from api.manifests.schema import schema
from api.manifests.server_json import server_json
from api.models import Manifest
from api.problems import Problem
from api.rendering import dumps, moment
from catalog.models import Tool
from core.readonly import read_only
from core.site import absolute

FOR_EVER = "public, max-age=31536000, immutable"


class ManifestVersionShape(serializers.Serializer[Any]):
    """A version of a manifest."""

    version = serializers.IntegerField(min_value=1)
    sha256 = serializers.CharField(help_text="of the document's bytes")
    made_at = serializers.DateTimeField(help_text="when the listing began to say this")
    url = serializers.URLField()


def version(row: Manifest) -> dict[str, Any]:
    """Return a version in a list."""
    return {"version": row.version, "sha256": row.sha256, "made_at": moment(row.made_at), "url": _address(row)}


VERSIONS = paging.Paged[Manifest]("manifests", ("-version",), version)


class LatestManifest(View):
    """The manifest of what a listing says now."""

    scopes = {"GET": PUBLIC}

    @described.documented(
        name="get_tool_manifest",
        tag="pipelines",
        summary="The latest manifest of a tool: what a program needs to wire it in, as canonical JSON",
        returns=OpenApiTypes.OBJECT,
        problems=["not-found"],
        moves=True,
    )
    def get(self, request: Request, slug: str) -> HttpResponse:
        """Return the latest version, at most a minute behind the listing. Content-Location is its address to pin."""
        row = latest(listed_tool(request, slug))
        response = _document(row)
        response.headers["Content-Location"] = _address(row)
        return response


class Manifests(View):
    """The versions of a manifest."""

    scopes = {"GET": PUBLIC}
    parameters = paging.PAGED

    @described.documented(
        name="list_tool_manifests",
        tag="pipelines",
        summary="All versions of a tool's manifest, the latest first",
        returns=described.pages_of(ManifestVersionShape, "ManifestPage"),
        parameters=described.PAGED,
        problems=["not-found"],
        moves=True,
    )
    def get(self, request: Request, slug: str) -> Response:
        """Return versions with their hashes and addresses."""
        tool = listed_tool(request, slug)
        return paging.answer(Manifest.objects.filter(tool_id=tool.pk).defer("body"), VERSIONS, request)


class OneManifest(View):
    """A version of a manifest."""

    scopes = {"GET": PUBLIC}

    @described.documented(
        name="get_tool_manifest_version",
        tag="pipelines",
        summary="One version of a tool's manifest: the same bytes for ever, also when the tool is listed no more",
        returns=OpenApiTypes.OBJECT,
        problems=["not-found"],
    )
    def get(self, request: Request, slug: str, version: int) -> HttpResponse:
        """Return a version by the slug that the tool had then. Its bytes hash to what the ETag says."""
        row = Manifest.objects.filter(slug=slug, version=version).first()
        if row is None:
            raise Http404(f"There is no version {version} of a manifest of “{slug}”.")
        response = _document(row)
        response.headers["Cache-Control"] = FOR_EVER
        return response


class ServerJson(View):
    """A tool as registries of MCP servers write it."""

    scopes = {"GET": PUBLIC}

    @described.documented(
        name="get_tool_server_json",
        tag="pipelines",
        summary="The latest manifest of a tool that speaks MCP, as the server.json of MCP registries",
        returns=OpenApiTypes.OBJECT,
        problems=["not-found"],
        moves=True,
    )
    def get(self, request: Request, slug: str) -> Response:
        """Return a server.json that carries the whole manifest in its `_meta`, so that nothing is lost."""
        row = latest(listed_tool(request, slug))
        found = server_json(json.loads(bytes(row.body)), row.sha256)
        if found is None:
            raise Http404("Of this tool neither a remote MCP server nor a package of one is known.")
        return Response(found)


def latest(tool: Tool) -> Manifest:
    """Return the manifest of what a listing says, at most a minute behind. Raises Problem where there is none yet."""
    row = Manifest.objects.filter(pk__in=Tool.objects.filter(pk=tool.pk).values("manifest_head__manifest")).first()
    if row is None:
        told = "Its manifest is made within seconds of its listing. Ask again then."
        raise Problem("not-found", told, headers={"Retry-After": "60"})
    return row


def _document(row: Manifest) -> HttpResponse:
    response = HttpResponse(bytes(row.body), content_type="application/json")
    response.headers["ETag"] = f'"{row.sha256}"'
    response.headers["Repr-Digest"] = f"sha-256=:{base64.b64encode(bytes.fromhex(row.sha256)).decode()}:"  # RFC 9530
    response.headers["Link"] = f'<{absolute(reverse("api:manifest_schema"))}>; rel="describedby"'
    return response


def _address(row: Manifest) -> str:
    return absolute(f"/api/v1/tools/{row.slug}/manifests/{row.version}")


@read_only
def manifest_schema(request: HttpRequest) -> HttpResponse:
    """Publish the JSON Schema of manifests."""
    answer = HttpResponse(dumps(schema()), content_type="application/schema+json")
    answer.headers["Access-Control-Allow-Origin"] = "*"
    return answer
