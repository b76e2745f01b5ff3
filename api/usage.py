"""Counting what callers use, by the thread of catalog/reach: rows by day, written every few seconds."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass, fields

from api.callers import Caller
from api.models import Usage
from catalog.reach import store
from catalog.reach.counting import reach
from catalog.reach.events import Beside
from core.plot import Series

COUNTER = "api"
SHOWN = 30  # days
KEPT = dt.timedelta(days=400)
WRITE = """
INSERT INTO api_usage AS kept (user_id, key_id, day, requests, units, unchanged, refused, errors)
SELECT new.user_id, api_apikey.id, new.day, new.requests, new.units, new.unchanged, new.refused, new.errors
FROM unnest(%s::bigint[], %s::bigint[], %s::date[], %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[],
    %s::bigint[])
  AS new (user_id, key_id, day, requests, units, unchanged, refused, errors)
  JOIN accounts_user ON accounts_user.id = new.user_id LEFT JOIN api_apikey ON api_apikey.id = new.key_id
WHERE new.key_id = 0 OR api_apikey.id IS NOT NULL
ORDER BY new.user_id, new.key_id, new.day
ON CONFLICT (user_id, key_id, day) DO UPDATE SET requests = kept.requests + excluded.requests,
  units = kept.units + excluded.units, unchanged = kept.unchanged + excluded.unchanged,
  refused = kept.refused + excluded.refused, errors = kept.errors + excluded.errors
"""


@dataclass
class Numbers:
    """What was used in some time."""

    requests: int = 0
    units: int = 0
    unchanged: int = 0
    refused: int = 0
    errors: int = 0


COLUMNS = [one.name for one in fields(Numbers)]


def register() -> None:
    """Let the thread of catalog/reach write what is counted here."""
    store.WRITERS[COUNTER] = write


def note(caller: Caller, status: int, units: int) -> None:
    """Count an answered request of a key or a token; nothing of anybody else. `units`: what was taken for it."""
    assert caller.user.pk is not None
    told = {304: "unchanged", 429: "refused", 503: "refused"}.get(status, "errors" if status >= 400 else "")
    reach.add([Beside(COUNTER, (caller.user.pk, caller.key.pk if caller.key else 0, told, units))])


def write(counts: store.Besides) -> None:
    """Add counts to the rows of their day: one statement, in the caller's transaction."""
    rows: defaultdict[tuple[int, int, dt.date], Numbers] = defaultdict(Numbers)
    for (day, (user, key, told, units)), count in counts.items():
        row = rows[int(user), int(key), day]
        row.requests += count
        row.units += int(units) * count
        if told:
            setattr(row, str(told), getattr(row, str(told)) + count)
    store.upsert(WRITE, [(*key, *(getattr(row, name) for name in COLUMNS)) for key, row in rows.items()])


@dataclass(frozen=True)
class Report:
    """What an account used in the last days: all of it, by day and by key (0: tokens of OAuth)."""

    total: Numbers
    days: list[tuple[dt.date, Numbers]]
    keys: dict[int, Numbers]

    @property
    def plots(self) -> list[Series]:
        """The days as pictures: units, and what was refused."""
        return [
            Series("Units", [(day, row.units) for day, row in self.days]),
            Series("Refused", [(day, row.refused) for day, row in self.days]),
        ]


def of(user_id: int, today: dt.date) -> Report:
    """Return what an account used in the last 30 days. One statement."""
    days = {today - dt.timedelta(days=back): Numbers() for back in range(SHOWN - 1, -1, -1)}
    total = Numbers()
    keys: defaultdict[int, Numbers] = defaultdict(Numbers)
    for row in Usage.objects.filter(user=user_id, day__gte=min(days), day__lte=today):
        for sums in (total, keys[row.key_id or 0], days[row.day]):
            for name in COLUMNS:
                setattr(sums, name, getattr(sums, name) + getattr(row, name))
    return Report(total, list(days.items()), dict(keys))
