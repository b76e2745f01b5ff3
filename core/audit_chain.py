"""Checking the audit log: every event against its hash, against the event before, and against published heads."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from django.db import transaction

from core.models import AuditEvent, AuditHead

BEGINNING = "0" * 64  # what stands in the first event for the one before
COLUMNS = ("serial", "at", "actor", "action", "object_type", "object_id", "detail", "prev", "hash")
HEAD = re.compile(r"([0-9a-f]{64}):([1-9][0-9]{0,18})")
MOST = 50  # sentences; what is broken from one place on would fill the screen
STEP = 100_000  # events between two signs of life


class Row(NamedTuple):
    """An event as it is stored."""

    serial: int
    at: dt.datetime
    actor: str
    action: str
    object_type: str
    object_id: str
    detail: str
    prev: str
    hash: str


@dataclass(frozen=True)
class Head:
    """How far the chain had come, by somebody's notes; `source` says whose ("published 2026-11-26 10:00 UTC")."""

    serial: int
    hash: str
    source: str


@dataclass
class Report:
    """What a check found. `agree` counts the heads that fit; heads before the first event looked at are `skipped`."""

    events: int = 0
    last: int = 0
    hash: str = BEGINNING
    agree: int = 0
    skipped: int = 0
    wrong: int = 0
    sentences: list[str] = field(default_factory=list)

    def say(self, sentence: str) -> None:
        """Note one thing that is wrong."""
        self.wrong += 1
        if self.wrong <= MOST:
            self.sentences.append(sentence)


def digest(row: Row) -> str:
    """Return the hash that an event must have: SHA-256 of netstrings, as migration 0001 of core makes it."""
    at = row.at.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    parts = ("1", row.prev, str(row.serial), at, row.actor, row.action, row.object_type, row.object_id, row.detail)
    said = b"".join(b"%d:%s," % (len(part), part) for part in (text.encode() for text in parts))
    return hashlib.sha256(said).hexdigest()


def check(
    rows: Iterable[Row],
    heads: Sequence[Head] = (),
    *,
    before: tuple[int, str] = (0, BEGINNING),
    progress: Callable[[int], None] | None = None,
) -> Report:
    """Return what is wrong with `rows`, in the order of their serials; `before` is the last event that is trusted."""
    report = Report(last=before[0], hash=before[1])
    by_serial: dict[int, list[Head]] = {}
    for head in heads:
        by_serial.setdefault(head.serial, []).append(head)
    _compare(report, by_serial.pop(before[0], []))
    report.skipped = sum(len(by_serial.pop(serial)) for serial in [one for one in by_serial if one < before[0]])
    for row in rows:
        missing = range(report.last + 1, row.serial)
        if missing:
            report.say(f"{_events(missing)} missing: after event {report.last} comes event {row.serial}.")
        elif row.prev != report.hash:
            report.say(
                f"Event {row.serial} does not continue event {report.last}: one of the two was replaced, put in or"
                " moved there."
            )
        if row.hash != digest(row):
            report.say(f"Event {row.serial} is not as it was written: its hash does not fit {_words(row)}.")
        report.events, report.last, report.hash = report.events + 1, row.serial, row.hash
        _compare(report, by_serial.pop(row.serial, []))
        if progress and report.events % STEP == 0:
            progress(report.last)
    for serial, left in sorted(by_serial.items()):
        for head in left:
            _missed(report, serial, head)
    return report


def _compare(report: Report, heads: Iterable[Head]) -> None:
    for head in heads:
        if head.hash == report.hash:
            report.agree += 1
        else:
            report.say(
                f"Event {head.serial} has the hash {report.hash[:12]}…, but the head {head.source} says"
                f" {head.hash[:12]}…: events up to {head.serial} were written anew."
            )


def _missed(report: Report, serial: int, head: Head) -> None:
    if serial > report.last:
        cut = range(report.last + 1, serial + 1)
        report.say(f"The end is cut off: the head {head.source} reached event {serial}. {_events(cut)} missing.")
    else:
        report.say(f"Event {serial} is missing, of which the head {head.source} tells.")


def _events(serials: range) -> str:
    return f"Event {serials[0]} is" if len(serials) == 1 else f"Events {serials[0]} to {serials[-1]} are"


def _words(row: Row) -> str:
    about = f" about {row.object_type} {row.object_id}" if row.object_type else ""
    return f"“{row.action}”{about} by {row.actor}, {row.at:%Y-%m-%d %H:%M:%S} UTC"


def stored(first: int = 1) -> Iterator[Row]:
    """Yield the events from `first` on, without holding them all; call it in a transaction."""
    found = AuditEvent.objects.filter(serial__gte=first).order_by("serial").values_list(*COLUMNS)
    yield from map(Row._make, found.iterator(chunk_size=5_000))


def published() -> list[Head]:
    """Return the heads that this site has published."""
    rows = AuditHead.objects.order_by("serial")
    return [Head(row.serial, row.hash, f"published {row.at:%Y-%m-%d %H:%M} UTC") for row in rows]


def check_stored(
    heads: Iterable[Head] = (), *, first: int = 1, progress: Callable[[int], None] | None = None
) -> Report:
    """Check the log of this site from event `first` on, against its own published heads and those given.

    Raises ValueError when `first` lies behind the end, so that nothing would be looked at.
    """
    known = [*published(), *heads]  # read first: what is committed meanwhile only makes the log longer
    with transaction.atomic():
        before = (0, BEGINNING)
        if first > 1:
            row = AuditEvent.objects.filter(serial=first - 1).values_list("serial", "hash").first()
            if row is None:
                raise ValueError(f"There is no event {first - 1} to begin after.")
            before = row
        return check(stored(first), known, before=before, progress=progress)


def read_head(text: str, source: str) -> Head:
    """Return the head that `text` ("HASH:N") names. Raises ValueError."""
    found = HEAD.fullmatch(text.strip())
    if not found:
        raise ValueError(f"{text.strip()[:80]!r} is no head. Write its hash, a colon and its number.")
    return Head(int(found[2]), found[1], source)


def read_heads(text: str, name: str) -> list[Head]:
    """Return the heads of a file: lines of HASH:N (empty ones and those after # are left out), or our JSON.

    Raises ValueError.
    """
    source = f"in {name}"
    if text.lstrip().startswith("{"):
        try:
            lines = [f"{one['hash']}:{one['serial']}" for one in json.loads(text)["heads"]]
        except (KeyError, TypeError, json.JSONDecodeError) as error:
            raise ValueError(f"{name} is not what /trust/audit.json gives: {error}") from error
    else:
        lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return [read_head(line, source) for line in lines]
