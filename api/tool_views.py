"""Tools: the list, and one of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from typing import Any
from urllib.parse import urlencode

import orjson
from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.request import Request

from api import paging, parameters, schema, tool_list
from api.base import PUBLIC, View
from api.rendering import dumps
from api.shapes import tools as shapes
from api.shapes.categories import FacetValueShape
from api.shapes.tool import ToolListedShape, facts, interfaces, plan
from api.tool_rows import rendered
from catalog.facets import FACETS
from catalog.filters import SORTS
from catalog.index import UNKNOWN
from catalog.models import Tool
from catalog.reach import events
from core.site import absolute
from verification.models import Endpoint


class ToolPageShape(serializers.Serializer[Any]):
    """A page of tools."""

    results = ToolListedShape(many=True)
    count = serializers.IntegerField(help_text="how many tools match, on all pages")
    next = serializers.URLField(allow_null=True, help_text="the next page, null on the last: ask for it as it is")
    previous = serializers.URLField(allow_null=True, help_text="the page before, null on the first")
    facets = serializers.DictField(
        child=FacetValueShape(many=True), required=False, help_text="with facets=1: for each facet its values"
    )


EXPANSIONS = ("plans", "interfaces", "facts")


def expanded(keys: Collection[int], names: Sequence[str]) -> dict[int, dict[str, Any]]:
    """Return what `names` are of these tools, by their keys. One statement for each name, and two more at most."""
    tools = Tool.objects.filter(pk__in=keys).prefetch_related(*names)
    endpoints: dict[int, dict[str, Endpoint]] = defaultdict(dict)
    if "interfaces" in names:
        for one in Endpoint.objects.filter(tool__in=keys, retired_at=None).order_by("id"):
            endpoints[one.tool_id][one.subject] = one
    today = timezone.localdate()
    made: dict[str, Callable[[Tool], Any]] = {
        "plans": lambda tool: [plan(one, today) for one in tool.plans.all()],
        "interfaces": lambda tool: interfaces(tool, endpoints[tool.pk]),
        "facts": facts,
    }
    return {tool.pk: {name: made[name](tool) for name in names} for tool in tools}


def _facet_parameter(name: str) -> OpenApiParameter:
    facet = FACETS[name]
    values = [*facet.labels, *([UNKNOWN] if UNKNOWN not in facet.labels else [])] if facet.labels else None
    told = {"category": "Category, as its slug or as its path, from GET /categories"}.get(name, facet.title)
    return schema.text(name, f"{told}; several values are joined by “or”.", several=True, enum=values)


DESCRIBED = [
    schema.text("q", "Words to search for, as on the site."),
    *(_facet_parameter(name) for name in FACETS),
    schema.text("launched_since", "Launched on this day or later: 2026, 2026-03 or 2026-03-31."),
    schema.text("sort", "The order; best match first where there are words, else newest.", enum=list(SORTS)),
    schema.text("facets", "1: count the values of all facets as well.", enum=["0", "1", "true", "false"]),
    schema.text("fields", "Only these fields of each tool, with commas, and the slug."),
    schema.text("expand", f"These of each tool as well, with commas: {', '.join(EXPANSIONS)}."),
    *schema.PAGED,
]


class Tools(View):
    """The list of tools."""

    scopes = {"GET": PUBLIC}
    parameters = tool_list.PARAMETERS
    several = tuple(FACETS)

    @schema.documented(
        name="list_tools",
        tag="catalog",
        summary="Find tools: filter, search, count, page",
        returns=ToolPageShape,
        parameters=DESCRIBED,
        problems=["search-timeout"],
    )
    def get(self, request: Request) -> HttpResponse:
        """Return a page of tools. Filters, search, order and counts are those of the site's own list."""
        query = self.query
        fields = parameters.names(query, "fields", shapes.FIELDS)
        more = parameters.names(query, "expand", EXPANSIONS)
        counted = parameters.yes(query, "facets")
        listing = tool_list.Listing(query)
        events.shows_by_api(request._request, (row.id for row in listing.rows))
        told = rendered(listing.rows)
        rows: list[Any] = [orjson.Fragment(one) for one in told.values()]
        if fields or more:
            found = expanded(told, more) if more else {}
            rows = [_chosen(orjson.loads(one), fields) | found.get(key, {}) for key, one in told.items()]
        shown = [(name, query[name]) for name in tool_list.SHOWN if name in query]
        body: dict[str, Any] = {"count": listing.counts.matching}
        for name, cursor in (("next", listing.next()), ("previous", listing.previous())):
            body[name] = absolute(f"{request.path}?{urlencode([('cursor', cursor), *shown])}") if cursor else None
        if counted:
            body["facets"] = tool_list.facet_lists(listing.counts, listing.narrowing.chosen)
        answer = dumps(body | {"results": rows})
        return HttpResponse(answer, content_type="application/json", headers=paging.links(body))


def _chosen(row: dict[str, Any], fields: Sequence[str]) -> dict[str, Any]:
    return {name: row[name] for name in ("slug", *fields)} if fields else row
