"""Addresses: pages of who buys."""

from __future__ import annotations

from django.urls import URLPattern, path

from featured import mine_views, report_views

urlpatterns: list[URLPattern] = [
    path("portal/featured/", mine_views.mine_page, name="mine"),
    path("portal/featured/bookings/<slug:key>/", mine_views.booking_page, name="booking"),
    path("portal/featured/orders/<slug:key>/", mine_views.order_page, name="order"),
    path("portal/featured/bookings/<slug:key>/report.csv", report_views.report_csv, name="report_csv"),
]
