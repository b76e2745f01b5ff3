"""What the latest full run saw of each declared interface of a tool."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from catalog.models import Interface, Tool
from verification.contract import Subject
from verification.models import Run, StepResult
from verification.services import subject_text
from verification.steps import registry
from verification.verdicts import Verdict

NO_ANSWER = ("warn", "No good answer")  # it may pass: neither working nor failing
GROUPS = {"endpoints", "packages", "safety"}


@dataclass(frozen=True)
class Seen:
    """How one interface was seen: a state of core.templatetags.ui, its words, when, and the sentence of a step."""

    state: str
    words: str
    at: dt.datetime
    sentence: str


def states(tool: Tool, run: Run) -> dict[int, Seen]:
    """Return what `run` saw of the interfaces of `tool`, by their keys; those it did not look at are left out."""
    keys = {key for key, step in registry().items() if step.group in GROUPS}
    rows = list(StepResult.objects.filter(run=run, key__in=keys).exclude(subject="").order_by("step__position"))
    found: dict[int, Seen] = {}
    for one in tool.interfaces.all():
        own = subjects(one)
        results = [row for row in rows if row.subject in own]
        if results:
            found[one.pk] = summed_up(results, package=not (one.url or one.base_url))
    return found


def subjects(one: Interface) -> set[str]:
    """Return the subjects, as they are stored, by which steps know an interface."""
    addresses = [value for value in (one.base_url, one.url, one.openapi) if value]
    if one.registry and one.package:
        addresses.append(f"pkg:{one.registry}/{one.package}")
    return {subject_text(Subject(address)) for address in addresses}


def summed_up(results: Sequence[StepResult], *, package: bool) -> Seen:
    """Return what results of one interface come to. What could not be told never counts, neither way."""
    by_verdict = {verdict: _first(results, verdict) for verdict in Verdict.values}
    drawn = {
        Verdict.FAIL: ("fail", "Failing"),
        Verdict.WARN: ("warn", "Attention"),
        Verdict.PASS: ("ok", "Seen published" if package else "Seen working"),
        Verdict.INCONCLUSIVE: ("unk", "Could not tell"),
        Verdict.SKIPPED: ("unk", "Not checked"),
    }
    for verdict, (state, words) in drawn.items():
        result = by_verdict[verdict]
        if result is not None:
            soft = verdict == Verdict.FAIL and result.soft
            return Seen(*(NO_ANSWER if soft else (state, words)), result.ended_at, result.sentence)
    raise ValueError("there are no results")


def _first(results: Iterable[StepResult], verdict: str) -> StepResult | None:
    return next((one for one in results if one.verdict == verdict), None)
