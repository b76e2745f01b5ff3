"""What everybody may see: rules, reporting a tool, the transparency page."""

from __future__ import annotations

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
