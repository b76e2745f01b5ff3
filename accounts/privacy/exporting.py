"""A copy of what is known of a person, as one JSON document (personal-data.schema.json)."""

from __future__ import annotations

import datetime as dt
import gzip
import json
import logging
import uuid
from typing import Any

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from kombu.exceptions import KombuError

from accounts.models import User
from accounts.privacy import mails, registry
from accounts.privacy.models import DataExport
from core import audit
from core.site import absolute

log = logging.getLogger(__name__)
FORMAT = 1
BATCH = 20


@transaction.atomic
def ask(*, user: User, at: dt.datetime | None = None) -> DataExport:
    """Let a copy be made; return its row. One that is being made is returned; one that was made before goes."""
    at = at or timezone.now()
    User.objects.select_for_update(no_key=True).get(pk=user.pk)  # two requests make one copy
    wanted = DataExport.objects.filter(user=user).first()
    if wanted and wanted.made_at is None:
        return wanted
    DataExport.objects.filter(user=user).delete()
    wanted = DataExport.objects.create(user=user, asked_at=at)
    transaction.on_commit(lambda: _hint(wanted.pk))
    audit.record(actor=user, action="account.data_asked", obj=user)
    return wanted


def _hint(key: uuid.UUID) -> None:
    """Tell a worker; a lost hint does no harm, as the next sweep makes the copy."""
    from accounts.tasks import make_export  # noqa: PLC0415 - tasks import this

    try:
        make_export.apply_async((str(key),), retry=False, expires=600)
    except (KombuError, OSError) as error:
        log.warning("The broker took no hint (%s); the next sweep makes the copy.", error)


def make(key: uuid.UUID, *, at: dt.datetime | None = None) -> bool:
    """Make the copy and send the link; False when that was done, is being done, or the row is gone."""
    at = at or timezone.now()
    with transaction.atomic():
        wanted = DataExport.objects.select_for_update(of=("self",), skip_locked=True).filter(pk=key, made_at=None)
        row = wanted.select_related("user").first()
        if row is None:
            return False
        text = json.dumps(document(row.user, at), ensure_ascii=False, indent=1)
        row.made_at, row.content = at, gzip.compress(text.encode(), mtime=0)
        row.save(update_fields=["made_at", "content"])
        link = absolute(reverse("account_data_file", args=[row.pk]))
        mails.send(row.user, "data_ready", key=f"data-ready:{row.pk}", link=link, until=row.until)
    return True


def make_waiting(*, at: dt.datetime | None = None) -> int:
    """Make the copies whose message was lost; return how many.

    One that fails does not keep the others; what went wrong is raised in the end, as an ExceptionGroup.
    """
    keys = DataExport.objects.filter(made_at=None).order_by("asked_at", "pk").values_list("pk", flat=True)[:BATCH]
    made, failed = 0, []
    for key in list(keys):
        try:
            made += make(key, at=at)
        except Exception as error:  # of any part of any app; raised below
            failed.append(error)
    if failed:
        raise ExceptionGroup("Copies of personal data could not be made", failed)
    return made


def document(user: User, at: dt.datetime) -> dict[str, Any]:
    """Return all that every app knows of a person."""
    head = {
        "format": FORMAT,
        "site": settings.SITE_URL,
        "made_at": at.astimezone(dt.UTC).isoformat(timespec="seconds"),
        "schema": absolute(reverse("personal_data_schema")),
    }
    return head | {part.name: part.export(user) for part in registry.parts()}


def read(row: DataExport) -> bytes:
    """Return the document of a copy that was made."""
    assert row.content is not None
    return gzip.decompress(bytes(row.content))
