"""The description of the API, for programs and for people."""

from __future__ import annotations

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
