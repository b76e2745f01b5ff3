"""The public log of decisions as a feed."""

from __future__ import annotations

from django.conf import settings
from django.urls import reverse

from catalog.feeds import MOST, Feed, Item, tag
from catalog.text import printable
from verification.models import LogEntry


def decisions() -> Feed:
    """Return what was decided last about tools that are listed, and about ourselves."""
    rows = LogEntry.objects.visible_to(None).select_related("tool").newest_first()[:MOST]
    return Feed(
        title=f"Decisions of the verification · {settings.SITE_NAME}",
        subtitle="Incidents, claims, levels and our own outages, as they were decided.",
        page=reverse("verification:log"),
        view="verification:log_feed",
        items=[_item(row) for row in rows],
    )


def _item(row: LogEntry) -> Item:
    about = f"{row.tool.name}: " if row.tool else ""
    said = printable(f"{about}{row.sentence}")
    return Item(
        id=tag(f"decisions/{row.pk}"),
        path=reverse("verification:runs", args=[row.tool.slug]) if row.tool else reverse("verification:status"),
        title=said,
        text=said,
        published=row.at,
        updated=row.written_at,
        tags=[row.kind],
    )
