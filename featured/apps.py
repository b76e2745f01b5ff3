from __future__ import annotations

from django.apps import AppConfig


class FeaturedConfig(AppConfig):
    """Featured listings: places sold by the week, what was paid for them, and what they delivered."""

    name = "featured"

    def ready(self) -> None:
        """Say who writes what is counted of sponsored cards."""
        from featured import counting  # noqa: PLC0415 - models are there only now

        counting.register()
