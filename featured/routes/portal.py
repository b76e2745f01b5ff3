"""Addresses: pages of who buys."""

from __future__ import annotations

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
