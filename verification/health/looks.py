"""From a finished run to samples: what it saw of each watched address of its tool."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from django.utils import timezone

from catalog.models import Tool
from verification.contract import Listing, Subject
from verification.health import incidents
from verification.judgement.judge import Saw
from verification.listing import listing_of
from verification.models import Endpoint, Run, Sample, StepResult
from verification.plan import not_callable, subjects_of
from verification.services import subject_text
from verification.steps import registry
from verification.verdicts import Verdict

SAW = {Verdict.PASS: Saw.UP, Verdict.WARN: Saw.UP, Verdict.INCONCLUSIVE: Saw.UNKNOWN}
WORST = (Saw.GONE, Saw.DOWN, Saw.UP, Saw.UNKNOWN)


def watched_keys() -> set[str]:
    """Return the keys of the steps that call a tool: its home page, or a declared endpoint."""
    return {key for key, step in registry().items() if step.endpoint}


def watched(listing: Listing) -> dict[str, bool]:
    """Return the addresses of a listing that are watched, as rows store them; True for its home page.

    Not those that nobody can call from here, nor those beyond the first 20: waiting for them, a tool would never be
    seen to answer.
    """
    found: dict[str, bool] = {}
    for key, subject in _endpoints_of(listing):
        if not_callable(subject) is None:
            text = subject_text(subject)
            found[text] = found.get(text, False) or key == "home"
    return found


def not_called(listing: Listing) -> dict[str, str]:
    """Return the declared addresses that are not watched, with the sentence that says why."""
    outcomes = {subject_text(subject): not_callable(subject) for _, subject in _endpoints_of(listing)}
    return {text: outcome.sentence for text, outcome in outcomes.items() if outcome is not None}


def _endpoints_of(listing: Listing) -> Iterator[tuple[str, Subject]]:
    for key, step in registry().items():
        if step.endpoint:
            yield from ((key, subject) for subject in subjects_of(step, listing))


def take_looks(run: Run, **_signal: object) -> None:
    """Write what a finished run saw, to be judged soon; called in the transaction that announces the run.

    What is watched follows from the listing as it is: a run of an older text neither brings an address back nor
    retires one, and what it saw of addresses that are named no longer is dropped.
    """
    results = StepResult.objects.filter(run=run, key__in=watched_keys()).exclude(subject="")
    by_subject: dict[str, list[StepResult]] = defaultdict(list)
    for one in results.select_related("shared_from").order_by("step__position"):
        by_subject[one.subject].append(one)
    told = {subject: row for subject, rows in by_subject.items() if (row := deciding(rows)) is not None}
    endpoints = _endpoints(run)
    Sample.objects.bulk_create(
        [_sample(run, endpoints[subject], *row) for subject, row in told.items() if subject in endpoints],
        ignore_conflicts=True,
    )


def deciding(rows: Sequence[StepResult]) -> tuple[Saw, StepResult] | None:
    """Return what results of one address come to and the one that says so; None when it was not looked at."""
    seen = [(saw_of(one.verdict, soft=one.soft), one) for one in rows if one.verdict != Verdict.SKIPPED]
    return next((pair for wanted in WORST for pair in seen if pair[0] == wanted), None)


def saw_of(verdict: str, *, soft: bool) -> Saw:
    """Return what a result of a step that calls an address saw of it."""
    if verdict == Verdict.FAIL:
        return Saw.DOWN if soft else Saw.GONE
    return SAW[Verdict(verdict)]


def answer_ms(exchanges: Iterable[Mapping[str, Any]]) -> int | None:
    """Return how long the last answer took, from the connection to its first byte; None without an answer."""
    for exchange in reversed(list(exchanges)):
        for hop in reversed(exchange.get("hops", [])):
            timings = hop["timings"]
            if timings["first_byte"] is not None:
                return round(sum(timings[phase] or 0 for phase in ("connect", "tls", "first_byte")))
    return None


def _endpoints(run: Run) -> dict[str, Endpoint]:
    """Return the watched addresses of the run's tool; new ones are made, those that it no longer names are retired."""
    tool = Tool.objects.prefetch_related("plans", "interfaces").get(pk=run.tool_id)  # as it is now, not as it was read
    named, at = watched(listing_of(tool)), timezone.now()
    rows = Endpoint.objects.filter(tool=run.tool_id).order_by("pk")
    there = {one.subject: one for one in rows}
    for subject, one in there.items():
        if subject not in named and one.retired_at is None:
            retire(one, at=at, run=run.pk)
        elif subject in named and one.retired_at is not None:
            _begin_anew(one, at=at)
    new = [Endpoint(tool_id=run.tool_id, subject=one, home=named[one]) for one in sorted(named) if one not in there]
    Endpoint.objects.bulk_create(new, ignore_conflicts=True)
    for home in (True, False):
        rows.filter(subject__in=[one for one in named if named[one] is home], home=not home).update(home=home)
    return {one.subject: one for one in rows.filter(subject__in=named, retired_at=None)}


def retire(endpoint: Endpoint, *, at: dt.datetime, run: int | None = None) -> None:
    """Watch an address no more: its incident ends, and what was seen of it last is not judged."""
    endpoint.retired_at = at
    endpoint.save(update_fields=["retired_at"])
    Sample.objects.filter(endpoint=endpoint, judged_at=None).update(judged_at=at)
    incidents.close_incident(endpoint, at=at, text=incidents.NOT_NAMED, run=run)


def _begin_anew(endpoint: Endpoint, *, at: dt.datetime) -> None:
    """Watch an address that was named before: nothing is known of how it is now."""
    incidents.close_incident(endpoint, at=at, text=incidents.NOT_NAMED)
    endpoint.start_anew(at)
    endpoint.save()


def _sample(run: Run, endpoint: Endpoint, saw: Saw, result: StepResult) -> Sample:
    source = result.shared_from or result
    return Sample(
        endpoint=endpoint, at=source.ended_at, saw=saw, code=result.code, sentence=result.sentence,
        ms=answer_ms(source.exchanges) if saw == Saw.UP else None, vantage=run.vantage, run=run, result=result,
    )  # fmt: skip
