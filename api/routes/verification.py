"""What was seen of tools."""

from __future__ import annotations

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
