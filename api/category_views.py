"""Categories."""

from __future__ import annotations

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from api import schema
from api.base import PUBLIC, View
from api.shapes.categories import CategoryShape, category
from catalog.models import Category


class Categories(View):
    """All categories of both levels."""

    scopes = {"GET": PUBLIC}

    @schema.documented(
        name="list_categories",
        tag="catalog",
        summary="All categories, both levels, in the order of the site",
        returns=type("CategoryList", (serializers.Serializer,), {"results": CategoryShape(many=True)}),
    )
    def get(self, request: Request) -> Response:
        """Return them at once: they are few."""
        rows = Category.objects.in_order().select_related("parent")
        return Response({"results": [category(row) for row in rows]})
