"""Background work of the API: thin tasks, one service call each, safe to run twice."""

from __future__ import annotations

from celery import shared_task

from api.manifests import keeping


@shared_task(name="api.manifests", soft_time_limit=280, time_limit=300)
def manifests() -> int:
    """Make manifests of what listings say since; return how many."""
    return keeping.sweep()
