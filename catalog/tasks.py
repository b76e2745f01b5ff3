"""Background work of the catalog: thin tasks, one service call each, safe to run twice."""

from __future__ import annotations

from celery import shared_task

from catalog import related


@shared_task(name="catalog.relate_tools")
def relate_tools() -> int:
    """Compute related tools anew when the catalog has changed; return how many rows were stored (0 = in step)."""
    return related.rebuild() if related.is_stale() else 0
