"""The public log of what the verification decided: append-only, each thing once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from catalog.models import Tool
from verification.models import LogEntry, Run


def entry(  # noqa: PLR0913 - one row, its columns by name
    *, at: dt.datetime, kind: str, key: str, sentence: str, tool: Tool | None = None, run: Run | int | None = None
) -> LogEntry:
    """Return the row, not yet written, of one decision. `key` names it ("incident:7:archived")."""
    pk = run.pk if isinstance(run, Run) else run
    slug = tool.slug if tool else ""
    return LogEntry(at=at, kind=kind, key=key, tool=tool, slug=slug, run_id=pk, sentence=sentence[:1_000])


def note(  # noqa: PLR0913
    *, at: dt.datetime, kind: str, key: str, sentence: str, tool: Tool | None = None, run: Run | int | None = None
) -> None:
    """Write one decision, unless it was written before."""
    notes([entry(at=at, kind=kind, key=key, sentence=sentence, tool=tool, run=run)])


def notes(entries: Iterable[LogEntry | None]) -> None:
    """Write those of some decisions that were not written before. One statement."""
    rows = [one for one in entries if one is not None]
    LogEntry.objects.bulk_create(rows, ignore_conflicts=True, batch_size=1_000)
