"""Proving to own a tool, maintainers, transfer."""

from __future__ import annotations

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
