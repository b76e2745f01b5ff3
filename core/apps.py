from __future__ import annotations

from django.apps import AppConfig
from django.contrib.admin import apps as admin_apps


class CoreConfig(AppConfig):
    """What every app needs and what knows no app."""

    name = "core"

    def ready(self) -> None:
        """Register the checks."""
        from core import checks  # noqa: F401, PLC0415  # once the registry of checks is there


class DeskConfig(admin_apps.AdminConfig):
    """Django's admin with our own site: what is done there stands in the audit log."""

    default = False  # of this module: that is CoreConfig
    default_site = "core.desk.Desk"
