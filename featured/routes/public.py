"""Addresses: pages for everybody."""

from __future__ import annotations

from django.urls import URLPattern, path

from featured import book_views, public_views, reader_views

urlpatterns: list[URLPattern] = [
    path("featured/", public_views.show, name="inventory"),
    # a place may hold a slash: "category/coding"
    path("featured/book/<path:place>/<slug:week>/", book_views.book, name="book"),
    path("featured/why/", reader_views.why, name="why"),
    path("featured/seen/", reader_views.seen, name="seen"),
    path("featured/ledger/", reader_views.public_ledger, name="ledger"),
    path("featured/ledger.csv", reader_views.public_ledger_csv, name="ledger_csv"),
]
