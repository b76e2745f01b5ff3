"""Addresses of the verification's pages; stable (DESIGN section 5)."""

from __future__ import annotations

from django.urls import path, register_converter

from verification import badge_views, public_views, views

app_name = "verification"


class Sha256:
    """The name of a stored body: what its content hashes to."""

    regex = "[0-9a-f]{64}"

    def to_python(self, value: str) -> str:
        """Return it as it stands in the address."""
        return value

    def to_url(self, value: str) -> str:
        """Return it as it is."""
        return value


class BadgeForm(Sha256):
    """What a badge comes as."""

    regex = "svg|json"


register_converter(Sha256, "sha256")
register_converter(BadgeForm, "badge")

urlpatterns = [
    path("tools/<slug:slug>/verification/", views.runs, name="runs"),
    path("tools/<slug:slug>/verification/start/", views.start, name="start"),
    path("tools/<slug:slug>/verification/<int:run>/", views.run, name="run"),
    path("tools/<slug:slug>/verification/<int:run>/run.json", views.run_as_json, name="run_json"),
    path("tools/<slug:slug>/verification/<int:run>/evidence/<sha256:sha256>", views.body, name="evidence"),
    path("tools/<slug:slug>/badge.<badge:ext>", badge_views.badge, name="badge"),
    path("ownership/<slug:token_id>/<slug:token>/", views.ownership_confirm, name="ownership_confirm"),
    path("bot/", views.bot, name="bot"),
    path("trust/", views.trust, name="trust"),
    path("trust/log/", public_views.log, name="log"),
    path("trust/log.atom", public_views.feed, {"form": "atom"}, name="log_feed"),
    path("trust/log.json", public_views.feed, {"form": "json"}, name="log_feed"),
    path("status/", public_views.status, name="status"),
    path("status.json", public_views.status_as_json, name="status_json"),
]
