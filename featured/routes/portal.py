"""Addresses: pages of who buys."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, path


def _not_yet(request: HttpRequest, key: str) -> HttpResponse:
    raise Http404("This page does not exist yet.")


urlpatterns: list[URLPattern] = [
    path("portal/featured/bookings/<slug:key>/", _not_yet, name="booking"),
    path("portal/featured/orders/<slug:key>/", _not_yet, name="order"),
]
