"""How long counts are kept: rows of the table in core/retention.py."""

from __future__ import annotations

import datetime as dt

from catalog.models import FilterDay, ToolDay, ToolSearch
from core.retention import Kept, delete, keep

DAYS, SEARCH_DAYS = 400, 90


def register() -> None:
    """Say what is counted, how long it stays and why."""
    keep(
        Kept(
            "reach", "Counts by day: how often a tool was shown, opened and left for its site; filters of lists",
            "400 days", "to show owners how far a tool reaches, this year and last; nothing in them says who looked",
            _forget_days,
        )
    )  # fmt: skip
    keep(
        Kept(
            "reach-searches", "Words of searches that led to the page of a tool, with counts by day", "90 days",
            "to show owners what their tool is found by: only words counted on 3 days or 5 times, and never whose",
            _forget_searches,
        )
    )  # fmt: skip


def _forget_days(at: dt.datetime) -> int:
    first = at.astimezone(dt.UTC).date() - dt.timedelta(days=DAYS)
    return delete(ToolDay.objects.filter(day__lt=first)) + delete(FilterDay.objects.filter(day__lt=first))


def _forget_searches(at: dt.datetime) -> int:
    first = at.astimezone(dt.UTC).date() - dt.timedelta(days=SEARCH_DAYS)
    return delete(ToolSearch.objects.filter(day__lt=first))
