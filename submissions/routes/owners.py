"""Proving to own a tool, maintainers, transfer, and the dashboard of one's own tools."""

from __future__ import annotations

from django.urls import URLPattern, path

from submissions import dashboard_views, owner_views, people_views

urlpatterns: list[URLPattern] = [
    path("portal/ownership/", owner_views.claims, name="claims"),
    path("portal/ownership/new/", owner_views.prove, name="prove"),
    path("portal/ownership/challenges/<slug:token_id>/", owner_views.challenge, name="challenge"),
    path("portal/ownership/challenges/<slug:token_id>/check/", owner_views.challenge_check, name="challenge_check"),
    path("portal/ownership/challenges/<slug:token_id>/file/", owner_views.challenge_file, name="challenge_file"),
    path("portal/ownership/<int:claim>/release/", owner_views.release, name="release"),
    path("portal/ownership/<int:claim>/evict/<int:other>/", owner_views.evict, name="evict"),
    path("portal/invitations/<slug:token>/", people_views.invitation, name="invitation"),
    path("portal/handovers/<slug:handover>/", people_views.take_over, name="take_over"),
    path("portal/tools/", dashboard_views.tools, name="portal_tools"),
    path("portal/tools/<slug:slug>/", dashboard_views.tool, name="portal_tool"),
    path("portal/tools/<slug:slug>/verify/", dashboard_views.rerun, name="rerun"),
    path("portal/tools/<slug:slug>/replies/", dashboard_views.reply, name="reply"),
    path("portal/tools/<slug:slug>/maintenance/", dashboard_views.maintenance, name="maintenance"),
    path("portal/tools/<slug:slug>/people/", people_views.people, name="people"),
    path("portal/tools/<slug:slug>/handover/", people_views.handover, name="handover"),
]
