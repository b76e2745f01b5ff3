"""Background work of the catalog: thin tasks, one service call each, safe to run twice."""

from __future__ import annotations

from celery import shared_task

from catalog import derived


@shared_task(name="catalog.derive")
def derive() -> dict[str, int]:
    """Compute related tools and vocabulary anew if the catalog has changed; return what was stored, {} if in step."""
    return derived.rebuild()
