"""Addresses of the catalog's pages; stable (DESIGN section 5)."""

from __future__ import annotations

from django.urls import path

from catalog import views

app_name = "catalog"

urlpatterns = [
    path("", views.home, name="home"),
    path("tools/", views.tool_list, name="tools"),
    path("tools/<slug:slug>/", views.tool, name="tool"),
    path("tools/<slug:slug>/alternatives/", views.alternatives, name="alternatives"),
    path("categories/", views.categories, name="categories"),
    path("categories/<slug:slug>/", views.category, name="category"),
    path("new/", views.new, name="new"),
    path("compare/", views.compare, name="compare"),
    path("collections/", views.collections, name="collections"),
    path("collections/<slug:slug>/", views.collection, name="collection"),
    path("stats/", views.stats, name="stats"),
    path("suggest", views.suggest, name="suggest"),
]
