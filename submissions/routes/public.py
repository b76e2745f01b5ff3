"""What everybody may see: rules, reporting a tool, the transparency page; statements for whom they concern."""

from __future__ import annotations

from django.urls import URLPattern, path

from submissions.public import transparency_views, views

urlpatterns: list[URLPattern] = [
    path("tools/<slug:slug>/report/", views.report, name="report_tool"),
    path("reports/<slug:key>/<slug:token>/", views.notice, name="notice"),
    path("portal/reports/<slug:key>/", views.reply, name="answer_report"),
    path("portal/decisions/<slug:key>/", views.decision, name="decision"),
    path("portal/decisions/<slug:key>/appeal/", views.appeal, name="appeal"),
    path("transparency/", transparency_views.transparency, name="transparency"),
    path("transparency.json", transparency_views.transparency_as_json, name="transparency_json"),
]
