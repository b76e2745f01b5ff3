"""The curation queue, merging and bulk edits, for editors."""

from __future__ import annotations

from django.urls import URLPattern, path

from submissions.curation import views

urlpatterns: list[URLPattern] = [
    path("review/catalog/", views.work, name="curation"),
    path("review/catalog/confirm/", views.confirm, name="confirm_fact"),
    path("review/catalog/merge/", views.merge, name="merge"),
    path("review/catalog/bulk/", views.bulk_new, name="bulk"),
    path("review/catalog/bulk/<slug:key>/", views.bulk_edit, name="bulk_edit"),
]
