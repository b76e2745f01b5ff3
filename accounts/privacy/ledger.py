"""The ledger of erasures: a table, and a file outside of the database, so that nobody comes back with a backup.

A line holds an account's public_id and a time, nothing else:

    begun   written before the beginning is committed; its time is when the wish was asked for, which names the wish
    at      written after the commit: erased for ever; `reconcile` writes it when nobody else could
    kept    that wish was begun, but not committed, and taken back

The file is kept beside the backups. What is begun only counts when the database knows nothing of the wish: then it is
an older one (erasing.apply).
"""

from __future__ import annotations

import datetime as dt
import fcntl
import json
import logging
import os
import uuid
from pathlib import Path
from typing import Literal, NamedTuple, get_args

from django.conf import settings
from django.db import transaction

from accounts.privacy.models import ErasedAccount

log = logging.getLogger(__name__)
Entries = dict[uuid.UUID, dt.datetime]
Word = Literal["at", "begun", "kept"]


class Held(NamedTuple):
    """What the ledger says: who is erased since when, and which wishes were begun without a word of their end."""

    erased: Entries
    begun: Entries


def append(entries: Entries, word: Word = "at") -> bool:
    """Write lines to the file and wait until they are on the disk; return whether that could be done.

    A file that cannot be written stops no erasure: the table has the entry, and `reconcile` writes it later.
    """
    lines = "".join(f"{json.dumps({'account': str(key), word: at.isoformat()})}\n" for key, at in entries.items())
    path = Path(settings.ERASURE_LEDGER)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX)
            size = os.fstat(file).st_size
            torn = size > 0 and os.pread(file, 1, size - 1) != b"\n"  # a line that a full disk or a kill cut short
            os.write(file, (("\n" if torn else "") + lines).encode())
            os.fsync(file)
        finally:
            os.close(file)
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)  # so that a file that was just made is found again
        finally:
            os.close(folder)
    except OSError as error:
        log.error("The ledger of erasures cannot be written, so a restored backup could bring somebody back: %s", error)
        return False
    return True


def read() -> Entries:
    """Return who is erased by what the file holds."""
    return held().erased


def held() -> Held:
    """Return what the file holds; a line that cannot be read is passed over and told in the log."""
    path = Path(settings.ERASURE_LEDGER)
    found = Held({}, {})
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return found
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        try:
            _take(json.loads(line), found)
        except (ValueError, KeyError, TypeError, AttributeError):
            log.warning("Line %d of %s cannot be read and counts for nothing.", number, path)
    return Held(found.erased, {key: at for key, at in found.begun.items() if key not in found.erased})


def _take(entry: dict[str, str], found: Held) -> None:
    word = next((one for one in get_args(Word) if one in entry), "at")
    key, at = uuid.UUID(entry["account"]), dt.datetime.fromisoformat(entry[word])
    if word == "at":
        found.erased[key] = at
    elif word == "begun":
        found.begun[key] = at
    elif found.begun.get(key) == at:
        del found.begun[key]


def done(public_id: uuid.UUID, at: dt.datetime) -> None:
    """Write to the file that an account is erased for ever; called once that is committed."""
    append({public_id: at})


def note(public_id: uuid.UUID, at: dt.datetime) -> None:
    """Add an account to the table, and to the file once it is committed; called in the transaction that closes it."""
    ErasedAccount.objects.get_or_create(public_id=public_id, defaults={"at": at})
    transaction.on_commit(lambda: done(public_id, at))


def reconcile() -> Held:
    """Let table and file hold the same; return both. Raises OSError for an unreadable file."""
    filed, begun = held()
    stored = dict(ErasedAccount.objects.values_list("public_id", "at"))
    if missing := {key: at for key, at in stored.items() if key not in filed}:
        append(missing)
    missing_rows = [ErasedAccount(public_id=key, at=at) for key, at in filed.items() if key not in stored]
    ErasedAccount.objects.bulk_create(missing_rows, ignore_conflicts=True, batch_size=1_000)
    return Held(filed | stored, {key: asked for key, asked in begun.items() if key not in stored})
