"""What was seen of tools."""

from __future__ import annotations

from django.urls import URLPattern, path

from api import converters as converters  # noqa: PLC0414 - makes "big" known
from api import verification_views as views

urlpatterns: list[URLPattern] = [
    path("tools/<slug:slug>/verification", views.Verification.as_view(), name="verification"),
    path("tools/<slug:slug>/health", views.Health.as_view(), name="health"),
    path("tools/<slug:slug>/claims", views.Claims.as_view(), name="claims"),
    path("tools/<slug:slug>/incidents", views.IncidentsOfTool.as_view(), name="incidents_of_tool"),
    path("tools/<slug:slug>/runs", views.Runs.as_view(), name="runs"),
    path("tools/<slug:slug>/runs/<big:run>", views.OneRun.as_view(), name="run"),
    path("tools/<slug:slug>/runs/<big:run>/evidence/<digest:sha256>", views.Evidence.as_view(), name="evidence"),
    path("incidents", views.Incidents.as_view(), name="incidents"),
]
