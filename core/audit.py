"""Writing the audit log: `record` is the only way, inside the transaction of what it tells of."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import connection, models

from core.models import AuditHead

SITE = "site"  # nobody with an account: a schedule, or who sits at the site's console
VISITOR = "visitor"  # who is not signed in
ADDRESS = re.compile(r"[\w.+-]{1,64}@(?:[\w-]{1,63}\.)+[a-z]{2,63}", re.IGNORECASE)


class NotInTransaction(RuntimeError):
    """An event must be stored together with what it tells of, or not at all."""


class PersonalData(ValueError):
    """The log is for ever, so that nothing may stand in it that somebody may ask to be erased."""


@dataclass(frozen=True)
class Ref:
    """What an event is about: an object's type and id, for objects that are gone by the time it is recorded."""

    type: str = ""
    id: str = ""


def ref(obj: models.Model) -> Ref:
    """Return what the log calls an object: its type, and its opaque id where it has one (accounts), else its key."""
    return Ref(obj._meta.label_lower, str(getattr(obj, "public_id", obj.pk)))


def actor_id(actor: Any) -> str:
    """Return what the log calls who did it: an account's public_id, SITE for None, VISITOR for an anonymous user."""
    if actor is None or actor in {SITE, VISITOR}:
        return actor or SITE
    if isinstance(found := getattr(actor, "public_id", None), uuid.UUID):
        return str(found)
    if getattr(actor, "is_anonymous", False):
        return VISITOR
    raise TypeError(f"{actor!r} is no account: give one, or None for the site itself.")


def record(
    *, actor: Any, action: str, obj: models.Model | Ref | None = None, detail: Mapping[str, Any] | None = None
) -> int:
    """Append one event and return its serial. One statement; it is on record when the caller's transaction commits.

    `action` are words joined by full stops ("ownership.evicted"); `detail` is JSON without personal data: codes,
    names of fields, keys, never what a person wrote. Call it last: until the transaction ends, no other event can be
    written. Fails loudly, and the caller with it: NotInTransaction, PersonalData, TypeError or ValueError for what is
    no JSON, DatabaseError for what the table refuses.
    """
    if not connection.in_atomic_block:
        raise NotInTransaction(f"audit.record({action!r}) must be called in the transaction of what it tells of.")
    about = ref(obj) if isinstance(obj, models.Model) else obj or Ref()
    text = json.dumps(dict(detail or {}), sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    if ADDRESS.search(text):
        raise PersonalData(f"The detail of {action} holds an e-mail address. Name accounts by their public_id.")
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO core_auditevent (actor, action, object_type, object_id, detail)"
            " VALUES (%s, %s, %s, %s, %s) RETURNING serial",
            [actor_id(actor), action, about.type, about.id, text],
        )
        return int(cursor.fetchone()[0])


def publish_head() -> int | None:
    """Write down how far the log has come, for the public page; return the serial, None when nothing is new."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO core_audithead (serial, hash)"
            " SELECT serial, hash FROM core_auditevent ORDER BY serial DESC LIMIT 1"
            " ON CONFLICT DO NOTHING RETURNING serial"
        )
        row = cursor.fetchone()
    return int(row[0]) if row else None


def heads() -> models.QuerySet[AuditHead]:
    """Return what was published, the latest first."""
    return AuditHead.objects.order_by("-serial")
