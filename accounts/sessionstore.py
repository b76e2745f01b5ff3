"""Sessions in the database that end after a day while nobody is signed in (settings.SESSION_ENGINE).

Such a session holds what was typed: an address, a code that was asked for, the account that both belong to.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends import db
from django.utils import timezone

NOBODYS = 86_400  # seconds


class SessionStore(db.SessionStore):
    """Django's, with an end of its own for sessions that sign nobody in."""

    def get_expiry_age(self, **kwargs: Any) -> int:
        """Return how many seconds the session lasts."""
        age = super().get_expiry_age(**kwargs)
        return age if SESSION_KEY in self else min(age, NOBODYS)

    def get_expiry_date(self, **kwargs: Any) -> dt.datetime:
        """Return when the session ends."""
        date = super().get_expiry_date(**kwargs)
        return date if SESSION_KEY in self else min(date, timezone.now() + dt.timedelta(seconds=NOBODYS))
