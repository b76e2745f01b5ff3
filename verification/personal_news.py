"""What the verification tells people who follow a tool: its incidents and its levels, as they were decided."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator

from django.urls import reverse

from catalog.personal.news import Told
from verification.models import LogEntry

KINDS = (LogEntry.Kind.INCIDENT, LogEntry.Kind.LEVEL)


def decisions(tool_ids: Collection[int], after: dt.datetime, until: dt.datetime) -> Iterator[Told]:
    """Return what was written into the public log about these tools after one moment, until another. One statement."""
    rows = LogEntry.objects.visible_to(None).filter(tool_id__in=list(tool_ids), kind__in=KINDS)
    for row in rows.filter(written_at__gt=after, written_at__lte=until).select_related("tool").newest_first():
        assert row.tool is not None
        path = reverse("verification:runs", args=[row.tool.slug])
        yield Told(row.tool.pk, row.written_at, f"decisions/{row.pk}", row.sentence, path)
