"""Addresses: pages for everybody."""

from __future__ import annotations

from django.urls import URLPattern, path

from featured import reader_views

urlpatterns: list[URLPattern] = [
    path("featured/why/", reader_views.why, name="why"),
    path("featured/seen/", reader_views.seen, name="seen"),
    path("featured/ledger/", reader_views.public_ledger, name="ledger"),
    path("featured/ledger.csv", reader_views.public_ledger_csv, name="ledger_csv"),
]
