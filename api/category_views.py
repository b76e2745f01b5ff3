"""Categories."""

from __future__ import annotations

from typing import Any

from django.http import Http404
from rest_framework.request import Request
from rest_framework.response import Response

from api import schema, taxonomy
from api.base import PUBLIC, View
from api.found import Moved
from api.shapes.categories import (
    CategoryShape,
    CollectionShape,
    CollectionSummaryShape,
    FacetShape,
    category,
    collection,
    facet,
    summary,
)
from catalog import facets, moved
from catalog.facets import FACETS, Narrowing
from catalog.models import Category, Collection


class Categories(View):
    """All categories of both levels."""

    scopes = {"GET": PUBLIC}

    @schema.documented(
        name="list_categories",
        tag="catalog",
        summary="All categories, both levels, in the order of the site",
        returns=schema.all_of(CategoryShape, "CategoryList"),
    )
    def get(self, request: Request) -> Response:
        """Return them at once: they are few."""
        rows = Category.objects.in_order().select_related("parent")
        return Response({"results": [category(row) for row in rows]})


class OneCategory(View):
    """One category."""

    scopes = {"GET": PUBLIC}

    @schema.documented(
        name="get_category",
        tag="catalog",
        summary="One category of either level",
        returns=CategoryShape,
        problems=["not-found"],
        moves=True,
    )
    def get(self, request: Request, slug: str) -> Response:
        """Return a category; its tools are at /api/v1/tools?category=…"""
        found = Category.objects.select_related("parent").filter(slug=slug).first()
        if found is None:
            raise Moved(moved.category(request._request, slug, "api:category"))
        return Response(category(found))


class Facets(View):
    """All facets."""

    scopes = {"GET": PUBLIC}

    @schema.documented(
        name="list_facets",
        tag="catalog",
        summary="Every facet with its values, what they are called and how many tools have each",
        returns=schema.all_of(FacetShape, "FacetList"),
    )
    def get(self, request: Request) -> Response:
        """Return what tools can be narrowed by, counted over the whole catalog."""
        counts, names = facets.count(Narrowing()), taxonomy.names()
        return Response({"results": [facet(one, counts, names) for one in FACETS.values()]})


class Collections(View):
    """Curated collections."""

    scopes = {"GET": PUBLIC}

    @schema.documented(
        name="list_collections",
        tag="catalog",
        summary="Curated collections, in the order of the editors",
        returns=schema.all_of(CollectionSummaryShape, "CollectionList"),
    )
    def get(self, request: Request) -> Response:
        """Return them at once: they are few."""
        rows: Any = Collection.objects.with_size().in_order()
        return Response({"results": [summary(one, one.size) for one in rows]})


class OneCollection(View):
    """One collection."""

    scopes = {"GET": PUBLIC}

    @schema.documented(
        name="get_collection",
        tag="catalog",
        summary="One collection: its tools, and why each is there",
        returns=CollectionShape,
        problems=["not-found"],
    )
    def get(self, request: Request, slug: str) -> Response:
        """Return a collection with those of its tools that are listed."""
        found = Collection.objects.filter(slug=slug).first()
        if found is None:
            raise Http404(f"There is no collection “{slug}”. /api/v1/collections names all there are.")
        return Response(collection(found))
