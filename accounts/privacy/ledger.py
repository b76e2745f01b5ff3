"""The ledger of erasures: a table, and a file outside of the database, so that nobody comes back with a backup.

A line holds an account's public_id and a time, nothing else. The file is written before the erasure is committed and
kept beside the backups. `reconcile` brings both to hold all that one of them does.
"""

from __future__ import annotations

import datetime as dt
import fcntl
import json
import logging
import os
import uuid
from collections.abc import Iterable
from pathlib import Path

from django.conf import settings

from accounts.privacy.models import ErasedAccount

log = logging.getLogger(__name__)
Entries = dict[uuid.UUID, dt.datetime]


def append(entries: Entries) -> bool:
    """Write entries to the file and wait until they are on the disk; return whether that could be done.

    A file that cannot be written stops no erasure: the table has the entry, and `reconcile` writes it later.
    """
    lines = "".join(f"{json.dumps({'account': str(key), 'at': at.isoformat()})}\n" for key, at in entries.items())
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
    """Return what the file holds; a line that cannot be read is passed over and told in the log."""
    path = Path(settings.ERASURE_LEDGER)
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return {}
    found: Entries = {}
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        try:
            entry = json.loads(line)
            found[uuid.UUID(entry["account"])] = dt.datetime.fromisoformat(entry["at"])
        except (ValueError, KeyError, TypeError, AttributeError):
            log.warning("Line %d of %s cannot be read and counts for nothing.", number, path)
    return found


def note(public_id: uuid.UUID, at: dt.datetime) -> None:
    """Add an account to table and file, the file first; called in the transaction that begins its erasure."""
    append({public_id: at})
    ErasedAccount.objects.get_or_create(public_id=public_id, defaults={"at": at})


def reconcile() -> Iterable[uuid.UUID]:
    """Let table and file hold the same; return all accounts that were erased. Raises OSError for an unreadable file."""
    filed, stored = read(), dict(ErasedAccount.objects.values_list("public_id", "at"))
    if missing := {key: at for key, at in stored.items() if key not in filed}:
        append(missing)
    missing_rows = [ErasedAccount(public_id=key, at=at) for key, at in filed.items() if key not in stored]
    ErasedAccount.objects.bulk_create(missing_rows, ignore_conflicts=True, batch_size=1_000)
    return [*stored, *(row.public_id for row in missing_rows)]
