"""Background work of the portal: thin tasks, one service call each, safe to run twice."""

from __future__ import annotations

from celery import shared_task

from submissions import checking, listings
from submissions.flow import reading


@shared_task(name="submissions.sweep", soft_time_limit=50, time_limit=55)
def sweep() -> int:
    """Go on with submissions and readings that were left, end suspensions that nobody confirmed; return how many."""
    return checking.sweep() + listings.sweep() + reading.sweep()


@shared_task(name="submissions.read_site", soft_time_limit=110, time_limit=120)  # hard limit < lease (130 s)
def read_site(pk: int) -> str:
    """Read the site from which a draft is prefilled; return how that ended."""
    return reading.work(pk)
