"""All that a tool's verification page lists, a page at a time: runs, claims with those that ended, incidents."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.utils import timezone

from catalog.models import Tool
from verification.claims.services import holding
from verification.listing import listing_of
from verification.models import Claim, Incident, Run
from verification.over_time import claim_row

SHOWN = {"runs": "Runs", "claims": "Claims", "incidents": "Incidents"}


def rows(tool: Tool, show: str) -> Any:
    """Return the rows of a list of SHOWN as a QuerySet, the latest first."""
    if show == "claims":
        return Claim.objects.filter(tool=tool).select_related("run").order_by("-granted_at", "-id")
    if show == "incidents":
        incidents = Incident.objects.filter(endpoint__tool=tool).select_related("endpoint")
        return incidents.prefetch_related("updates").newest_first()
    return Run.objects.filter(tool=tool).newest_first()


def shown(tool: Tool, show: str, page: Iterable[Any]) -> list[Any]:
    """Return the rows of one page as the template wants them. Reads `plans` and `interfaces`."""
    found = list(page)
    for row in found:
        run = row if show == "runs" else getattr(row, "run", None)
        if run:
            run.tool = tool  # for its address
    if show != "claims":
        return found
    at = timezone.now()
    held = {claim.pk for claim in holding(found, listing_of(tool), at).values()}
    return [claim_row(claim, at, holds=claim.pk in held) for claim in found]
