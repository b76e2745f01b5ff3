"""Looking after bookings while they run and when they end: docs/billing.md has the rules."""

from __future__ import annotations

import datetime as dt

from django.utils import timezone

from featured.care import ending, making_good, pausing, pulse, stopping


def sweep(at: dt.datetime | None = None) -> int:
    """Do what is due at `at` (now): note an outage of ours, stop, pause, end, settle, make good; return how much.

    Every step may run again, and beside another sweeper: what is done is in the rows.
    """
    at = at or timezone.now()
    return (
        pulse.beat(at) + stopping.sweep(at) + pausing.sweep(at) + ending.sweep(at) + making_good.sweep(at)
    )  # the pulse first: what ran in an outage may have ended in it
