"""Addresses: pages of who buys."""

from __future__ import annotations

from django.urls import URLPattern, path

from featured import report_views

urlpatterns: list[URLPattern] = [
    path("portal/featured/bookings/<slug:key>/report.csv", report_views.report_csv, name="report_csv"),
]
