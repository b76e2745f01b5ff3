"""The REST API."""

from __future__ import annotations

from django.apps import AppConfig


class ApiConfig(AppConfig):
    """Registers the app with Django."""

    name = "api"
    verbose_name = "REST API"

    def ready(self) -> None:
        """Make known what is known of people."""
        from api import privacy, usage  # noqa: PLC0415 - models are there only now
        from api.oauth import privacy as apps  # noqa: PLC0415

        privacy.register()
        apps.register()
        usage.register()
