"""What people who submit see: submitting, their submissions, their dashboard."""

from __future__ import annotations

from django.urls import URLPattern, path

from submissions import submit_views

urlpatterns: list[URLPattern] = [
    path("portal/submissions/<slug:key>/", submit_views.submission, name="submission"),
]
