"""Addresses of the verification's pages; stable (DESIGN section 5)."""

from __future__ import annotations

from django.urls import path, register_converter

from verification import views

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


register_converter(Sha256, "sha256")

urlpatterns = [
    path("tools/<slug:slug>/verification/", views.runs, name="runs"),
    path("tools/<slug:slug>/verification/start/", views.start, name="start"),
    path("tools/<slug:slug>/verification/<int:run>/", views.run, name="run"),
    path("tools/<slug:slug>/verification/<int:run>/run.json", views.run_as_json, name="run_json"),
    path("tools/<slug:slug>/verification/<int:run>/evidence/<sha256:sha256>", views.body, name="evidence"),
    path("bot/", views.bot, name="bot"),
    path("trust/", views.trust, name="trust"),
]
