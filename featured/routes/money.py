"""Addresses: what Stripe calls, and where it leads buyers back to."""

from __future__ import annotations

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
