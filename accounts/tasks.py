"""Background work of accounts: thin tasks. What is due stands in the database; a message is only a hint."""

from __future__ import annotations

import uuid

from celery import shared_task

from accounts.privacy import erasing, exporting, mails


@shared_task(name="accounts.make_export", soft_time_limit=110, time_limit=120)
def make_export(key: str) -> bool:
    """Make one copy of somebody's data."""
    return exporting.make(uuid.UUID(key))


@shared_task(name="accounts.copies", soft_time_limit=500, time_limit=540)
def copies() -> int:
    """Make the copies whose message was lost; return how many."""
    return exporting.make_waiting()


@shared_task(name="accounts.privacy", soft_time_limit=500, time_limit=540)
def privacy() -> dict[str, int]:
    """Remind, erase again who came back with a backup, and erase what is due."""
    return {
        "reminded": erasing.remind(),
        "mails": mails.forget_erased(),
        "again": erasing.apply(),
        "erased": erasing.erase_due(),
    }
