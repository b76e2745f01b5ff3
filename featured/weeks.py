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
    ahead = upcoming(AHEAD, at)
    said = f"Choose a week from the calendar: they are named by their Monday, from {ahead[0]:%Y-%m-%d} on."
    try:
        day = dt.date.fromisoformat(text)
    except ValueError:
        day = None
    if day is None or len(text) != 10:
        raise ValueError(f"This address names a week by what is no date. {said}")
    if day.weekday():
        raise ValueError(f"{text} is no Monday. {said}")
    if start_of(day) not in ahead:
        gone = "is over" if start_of(day) < ahead[0] else f"is too far ahead: the last one is {ahead[-1]:%Y-%m-%d}"
        raise ValueError(f"The week of {text} {gone}. {said}")
    return start_of(day)
