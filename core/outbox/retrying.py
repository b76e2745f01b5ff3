"""Trying once more what has failed."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Least, Now

from core import audit
from core.outbox.models import OutgoingMail
from core.outbox.posting import LIFETIME, kick

MOST = 500  # mails in one go


@transaction.atomic
def try_again(pks: Collection[int], *, actor: Any) -> list[int]:
    """Queue failed mails whose words are still there, for as long as at first; return their keys. Audited."""
    failed = OutgoingMail.objects.filter(pk__in=list(pks)[:MOST], state=OutgoingMail.State.FAILED).exclude(message=b"")
    found = sorted(failed.select_for_update().values_list("pk", flat=True))
    if found:
        OutgoingMail.objects.filter(pk__in=found).update(
            state=OutgoingMail.State.QUEUED, ended_at=None, attempts=0, due_at=Now(),
            gives_up_at=Least(Now() + LIFETIME, Now() + (F("gives_up_at") - F("created_at"))),
        )  # fmt: skip
        about = audit.Ref(OutgoingMail._meta.label_lower)
        audit.record(actor=actor, action="mail.tried_again", obj=about, detail={"ids": found})
        transaction.on_commit(kick, robust=True)
    return found
