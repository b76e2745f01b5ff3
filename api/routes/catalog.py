"""What is listed."""

from __future__ import annotations

from django.urls import URLPattern, path

from api import category_views

urlpatterns: list[URLPattern] = [
    path("categories", category_views.Categories.as_view(), name="categories"),
]
