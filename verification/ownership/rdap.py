"""When a domain was registered, as its registry says by RDAP (RFC 9083): a later registrant is somebody else."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from django.conf import settings

from core import safehttp
from core.safehttp import BadDocument, Limits, Policy
from verification.context import Gate
from verification.ownership import scope
from verification.ownership.asking import context_for

REGISTRATIONS = {"registration", "reregistration"}
LIMITS = Limits(total=15.0)


def registered_at(data: Mapping[str, Any], domain: str) -> dt.datetime | None:
    """Return the latest registration that an RDAP answer tells of, None when it tells of none or of another name."""
    name = data.get("ldhName")
    if isinstance(name, str) and name.lower().rstrip(".") != domain:
        return None
    events = data.get("events")
    moments = [
        _moment(event.get("eventDate"))
        for event in (events if isinstance(events, list) else ())
        if isinstance(event, dict) and event.get("eventAction") in REGISTRATIONS
    ]
    return max(filter(None, moments), default=None)


def ask(host: str, gate: Gate, *, policy: Policy | None = None) -> tuple[dt.datetime | None, str]:
    """Return when the domain of a host was registered last, and the domain; None and why it is not known."""
    domain = scope.registered_domain(host)
    if not settings.RDAP_URL:
        return None, "not checked: RDAP_URL is not set"
    if not domain:
        return None, "not checked: the name is no registrar's"
    context = context_for(host, gate, limits=LIMITS, policy=policy)
    answer = context.fetch(
        f"{settings.RDAP_URL}/domain/{quote(domain)}", headers={"Accept": "application/rdap+json, application/json"}
    )
    if answer.verdict != "ok" or answer.status != 200:
        return None, f"not known: {answer.message}"
    try:
        data = safehttp.load_json(answer.body)
    except BadDocument as error:
        return None, f"not known: {error.message}"
    found = registered_at(data, domain) if isinstance(data, dict) else None
    return found, domain if found else "not known: the answer names no registration"


def _moment(value: object) -> dt.datetime | None:
    try:
        read = dt.datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return read if read.tzinfo else read.replace(tzinfo=dt.UTC)
