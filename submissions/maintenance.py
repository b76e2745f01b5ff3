"""Maintenance that an owner announces: shown, and not counted as down (docs/verification.md, "Over time")."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import IntegrityError, transaction

from catalog.models import Tool
from core import audit
from submissions import speakers
from submissions.services import Refused
from verification.health import incidents
from verification.models import MaintenanceWindow


@transaction.atomic
def announce(tool: Tool, *, starts_at: dt.datetime, ends_at: dt.datetime, reason: str, by: Any) -> MaintenanceWindow:
    """Announce that a tool may be away, before it begins, by the limits of the verification. Raises Refused."""
    if not speakers.speaks_for(by, tool):
        raise Refused(f"Only who speaks for {tool.name} can announce maintenance.")
    try:
        with transaction.atomic():
            return incidents.declare_maintenance(tool, starts_at=starts_at, ends_at=ends_at, reason=reason, by=by)
    except incidents.TooMuchMaintenance as error:
        raise Refused(str(error)) from error
    except IntegrityError:
        raise Refused("It overlaps with another window of this tool.") from None


@transaction.atomic
def take_back(window: MaintenanceWindow, *, by: Any) -> None:
    """Take an announced window back; that it was there stays in the public log. Raises Refused."""
    if not speakers.speaks_for(by, window.tool):
        raise Refused(f"Only who speaks for {window.tool.name} can take that back.")
    detail = {"tool": window.tool.pk, "window": window.pk}
    incidents.withdraw_maintenance(window)
    audit.record(actor=by, action="verification.maintenance_taken_back", obj=window.tool, detail=detail)
