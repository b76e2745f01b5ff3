"""The description of the API, for programs and for people."""

from __future__ import annotations

from django.urls import URLPattern, path

from api import document_views

urlpatterns: list[URLPattern] = [
    path("openapi.json", document_views.Document.as_view(), name="openapi"),
]
