"""Submissions, proofs of ownership, decisions, lists of people."""

from __future__ import annotations

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
