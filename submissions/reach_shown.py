"""The counts of a tool as its owner's page draws them."""

from __future__ import annotations

import datetime as dt
from typing import Any

from catalog.models import Tool
from catalog.reach import report
from catalog.reach.keeping import DAYS
from core.plot import Series

COUNTS = (("impressions", "Impressions"), ("views", "Page views"), ("visits", "Outbound clicks"))


def context(tool: Tool, days: int, today: dt.date) -> dict[str, Any]:
    """Return what templates/submissions/owners/_reach.html shows of so many days up to today (UTC). Two statements."""
    found = report.for_tool(tool, today - dt.timedelta(days=days - 1), today)
    series = [
        (f"{title} per day", Series(title, [(one.day, getattr(one.counts, name)) for one in found.days]))
        for name, title in COUNTS
    ]
    known = 2 * days <= DAYS  # what was before is kept too
    totals = [
        (title, getattr(found.total, name), getattr(found.before, name) if known else None) for name, title in COUNTS
    ]
    return {"reach": found, "plots": series, "totals": totals}
