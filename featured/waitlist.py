"""Who waits for a place: told when one gets free."""

from __future__ import annotations

import datetime as dt


def offer(place_name: str, week: dt.datetime) -> None:
    """Not built yet; does nothing."""
