"""Weeks as they are sold: from Monday 00:00 UTC to the next, named by the date of that Monday."""

from __future__ import annotations

import datetime as dt

from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.utils import timezone

WEEK = dt.timedelta(weeks=1)
AHEAD = 26  # weeks that can be booked ahead, this one included
MOST_WEEKS = 8  # of one order


def start_of(moment: dt.datetime | dt.date) -> dt.datetime:
    """Return the beginning of the week that a moment is in (a date is its beginning, UTC)."""
    day = moment.astimezone(dt.UTC).date() if isinstance(moment, dt.datetime) else moment
    monday = day - dt.timedelta(days=day.weekday())
    return dt.datetime.combine(monday, dt.time(), dt.UTC)


def during(first: dt.datetime, weeks: int = 1) -> DateTimeTZRange:
    """Return `weeks` whole weeks from the start of the week that `first` is in, as [first, last)."""
    start = start_of(first)
    return DateTimeTZRange(start, start + weeks * WEEK, "[)")


def upcoming(count: int = AHEAD, at: dt.datetime | None = None) -> list[dt.datetime]:
    """Return the starts of `count` weeks, the running one first."""
    first = start_of(at or timezone.now())
    return [first + n * WEEK for n in range(count)]


def read(text: str, at: dt.datetime | None = None) -> dt.datetime:
    """Return the start of the week that a date such as 2026-11-30 names.

    Raises ValueError for what is no date, no Monday, or a week that cannot be booked now.
    """
    day = dt.date.fromisoformat(text)
    if len(text) != 10 or day.weekday() or start_of(day) not in upcoming(AHEAD, at):
        raise ValueError(f"{text} is no week that can be booked: weeks are named by their Monday.")
    return start_of(day)
