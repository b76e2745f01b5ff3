"""What is listed."""

from __future__ import annotations

from django.urls import URLPattern, path

from api import category_views, tool_views

urlpatterns: list[URLPattern] = [
    path("tools", tool_views.Tools.as_view(), name="tools"),
    path("categories", category_views.Categories.as_view(), name="categories"),
]
