"""The review queue, decisions, appeals, reports, for reviewers."""

from __future__ import annotations

from django.urls import URLPattern, path

from submissions.reviewing import case_views, views

urlpatterns: list[URLPattern] = [
    path("review/", views.index, name="review"),
    path("review/affiliations/", views.affiliations, name="affiliations"),
    path("review/tools/<slug:slug>/", case_views.listing, name="review_listing"),
    path("review/decisions/<slug:key>/", case_views.confirmation, name="confirmation"),
    path("review/appeals/<slug:key>/", case_views.appeal, name="review_appeal"),
    path("review/reports/<slug:key>/", case_views.report, name="report"),
    path("review/<slug:key>/", views.item, name="review_item"),
]
