from __future__ import annotations

from django.apps import AppConfig


class CatalogConfig(AppConfig):
    """What is listed: tools, categories, plans, interfaces, and who said what about them."""

    name = "catalog"
