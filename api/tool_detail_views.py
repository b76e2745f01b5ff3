"""One tool, and what belongs to it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

import orjson
from django.utils import timezone
from django.utils.http import http_date
from rest_framework.request import Request
from rest_framework.response import Response

from api import schema
from api.base import PUBLIC, View
from api.found import listed_tool
from api.shapes import tool as shapes
from api.shapes.tools import ToolSummaryShape
from api.tool_rows import BY_KEY, find, rendered
from catalog.models import Tool
from catalog.reach import events
from catalog.records import with_record_rows
from verification.models import Endpoint

MOST_ALTERNATIVES = 12


def whole(request: Request, slug: str) -> Tool:
    """Return a listed tool with all its rows. Six statements."""
    return listed_tool(request, slug, with_record_rows(Tool.objects.all()))


def endpoints_of(tool: Tool) -> dict[str, Endpoint]:
    """Return what is watched of a tool, by subject. One statement."""
    return {one.subject: one for one in Endpoint.objects.filter(tool=tool, retired_at=None).order_by("id")}


def changed(tool: Tool, endpoints: Iterable[Endpoint]) -> dt.datetime:
    """Return when anything that is said of a tool changed last: its listing, its standing, or what was seen of it."""
    seen = [at for one in endpoints for at in (one.since, one.known_at, one.down_since)]
    midnight = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)  # then prices may become old
    found = [tool.changed_at, tool.checked_at, tool.level_since, tool.unverified_at, midnight, *seen]
    return max(at for at in found if at is not None)


class OneTool(View):
    """One tool."""

    scopes = {"GET": PUBLIC}

    @schema.documented(
        name="get_tool",
        tag="catalog",
        summary="One tool with all that is needed to wire it in",
        returns=shapes.ToolShape,
        problems=["not-found"],
        moves=True,
    )
    def get(self, request: Request, slug: str) -> Response:
        """Return a tool: what it is, plans, interfaces and whether they answer, who says each fact."""
        tool = whole(request, slug)
        events.shows_by_api(request._request, page_of=tool.pk)
        endpoints = endpoints_of(tool)
        response = Response(shapes.tool(tool, endpoints, timezone.localdate()))
        response.headers["Last-Modified"] = http_date(changed(tool, endpoints.values()).timestamp())
        return response


class Plans(View):
    """Prices of a tool."""

    scopes = {"GET": PUBLIC}

    @schema.documented(
        name="list_tool_plans",
        tag="catalog",
        summary="Prices of a tool that somebody has seen",
        returns=schema.all_of(shapes.PlanShape, "PlanList"),
        problems=["not-found"],
        moves=True,
    )
    def get(self, request: Request, slug: str) -> Response:
        """Return all plans in the order of the listing."""
        tool = listed_tool(request, slug)
        return Response({"results": [shapes.plan(one, timezone.localdate()) for one in tool.plans.all()]})


class Interfaces(View):
    """Ways to reach a tool."""

    scopes = {"GET": PUBLIC}

    @schema.documented(
        name="list_tool_interfaces",
        tag="catalog",
        summary="How programs reach a tool, and whether each address answers",
        returns=schema.all_of(shapes.InterfaceShape, "InterfaceList"),
        problems=["not-found"],
        moves=True,
    )
    def get(self, request: Request, slug: str) -> Response:
        """Return all interfaces in the order of the listing."""
        tool = listed_tool(request, slug)
        return Response({"results": shapes.interfaces(tool, endpoints_of(tool))})


class Facts(View):
    """Who says what."""

    scopes = {"GET": PUBLIC}

    @schema.documented(
        name="list_tool_facts",
        tag="catalog",
        summary="Who says each fact of a tool, since when, on what evidence",
        returns=schema.all_of(shapes.FactShape, "FactList"),
        problems=["not-found"],
        moves=True,
    )
    def get(self, request: Request, slug: str) -> Response:
        """Return the provenance of all facts that are known."""
        return Response({"results": shapes.facts(listed_tool(request, slug))})


class Alternatives(View):
    """Tools that are like a tool."""

    scopes = {"GET": PUBLIC}

    @schema.documented(
        name="list_tool_alternatives",
        tag="catalog",
        summary="The twelve tools that are most like this one, nearest first",
        returns=schema.all_of(ToolSummaryShape, "Alternatives"),
        problems=["not-found"],
        moves=True,
    )
    def get(self, request: Request, slug: str) -> Response:
        """Return the nearest neighbours that lists show."""
        tool = listed_tool(request, slug)
        near = list(tool.neighbours.order_by("position").values_list("other_id", flat=True))
        found = {row.id: row for row in find(BY_KEY, [near])}
        rows = [found[one] for one in near if one in found][:MOST_ALTERNATIVES]
        return Response({"results": [orjson.Fragment(one) for one in rendered(rows).values()]})
