from __future__ import annotations

from django.apps import AppConfig


class CoreConfig(AppConfig):
    """What every app needs and what knows no app."""

    name = "core"
