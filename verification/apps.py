"""The verification app."""

from __future__ import annotations

from django.apps import AppConfig


class VerificationConfig(AppConfig):
    """Calls a tool's real endpoints and says what it saw."""

    name = "verification"
    verbose_name = "Verification"

    def ready(self) -> None:
        """Let the catalog's cards know how a run saw its tool."""
        from verification import services, summary  # noqa: PLC0415 - models are there only now

        services.run_finished.connect(summary.note_on_tool, dispatch_uid="verification.note_on_tool")
