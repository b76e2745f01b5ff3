"""The REST API."""

from __future__ import annotations

from django.apps import AppConfig


class ApiConfig(AppConfig):
    """Registers the app with Django."""

    name = "api"
    verbose_name = "REST API"

    def ready(self) -> None:
        """Make known what is known of people; let the catalog show snippets."""
        from django.contrib.auth import get_user_model  # noqa: PLC0415 - models are there only now
        from django.db.models.signals import post_save  # noqa: PLC0415

        from api import privacy, usage  # noqa: PLC0415
        from api.oauth import privacy as apps  # noqa: PLC0415
        from api.oauth import tokens  # noqa: PLC0415
        from api.snippets import on_page  # noqa: PLC0415

        privacy.register()
        apps.register()
        usage.register()
        on_page.register()
        post_save.connect(tokens.note_account, sender=get_user_model(), dispatch_uid="api.oauth.note_account")
