"""Background work of the catalog: thin tasks, one service call each, safe to run twice."""

from __future__ import annotations

from celery import shared_task

from catalog import derived
from catalog.personal import digest as digests


@shared_task(name="catalog.derive")
def derive() -> dict[str, int]:
    """Compute related tools and vocabulary anew if the catalog has changed; return what was stored, {} if in step."""
    return derived.rebuild()


@shared_task(name="catalog.digests", soft_time_limit=100, time_limit=120)
def due_digests() -> int:
    """Send a task for each digest that is due; return how many. A lost one is sent again when its lease is over."""
    sent = 0
    while keys := digests.claim():
        for key in keys:
            digest.delay(key)
        sent += len(keys)
    return sent


@shared_task(name="catalog.digest", soft_time_limit=100, time_limit=120)  # hard limit < lease (15 min)
def digest(key: int) -> bool:
    """Make the digest of one person; return whether there was news."""
    return digests.make(key)
