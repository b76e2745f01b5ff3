"""Background work of the portal: thin tasks, one service call each, safe to run twice."""

from __future__ import annotations

from celery import shared_task

from submissions import checking, listings


@shared_task(name="submissions.sweep", soft_time_limit=50, time_limit=55)
def sweep() -> int:
    """Go on with submissions whose checks ended unheard, end suspensions that nobody confirmed; return how many."""
    return checking.sweep() + listings.sweep()
