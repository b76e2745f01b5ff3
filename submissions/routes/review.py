"""The review queue, decisions, appeals, reports, for reviewers."""

from __future__ import annotations

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
