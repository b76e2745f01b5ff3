from __future__ import annotations

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """People: the user, its roles."""

    name = "accounts"
