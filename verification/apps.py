"""The verification app."""

from __future__ import annotations

from django.apps import AppConfig


class VerificationConfig(AppConfig):
    """Calls a tool's real endpoints and says what it saw."""

    name = "verification"
    verbose_name = "Verification"

    def ready(self) -> None:
        """Let a finished run be noted on its tool, judged over time, turned into claims, compared with what it was."""
        from django.contrib.auth import get_user_model  # noqa: PLC0415
        from django.db.models.signals import post_delete, post_save  # noqa: PLC0415

        from catalog.personal import news  # noqa: PLC0415
        from verification import (  # noqa: PLC0415 - models are there only now
            personal_news,
            privacy,
            services,
            summary,
        )
        from verification.claims import services as claims  # noqa: PLC0415
        from verification.health import looks  # noqa: PLC0415
        from verification.identity import services as identity  # noqa: PLC0415
        from verification.models import OwnershipClaim  # noqa: PLC0415
        from verification.ownership import marks  # noqa: PLC0415

        privacy.register()
        news.register(personal_news.decisions)
        services.run_finished.connect(marks.note_run, dispatch_uid="verification.note_identity")
        services.run_finished.connect(summary.note_on_tool, dispatch_uid="verification.note_on_tool")
        services.run_finished.connect(looks.take_looks, dispatch_uid="verification.take_looks")
        services.run_finished.connect(claims.grant_by_run, dispatch_uid="verification.grant_by_run")
        services.run_finished.connect(identity.note_print, dispatch_uid="verification.note_print")
        post_delete.connect(marks.note_gone, sender=OwnershipClaim, dispatch_uid="verification.note_gone")
        post_save.connect(marks.note_account, sender=get_user_model(), dispatch_uid="verification.note_account")
