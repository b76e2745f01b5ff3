"""The list of tools as most would write it: ModelSerializers, django-filter, LimitOffsetPagination. Done with care.

It says what a summary of the API says, finds the same tools in the same order and fetches what is nested in a constant
number of statements. Its limit of requests is left out, which is to its favour. Two ways to count facets: by the
site's own bitmaps, so that only reading and writing rows differ, and by GROUP BY, as who has no bitmaps would do it.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import django_filters
from django.db.models import Count, F, Func, QuerySet
from django.http import QueryDict
from django_filters.rest_framework import DjangoFilterBackend
from rest_framework import generics, serializers
from rest_framework.pagination import LimitOffsetPagination
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from api import tool_list
from catalog import facets
from catalog.facets import FACETS
from catalog.filters import ToolFilter
from catalog.index import UNKNOWN
from catalog.models import Category, Interface, Plan, Tool, ToolIndex

Facets = dict[str, list[dict[str, Any]]]
ORDERS = {"newest": "newest", "added": "recently_added", "name": "by_name"}


class CategorySerializer(serializers.ModelSerializer[Category]):
    """A category, with the slug of what it stands under."""

    parent = serializers.SlugRelatedField[Category](slug_field="slug", read_only=True)  # type: ignore[assignment]

    class Meta:
        model = Category
        fields = ["slug", "parent"]


class PlanSerializer(serializers.ModelSerializer[Plan]):
    """A price."""

    class Meta:
        model = Plan
        fields = ["amount", "currency", "period"]


class InterfaceSerializer(serializers.ModelSerializer[Interface]):
    """A way to reach a tool."""

    class Meta:
        model = Interface
        fields = ["kind", "auth"]


class ToolSerializer(serializers.ModelSerializer[Tool]):
    """A tool in a list; has_api and the like are among the words of its index."""

    category = CategorySerializer(read_only=True)
    also = CategorySerializer(many=True, read_only=True)
    plans = PlanSerializer(many=True, read_only=True)
    interfaces = InterfaceSerializer(many=True, read_only=True)
    words = serializers.ListField(source="index.facets", read_only=True)
    url = serializers.CharField(source="get_absolute_url", read_only=True)
    logo = serializers.CharField(source="logo_url", read_only=True)

    class Meta:
        model = Tool
        fields = [
            "slug", "name", "vendor", "tagline", "kind", "homepage", "category", "also", "access", "price_model",
            "source", "plans", "licence", "launched", "listed_on", "platforms", "modality_in", "modality_out", "tags",
            "interfaces", "words", "level", "level_since", "seen", "checked_at", "away", "logo", "url", "changed_at",
        ]  # fmt: skip


class Filters(django_filters.FilterSet):  # type: ignore[misc]
    """The facets whose values are known beforehand, and the orders without words."""

    sort = django_filters.ChoiceFilter(choices=[(name, name) for name in ORDERS], method="in_order")

    def by_words(self, found: QuerySet[Tool], name: str, values: list[str]) -> QuerySet[Tool]:
        """Keep the tools that have one of these values."""
        return found.filter(index__facets__overlap=facets.words(name, values)) if values else found

    def in_order(self, found: QuerySet[Tool], _name: str, value: str) -> QuerySet[Tool]:
        """Order as the site does."""
        ordered: QuerySet[Tool] = getattr(found, ORDERS[value])()
        return ordered


for _name, _facet in FACETS.items():
    if _facet.labels:
        _choices = [(value, value) for value in dict.fromkeys([*_facet.labels, UNKNOWN])]
        Filters.base_filters[_name] = django_filters.MultipleChoiceFilter(
            field_name=_name, choices=_choices, method="by_words"
        )


class Pages(LimitOffsetPagination):
    """Pages by offset, with a COUNT(*)."""

    default_limit = 24


class Tools(generics.ListAPIView[Tool]):
    """The list; its facets are counted by the site's own bitmaps."""

    queryset = (
        Tool.objects.found()
        .newest()
        .select_related("category__parent", "index")
        .prefetch_related("also__parent", "plans", "interfaces")
    )
    serializer_class = ToolSerializer
    pagination_class = Pages
    filter_backends = [DjangoFilterBackend]
    filterset_class = Filters
    renderer_classes = [JSONRenderer]

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Return a page; not kept by the page cache, as the hello-world is not."""
        response = super().list(request, *args, **kwargs)
        if request.query_params.get("facets") == "1":
            response.data["facets"] = self.facets(request.query_params)
        response.headers["Cache-Control"] = "no-store"
        return response

    def facets(self, query: QueryDict) -> Facets:
        """Return the facets of what matches."""
        chosen = ToolFilter(query, Tool.objects.none(), {})
        chosen.check()
        return tool_list.facet_lists(facets.count(chosen.narrowing, tool_list.MOMENT), chosen.chosen)


class Grouped(Tools):
    """The same; its facets are counted by the database, once for all and once for each facet that is narrowed."""

    def facets(self, query: QueryDict) -> Facets:
        """Return the facets of what matches."""
        chosen = {name: query.getlist(name) for name in FACETS if name in query}
        by_value = self._counts(query)
        for name in chosen:
            others = query.copy()
            del others[name]
            by_value[name] = self._counts(others)[name]
        counts = facets.Counts(0, 0, 0, by_value, {})
        return tool_list.facet_lists(counts, {name: tuple(values) for name, values in chosen.items()})

    def _counts(self, query: QueryDict) -> dict[str, dict[str, int]]:
        found = Filters(query, Tool.objects.found()).qs.order_by()
        words = ToolIndex.objects.filter(tool__in=found).annotate(word=Unnest(F("facets")))
        by_value: dict[str, dict[str, int]] = defaultdict(dict)
        for word, number in words.values("word").annotate(number=Count("*")).values_list("word", "number"):
            name, _, value = word.partition(":")
            by_value[name][value] = number
        return by_value


class Unnest(Func):
    """The elements of an array, a row each."""

    function = "unnest"
    set_returning = True
