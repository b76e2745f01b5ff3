from __future__ import annotations

from django.apps import AppConfig


class FeaturedConfig(AppConfig):
    """Featured listings: places sold by the week, what was paid for them, and what they delivered."""

    name = "featured"

    def ready(self) -> None:
        """Register the checks; say who writes what is counted, and what of a person is stored here."""
        from featured import checks, counting, privacy, renaming  # noqa: F401, PLC0415  # once models are there

        counting.register()
        privacy.register()
        renaming.register()
