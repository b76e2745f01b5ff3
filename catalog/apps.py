from __future__ import annotations

from django.apps import AppConfig


class CatalogConfig(AppConfig):
    """What is listed: tools, categories, plans, interfaces, and who said what about them."""

    name = "catalog"

    def ready(self) -> None:
        """Say what of a person is stored here, and how long."""
        from accounts.privacy.registry import pseudonymous  # noqa: PLC0415 - models are there only now
        from catalog.personal import digest, privacy  # noqa: PLC0415
        from catalog.reach import keeping  # noqa: PLC0415
        from core.outbox import lists  # noqa: PLC0415
        from core.retention import Kept, keep  # noqa: PLC0415

        privacy.register()
        keeping.register()
        lists.ELSEWHERE[digest.LIST] = lists.Elsewhere(digest.said, "catalog:following", "Following")
        why = "the change log of the catalog says when a listing was changed, and never forgets"
        pseudonymous("catalog.change.actor", why)
        keep(
            Kept(
                "catalog", "The catalog and its change log", "for ever",
                "it is about tools; who changed a listing is an account without a name after an erasure", by="nobody",
            )
        )  # fmt: skip
        keep(
            Kept(
                "kept", "Saved tools, lists, what is followed", "until they are removed, or the account is erased",
                "they belong to a person, who removes them", by="nobody",
            )
        )  # fmt: skip
