"""The ledger of one run as its page shows it: every step with what it said, and what was sent and received."""

from __future__ import annotations

import datetime as dt
import hashlib
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import Any

from django.db.models import BinaryField
from django.db.models.functions import Substr
from django.utils import timezone

from verification import domains, evidence
from verification.contract import GROUPS
from verification.models import Evidence, Run, RunStep, StepResult
from verification.services import bodies_of, exchanges_of
from verification.steps import registry
from verification.summary import DRAWN
from verification.work import LEASE

SHOWN = 4_096  # bytes of a body that the page shows; the whole is a download
PHASES = (("dns", "Name"), ("connect", "Connect"), ("tls", "TLS"), ("first_byte", "First byte"))
# how codes of core/safehttp/reasons.py begin that end a hop before anything is sent
UNSENT = ("dns_", "private_address", "wrong_peer", "refused", "ipv6_only", "connect_", "tls_", "certificate_", "local_")
LONG = 20.0  # seconds at one step after which a reader is told what happens if its worker was stopped
PENDING = {  # what stands in place of a verdict, and in place of its sentence where there is no note
    RunStep.State.WAITING: ("Waiting", "It starts after {needs}."),
    RunStep.State.QUEUED: ("Queued", "It starts when its turn comes: a domain is asked one thing at a time."),
    RunStep.State.RUNNING: ("Running", "A worker is at it."),
}


@dataclass(frozen=True)
class Body:
    """A body as far as the page shows it. `text` is None when it is no text or is no longer kept."""

    sha256: str
    kept: bool = False
    text: str | None = None
    mime: str = ""
    size: int = 0
    shortened: bool = False  # the page shows less than there was
    redacted: bool = False


@dataclass(frozen=True)
class Phase:
    """A part of one hop's time: milliseconds, and where its bar stands in per cent of the longest hop."""

    name: str
    label: str
    ms: float
    x: float
    width: float


@dataclass(frozen=True)
class Hop:
    """One request and its answer, as they were recorded."""

    data: dict[str, Any]
    request: str  # its head, as text
    response: str
    phases: Sequence[Phase]
    total: float | None
    begins: dt.datetime | None  # of the certificate
    expires: dt.datetime | None
    refused: bool  # the certificate was the reason why there is no answer
    unsent: bool  # no connection came about that the request could have been sent on


@dataclass(frozen=True)
class Exchange:
    """One fetch: its hops, and the bodies."""

    data: dict[str, Any]
    at: dt.datetime | None
    hops: Sequence[Hop]
    sent: Body | None
    received: Body | None
    of_try: int = 0  # which try it belongs to, where there were several


@dataclass(frozen=True)
class Row:
    """One step of the run. While it has no result, `words` says what it waits for."""

    step: RunStep
    title: str
    proves: str
    state: str  # ok, warn, fail, unk, skip; "" while it is not done
    word: str
    words: str
    result: StepResult | None = None
    ms: float | None = None
    x: float = 0.0  # where its bar stands, in per cent of the run
    width: float = 0.0
    exchanges: Sequence[Exchange] = ()  # of all tries
    tries: Sequence[tuple[dt.datetime, str]] = ()  # soft fails before the result: when they began, what they said
    delivered: bool = False  # the reader's page has it already
    asks_names: bool = False  # of name servers, which is no request to the tool
    reads: Sequence[Row] = ()  # where nothing was sent: the rows of the steps whose results this one reads
    source: StepResult | None = None  # the result of another tool that serves this one, where the reader may see it


@dataclass
class Ledger:
    """All steps of a run, by group."""

    groups: list[tuple[str, list[Row]]] = field(default_factory=list)
    total: int = 0
    done: int = 0
    requests: int = 0
    last: int = 0  # the highest number of a result
    mark: str = ""  # changes whenever the page would

    @property
    def rows(self) -> list[Row]:
        """All rows, in the order of the page."""
        return [row for _title, rows in self.groups for row in rows]

    @property
    def results(self) -> list[StepResult]:
        """What is there already."""
        return [row.result for row in self.rows if row.result]

    @property
    def hosts(self) -> int:
        """How many hosts were asked."""
        exchanges = [one for result in self.results for one in exchanges_of(result)]
        return len({domains.host_of(hop["url"]) for one in exchanges for hop in one["hops"]})

    @property
    def announced(self) -> bool:
        """Whether this is a good moment to tell a screen reader how far it is: not at every step."""
        return self.done % 5 == 0 or self.done == self.total


def of(run: Run, *, after: int = 0, sees_all: bool = False) -> Ledger:
    """Return the ledger of a run. Three statements. `after`: results up to this number need no evidence again.

    `sees_all`: the reader may see tools that are no longer listed.
    """
    steps = list(RunStep.objects.filter(run=run).order_by("position", "id"))
    results = {one.step_id: one for one in StepResult.objects.filter(run=run).select_related("shared_from__run__tool")}
    bodies = _bodies(one for one in results.values() if one.pk > after)
    ledger = Ledger(total=len(steps), done=len(results), mark=mark(steps))
    ledger.requests = sum(one.requests for one in results.values())
    ledger.last = max((one.pk for one in results.values()), default=0)
    ends = [one.ended_at for one in results.values()]
    span = (run.created_at, run.finished_at or max(ends, default=timezone.now()))
    rows = [_row(step, results.get(step.pk), bodies, span, after) for step in steps]
    rows = [replace(row, source=source_of(row.result, sees_all=sees_all)) if row.result else row for row in rows]
    rows = [replace(row, reads=_reads(row, rows)) for row in rows]
    by_group: dict[str, list[Row]] = {}
    for row in rows:
        known = registry().get(row.step.key)
        by_group.setdefault(known.group if known else "", []).append(row)
    ledger.groups = [(title, by_group[name]) for name, title in {**GROUPS, "": "No longer checked"}.items()
                     if name in by_group]  # fmt: skip
    return ledger


def source_of(result: StepResult, *, sees_all: bool) -> StepResult | None:
    """Return the result that was shared, None where there is none or the reader may not know of its tool."""
    source = result.shared_from
    return source if source and (sees_all or source.run.tool.is_listed) else None


def mark(steps: Iterable[RunStep]) -> str:
    """Return a short text that changes whenever a step has moved."""
    moved = "".join(f"{step.pk} {step.state} {_pending(step)}\n" for step in steps)
    return hashlib.sha256(moved.encode()).hexdigest()[:12]


def _bodies(results: Iterable[StepResult]) -> dict[str, Body]:
    """Return the beginnings of all bodies that these results name, by one statement."""
    named = bodies_of(results)
    if not named:
        return {}
    start = Substr("content", 1, SHOWN, output_field=BinaryField())
    found = Evidence.objects.filter(pk__in=named).defer("content").annotate(start=start)
    return {one.sha256: _body(one, bytes(one.start)) for one in found}


def _body(one: Evidence, start: bytes) -> Body:
    text = evidence.as_text(Evidence(mime=one.mime, content=start)) if start else None
    shortened = one.size > len(start)
    if text is not None and shortened:
        text = text.rstrip("�")  # a character that was cut in two
    return Body(one.sha256, True, text, one.mime, one.size, shortened, one.redacted)


def _row(
    step: RunStep,
    result: StepResult | None,
    bodies: dict[str, Body],
    span: tuple[dt.datetime, dt.datetime],
    after: int,
) -> Row:
    known = registry().get(step.key)
    title, proves = (known.title, known.proves) if known else (step.key, "")
    if result is None:
        return Row(step, title, proves, "", *_pending(step))
    state, word = DRAWN[result.verdict]
    took = result.ended_at - result.started_at
    length = max((span[1] - span[0]).total_seconds(), 0.001)
    x = min(max((result.started_at - span[0]).total_seconds() / length * 100, 0), 99)
    return Row(
        step, title, proves, state, word, result.sentence, result,
        ms=took.total_seconds() * 1_000,
        x=round(x, 1),
        width=round(min(max(took.total_seconds() / length * 100, 1), 100 - x), 1),
        exchanges=[] if result.pk <= after else list(_exchanges(result, bodies)),
        tries=[(dt.datetime.fromisoformat(one["started_at"]), one["sentence"]) for one in result.tries_before],
        delivered=result.pk <= after,
        asks_names=known is not None and known.asks_names,
    )  # fmt: skip


def _exchanges(result: StepResult, bodies: dict[str, Body]) -> Iterator[Exchange]:
    for number, before in enumerate(result.tries_before, 1):
        yield from (replace(_exchange(one, bodies), of_try=number) for one in before["exchanges"])
    last = len(result.tries_before) + 1 if result.tries_before else 0
    yield from (replace(_exchange(one, bodies), of_try=last) for one in result.exchanges)


def _pending(step: RunStep) -> tuple[str, str]:
    """Return the word and the sentence of a step that has no result yet."""
    if step.state == RunStep.State.DONE:
        return "", ""
    word, words = PENDING[RunStep.State(step.state)]
    if step.note:
        return word, step.note
    if step.state == RunStep.State.RUNNING and step.lease_until is not None:
        left = (step.lease_until - timezone.now()).total_seconds()
        if left < LEASE - LONG:
            again = 5 * (1 + math.ceil(max(left, 0) / 5))  # in steps of five seconds; the sweeper comes as often
            words = f"A worker has been at it for a while. If it was stopped, the step starts again within {again} s."
    known = registry().get(step.key)
    needs = " and ".join(f"“{registry()[need].title}”" for need in known.needs) if known else ""
    return word, words.format(needs=needs or "the steps before it")


def _reads(row: Row, rows: Sequence[Row]) -> list[Row]:
    """Return the rows that a step read instead of asking anybody: of its own subject where there are such."""
    known = registry().get(row.step.key)
    if known is None or row.result is None or row.result.exchanges or row.result.shared_from_id:
        return []
    found: list[Row] = []
    for need in known.needs:
        of_need = [one for one in rows if one.step.key == need and one.result]
        found += [one for one in of_need if one.step.subject == row.step.subject] or of_need
    return found


def _exchange(data: dict[str, Any], bodies: dict[str, Body]) -> Exchange:
    longest = max((hop["timings"]["total"] or 0 for hop in data["hops"]), default=0) or 1
    sent, received = (bodies.get(sha, Body(sha)) if (sha := data[side]) else None for side in ("sent", "received"))
    at = dt.datetime.fromisoformat(data["at"]) if data["at"] else None
    return Exchange(data, at, [_hop(hop, longest, data["code"]) for hop in data["hops"]], sent, received)


def _hop(data: dict[str, Any], longest: float, code: str) -> Hop:
    certificate = data["certificate"]
    begins, expires = (
        dt.datetime.fromtimestamp(certificate[end], dt.UTC) if certificate else None
        for end in ("not_before", "not_after")
    )
    request = _head(f"{data['method']} {data['url']}", data["sent"])
    response = _head(_status(data["status"]), data["headers"]) if data["status"] else ""
    refused = not data["status"] and code.startswith("certificate_")
    unsent = not data["status"] and code.startswith(UNSENT)
    phases, total = _phases(data, longest, code), data["timings"]["total"]
    return Hop(data, request, response, phases, total, begins, expires, refused, unsent)


def _phases(data: dict[str, Any], longest: float, code: str) -> list[Phase]:
    phases: list[Phase] = []
    start, times = 0.0, data["timings"]
    for name, label in PHASES:
        if times[name] is not None:
            phases.append(Phase(name, label, times[name], start / longest * 100, max(times[name] / longest * 100, 0.5)))
            start += times[name]
    rest = (times["total"] or 0) - start
    if phases and rest > (0 if data["status"] else 1):  # where nothing was awaited, what is left is our own overhead
        phases.append(Phase("rest", _rest(data, code), rest, start / longest * 100, rest / longest * 100))
    return phases


def _rest(data: dict[str, Any], code: str) -> str:
    """Return what the time after the last phase was spent on."""
    if data["status"]:
        return "Body"
    if data["timings"]["first_byte"] is not None:
        return "Waiting for the rest"
    return "Reading the refused certificate" if code.startswith("certificate_") else "Waiting, no answer"


def _head(first: str, headers: list[list[str]]) -> str:
    return "\n".join([first, *(f"{name}: {value}" for name, value in headers)])


def _status(status: int) -> str:
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)
