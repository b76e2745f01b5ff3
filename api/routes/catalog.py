"""What is listed."""

from __future__ import annotations

from django.urls import URLPattern, path

from api import category_views, change_views, manifest_views, snippet_views, tool_detail_views, tool_views
from api import converters as converters  # noqa: PLC0414 - makes "big" known

urlpatterns: list[URLPattern] = [
    path("tools", tool_views.Tools.as_view(), name="tools"),
    path("tools/<slug:slug>", tool_detail_views.OneTool.as_view(), name="tool"),
    path("tools/<slug:slug>/plans", tool_detail_views.Plans.as_view(), name="plans"),
    path("tools/<slug:slug>/interfaces", tool_detail_views.Interfaces.as_view(), name="interfaces"),
    path("tools/<slug:slug>/facts", tool_detail_views.Facts.as_view(), name="facts"),
    path("tools/<slug:slug>/alternatives", tool_detail_views.Alternatives.as_view(), name="alternatives"),
    path("tools/<slug:slug>/manifest", manifest_views.LatestManifest.as_view(), name="manifest"),
    path("tools/<slug:slug>/manifests", manifest_views.Manifests.as_view(), name="manifests"),
    path("tools/<slug:slug>/manifests/<big:version>", manifest_views.OneManifest.as_view(), name="manifest_version"),
    path("tools/<slug:slug>/server.json", manifest_views.ServerJson.as_view(), name="server_json"),
    path("tools/<slug:slug>/snippets", snippet_views.Snippets.as_view(), name="snippets"),
    path("facets", category_views.Facets.as_view(), name="facets"),
    path("collections", category_views.Collections.as_view(), name="collections"),
    path("collections/<slug:slug>", category_views.OneCollection.as_view(), name="collection"),
    path("changes", change_views.Changes.as_view(), name="changes"),
    path("categories/<slug:slug>", category_views.OneCategory.as_view(), name="category"),
    path("categories", category_views.Categories.as_view(), name="categories"),
]
