"""What people who submit see: submitting, their submissions, their dashboard."""

from __future__ import annotations

from django.urls import URLPattern, path

from submissions import begin_views, edit_views, submit_views

urlpatterns: list[URLPattern] = [
    path("submit/", begin_views.start, name="submit"),
    path("submit/rules/", begin_views.show_rules, name="rules"),
    path("submit/upload/", begin_views.upload_record, name="upload"),
    path("submit/reading/<slug:key>/", begin_views.read_site, name="reading"),
    path("tools/<slug:slug>/suggest/", begin_views.suggest, name="suggest"),
    path("portal/", submit_views.portal_page, name="portal"),
    path("portal/submissions/<slug:key>/", submit_views.submission, name="submission"),
    path("portal/submissions/<slug:key>/logo/", edit_views.logo, name="logo"),
    path("portal/submissions/<slug:key>/logo.png", edit_views.logo_picture, name="logo_picture"),
    path("portal/submissions/<slug:key>/edit/<slug:step>/", edit_views.edit, name="edit"),
]
