"""Incidents: opened and closed by judgement, told by a timeline, with effects that grow while they last."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import transaction
from django.utils import timezone

from catalog.models import Tool
from core import audit
from core.clean import Unclean, clean_line
from verification import journal
from verification.models import Endpoint, Incident, IncidentUpdate, LogEntry, MaintenanceWindow, Sample
from verification.models.health import LONGEST_MAINTENANCE

MONTH = dt.timedelta(days=30)
JUST_NOW = dt.timedelta(minutes=15)  # a form takes its time
NOT_NAMED = "The listing no longer names this address."
MONTH_SHARE = 0.08  # of a month that may be declared as maintenance


class TooMuchMaintenance(ValueError):
    """A window that may not be declared; the message says why."""


def open_incident(endpoint: Endpoint, *, sample: Sample) -> Incident:
    """Open the incident of an endpoint that has just been judged unreachable (in the judging transaction)."""
    assert endpoint.down_since is not None
    incident = Incident.objects.create(
        endpoint=endpoint, began_at=endpoint.down_since, opened_at=sample.at, sentence=sample.sentence
    )
    _tell(incident, at=sample.at, text=f"Unreachable: {sample.sentence}", run=sample.run_id)
    journal.note(
        at=sample.at, kind=LogEntry.Kind.INCIDENT, key=f"incident:{incident.pk}:opened", tool=endpoint.tool,
        run=sample.run_id,
        sentence=f"{endpoint.subject} is unreachable since {day(incident.began_at)}: {sample.sentence}",
    )  # fmt: skip
    return incident


def close_incident(endpoint: Endpoint, *, at: dt.datetime, text: str, run: int | None = None) -> None:
    """Close the open incident of an endpoint, if there is one (in the judging transaction)."""
    incident = Incident.objects.open().select_for_update().filter(endpoint=endpoint).first()
    if incident is None:
        return
    incident.state, incident.closed_at = Incident.State.RESOLVED, at
    incident.save(update_fields=["state", "closed_at"])
    _tell(incident, at=at, text=text, run=run)
    journal.note(
        at=at, kind=LogEntry.Kind.INCIDENT, key=f"incident:{incident.pk}:closed", tool=endpoint.tool, run=run,
        sentence=f"{endpoint.subject}: {text}",
    )  # fmt: skip


@transaction.atomic
def post_update(incident: Incident, *, by: Any, state: str, text: str) -> IncidentUpdate:
    """Add what a person says to an open incident. Raises ValueError for a state that only judgement gives."""
    if state not in {Incident.State.INVESTIGATING, Incident.State.IDENTIFIED, Incident.State.MONITORING}:
        raise ValueError("Only two looks that pass resolve an incident.")
    if not text.strip():
        raise ValueError("An update needs a sentence.")
    try:
        text = clean_line(text, max_length=1_000)
    except Unclean as error:
        raise ValueError(f"The sentence {error}.") from error
    changed = Incident.objects.open().filter(pk=incident.pk).update(state=state)
    if not changed:
        raise ValueError("The incident has ended.")
    update = IncidentUpdate.objects.create(incident=incident, at=timezone.now(), state=state, text=text, by=by)
    endpoint = incident.endpoint
    journal.note(
        at=update.at, kind=LogEntry.Kind.PERSON, key=f"incident:{incident.pk}:update:{update.pk}", tool=endpoint.tool,
        sentence=f"{endpoint.subject[:200]}, {update.get_state_display().lower()}: {update.text}"[:1_000],
    )  # fmt: skip
    audit.record(actor=by, action="verification.update_posted", obj=incident, detail={"state": state})
    return update


@transaction.atomic
def declare_maintenance(  # noqa: PLR0913 - by name
    tool: Tool,
    *,
    starts_at: dt.datetime,
    ends_at: dt.datetime,
    reason: str,
    by: Any = None,
    at: dt.datetime | None = None,
) -> MaintenanceWindow:
    """Declare that a tool may be away, beforehand. At most 24 hours at once, and 8 % of any 30 days around.

    Trouble that was seen is not declared away afterwards: a window that began is refused. Raises TooMuchMaintenance;
    windows that overlap are refused by the database (IntegrityError).
    """
    if not starts_at < ends_at <= starts_at + LONGEST_MAINTENANCE:
        raise TooMuchMaintenance("A maintenance window has to end after it starts, at most 24 hours later.")
    if starts_at < (at or timezone.now()) - JUST_NOW:
        raise TooMuchMaintenance("A maintenance window has to be declared before it starts.")
    Tool.objects.select_for_update().get(pk=tool.pk)  # two at once are counted one after the other
    around = MaintenanceWindow.objects.filter(tool=tool, ends_at__gt=ends_at - MONTH, starts_at__lt=starts_at + MONTH)
    for end in {ends_at, *(one.ends_at for one in around if one.ends_at > starts_at)}:
        spans = [(starts_at, ends_at), *((one.starts_at, one.ends_at) for one in around)]
        spent = sum((max(min(e, end) - max(s, end - MONTH), dt.timedelta()) for s, e in spans), dt.timedelta())
        if spent > MONTH * MONTH_SHARE:
            raise TooMuchMaintenance(f"At most {MONTH_SHARE:.0%} of 30 days can be maintenance; this makes {spent}.")
    window = MaintenanceWindow.objects.create(
        tool=tool, starts_at=starts_at, ends_at=ends_at, reason=reason.strip()[:300], declared_by=by
    )
    said = f"Maintenance was declared from {_span(window)}: {window.reason}"
    _note(window, "declared", at=at, sentence=said)
    audit.record(actor=by, action="verification.maintenance_declared", obj=window, detail={"tool": tool.pk})
    return window


@transaction.atomic
def withdraw_maintenance(window: MaintenanceWindow, *, at: dt.datetime | None = None) -> None:
    """Delete a window that is not wanted; that it was there stays in the log."""
    _note(window, "withdrawn", at=at, sentence=f"The maintenance from {_span(window)} was taken back.")
    window.delete()


def _note(window: MaintenanceWindow, what: str, *, at: dt.datetime | None, sentence: str) -> None:
    journal.note(
        at=at or timezone.now(), kind=LogEntry.Kind.PERSON, key=f"maintenance:{window.pk}:{what}", tool=window.tool,
        sentence=sentence,
    )  # fmt: skip


def _span(window: MaintenanceWindow) -> str:
    return f"{day(window.starts_at)} to {day(window.ends_at)}"


def _tell(incident: Incident, *, at: dt.datetime, text: str, run: int | None) -> None:
    IncidentUpdate.objects.create(incident=incident, at=at, state=incident.state, text=text[:1_000], run_id=run)


def day(at: dt.datetime) -> str:
    """Return a moment as entries of the log name it."""
    return at.astimezone(dt.UTC).strftime("%-d %b %Y, %H:%M UTC")
