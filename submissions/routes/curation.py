"""The curation queue, merging and bulk edits, for editors."""

from __future__ import annotations

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
