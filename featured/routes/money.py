"""Addresses: what Stripe calls, and where it leads buyers back to."""

from __future__ import annotations

from django.urls import URLPattern, path

from featured.views import money

urlpatterns: list[URLPattern] = [
    path("featured/stripe/webhook/", money.webhook, name="webhook"),
    path("featured/paid/<slug:key>/", money.paid, name="paid"),
    path("portal/featured/orders/<slug:key>/billing/", money.billing, name="billing"),
]
