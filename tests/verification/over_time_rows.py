"""Makers of what is known over time, as judgement and the sweeps leave it."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.utils import timezone

from catalog.models import Tool
from verification.claims.kinds import bound
from verification.listing import listing_of
from verification.models import Claim, Endpoint, Incident, IncidentUpdate, LogEntry, ProbeDay

DAY, HOUR = dt.timedelta(days=1), dt.timedelta(hours=1)


def endpoint(tool: Tool, subject: str = "", **changes: Any) -> Endpoint:
    """Return a watched address of a tool; healthy for ten days unless `changes` say otherwise."""
    values = {"state": "healthy", "since": timezone.now() - 10 * DAY, "home": not subject, **changes}
    return Endpoint.objects.create(tool=tool, subject=subject or tool.homepage, **values)


def days(of: Endpoint, *shares: float | None, median: int | None = 120) -> None:
    """Write the days before today, the last one first: the share of the time that it was up, None for no look."""
    today = timezone.now().astimezone(dt.UTC).date()
    for back, share in enumerate(shares, start=1):
        if share is not None:
            up = round(86_400 * share)
            ProbeDay.objects.create(
                endpoint=of, day=today - back * DAY, looks=4, failed=round(4 * (1 - share)), up_seconds=up,
                down_seconds=86_400 - up, ms_median=median, ms_p95=median and median * 2,
            )  # fmt: skip


def claim(tool: Tool, kind: Claim.Kind = Claim.Kind.SCANNED, **changes: Any) -> Claim:
    """Return a claim that was granted a day ago and holds for a month, unless `changes` say otherwise."""
    at = timezone.now()
    values = {
        "granted_at": at - DAY, "renewed_at": at - HOUR, "expires_at": at + 30 * DAY, "sentence": "It was seen.",
        "bound": bound(kind, listing_of(tool)), **changes,
    }  # fmt: skip
    return Claim.objects.create(tool=tool, kind=kind, **values)


def incident(of: Endpoint, *said: str, closed: bool = False, **changes: Any) -> Incident:
    """Return an incident that began five hours ago, with these lines in its timeline."""
    at = timezone.now()
    values: dict[str, Any] = {"began_at": at - 5 * HOUR, "opened_at": at - 4 * HOUR, "sentence": "It did not answer."}
    if closed:
        values |= {"state": "resolved", "closed_at": at - HOUR}
    found = Incident.objects.create(endpoint=of, **{**values, **changes})
    for number, text in enumerate(said or ("Unreachable: It did not answer.",)):
        state = "investigating" if number == 0 else found.state
        IncidentUpdate.objects.create(incident=found, at=found.opened_at + number * HOUR, state=state, text=text)
    return found


def entry(key: str, sentence: str = "Something was decided.", **changes: Any) -> LogEntry:
    """Return an entry of the public log."""
    tool = changes.get("tool")
    values = {"at": timezone.now(), "kind": "claim", "slug": tool.slug if tool else "", **changes}
    return LogEntry.objects.create(key=key, sentence=sentence, **values)
