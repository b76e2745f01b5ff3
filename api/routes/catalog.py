"""What is listed."""

from __future__ import annotations

from django.urls import URLPattern, path

from api import category_views, change_views, tool_detail_views, tool_views

urlpatterns: list[URLPattern] = [
    path("tools", tool_views.Tools.as_view(), name="tools"),
    path("tools/<slug:slug>", tool_detail_views.OneTool.as_view(), name="tool"),
    path("tools/<slug:slug>/plans", tool_detail_views.Plans.as_view(), name="plans"),
    path("tools/<slug:slug>/interfaces", tool_detail_views.Interfaces.as_view(), name="interfaces"),
    path("tools/<slug:slug>/facts", tool_detail_views.Facts.as_view(), name="facts"),
    path("tools/<slug:slug>/alternatives", tool_detail_views.Alternatives.as_view(), name="alternatives"),
    path("facets", category_views.Facets.as_view(), name="facets"),
    path("collections", category_views.Collections.as_view(), name="collections"),
    path("collections/<slug:slug>", category_views.OneCollection.as_view(), name="collection"),
    path("changes", change_views.Changes.as_view(), name="changes"),
    path("categories/<slug:slug>", category_views.OneCategory.as_view(), name="category"),
    path("categories", category_views.Categories.as_view(), name="categories"),
]
