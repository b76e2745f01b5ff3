from __future__ import annotations

from django.apps import AppConfig
from django.db.models.signals import post_save


class SubmissionsConfig(AppConfig):
    """What people hand in, how it is checked and decided, and what they are told."""

    name = "submissions"

    def ready(self) -> None:
        """Say what of a person is stored here; take up what was checked when its run has finished."""
        from submissions import checking, handing_over, owner_privacy, privacy  # noqa: PLC0415 - models are there only now
        from verification import services as verification  # noqa: PLC0415
        from verification.models import OwnershipEvent  # noqa: PLC0415

        privacy.register()
        owner_privacy.register()
        verification.draft_run_finished.connect(checking.take_up, dispatch_uid="submissions.take_up")
        post_save.connect(handing_over.note_proof, sender=OwnershipEvent, dispatch_uid="submissions.note_proof")
