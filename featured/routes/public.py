"""Addresses: pages for everybody."""

from __future__ import annotations

from django.urls import URLPattern, path

from featured import book_views, public_views

urlpatterns: list[URLPattern] = [
    path("featured/", public_views.show, name="inventory"),
    # a place may hold a slash: "category/coding"
    path("featured/book/<path:place>/<slug:week>/", book_views.book, name="book"),
]
