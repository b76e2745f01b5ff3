"""Launch dates that are known to the year, the month or the day."""

from __future__ import annotations

import datetime as dt
import re
from calendar import monthrange


def period(launched: str) -> tuple[dt.date, dt.date]:
    """Return the first and last day of "YYYY", "YYYY-MM" or "YYYY-MM-DD". Raises ValueError for other text."""
    if not re.fullmatch(r"[0-9]{4}(-[0-9]{2}){0,2}", launched):
        raise ValueError(f"{launched!r} is not YYYY, YYYY-MM or YYYY-MM-DD")
    parts = [int(part) for part in launched.split("-")]
    year = parts[0]
    if len(parts) == 1:
        return dt.date(year, 1, 1), dt.date(year, 12, 31)
    month = parts[1]
    if len(parts) == 2:
        return dt.date(year, month, 1), dt.date(year, month, monthrange(year, month)[1])
    day = dt.date(year, month, parts[2])
    return day, day


def shown(launched: str) -> str:
    """Return the date as people read it: "2024", "Mar 2024", "5 Mar 2024"; "" for ""."""
    if not launched:
        return ""
    first, _ = period(launched)
    if len(launched) == 4:
        return launched
    if len(launched) == 7:
        return f"{first:%b %Y}"
    return f"{first.day} {first:%b %Y}"
