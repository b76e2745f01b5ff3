"""A run as JSON (docs/verification.md): for its address run.json and for `manage.py verify --json`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.db.models import Q
from django.db.models.functions import Length
from django.urls import reverse

from core.site import absolute
from verification.ledger import source_of
from verification.models import Evidence, Run, RunStep, StepResult
from verification.services import bodies_of, moment
from verification.steps import registry


def run_json(run: Run, *, sees_all: bool = False) -> dict[str, Any]:
    """Return a run (with its tool) with all steps, results and exchanges. Three statements.

    `sees_all`: the reader may see tools that are no longer listed.
    """
    steps = RunStep.objects.filter(run=run).order_by("position", "id")
    results = {one.step_id: one for one in StepResult.objects.filter(run=run).select_related("shared_from__run__tool")}
    return {
        "run": run.pk,
        "tool": run.tool.slug,
        "url": absolute(run.get_absolute_url()),
        "state": run.state,
        "trigger": run.trigger,
        "light": run.light,
        "vantage": run.vantage,
        "checker": run.checker,
        "fingerprint": run.fingerprint,
        "started_at": _moment(run.created_at),
        "finished_at": _moment(run.finished_at),
        "counts": run.counts,
        "steps": [_step(step, results.get(step.pk), sees_all=sees_all) for step in steps],
        "evidence": _evidence(run, results.values()),
    }


def stored_text(run: Run, sha256: str) -> bytes | None:
    """Return a body that this run sent or received and that is still kept as text; None for any other."""
    named = Q()
    for side in ("received", "sent"):
        exchanges = [{side: sha256}]
        named |= Q(exchanges__contains=exchanges) | Q(tries_before__contains=[{"exchanges": exchanges}])
    if not StepResult.objects.filter(named, run=run).exists():
        return None
    stored = Evidence.objects.filter(pk=sha256).first()
    return bytes(stored.content) if stored and stored.content else None


def _step(step: RunStep, result: StepResult | None, *, sees_all: bool) -> dict[str, Any]:
    known = registry().get(step.key)
    return {
        "key": step.key,
        "title": known.title if known else step.key,
        "group": known.group if known else "",
        "subject": step.subject,
        "state": step.state,
        "note": step.note,
        "result": _result(result, sees_all=sees_all) if result else None,
    }


def _result(result: StepResult, *, sees_all: bool) -> dict[str, Any]:
    source = source_of(result, sees_all=sees_all)
    took = result.ended_at - result.started_at
    return {
        "verdict": result.verdict,
        "code": result.code,
        "sentence": result.sentence,
        "soft": result.soft,
        "detail": result.detail,
        "started_at": _moment(result.started_at),
        "ended_at": _moment(result.ended_at),
        "duration_ms": round(took.total_seconds() * 1_000, 1),
        "attempt": result.attempt,
        "tries": result.tries,
        "requests": result.requests,
        "shared_from": absolute(source.run.get_absolute_url()) if source else None,
        "exchanges": result.exchanges,
        "tries_before": result.tries_before,
    }


def _evidence(run: Run, results: Iterable[StepResult]) -> dict[str, dict[str, Any]]:
    """Return what is still kept of the bodies that the exchanges name, by sha256."""
    named = bodies_of(results)
    kept = Evidence.objects.filter(pk__in=named).defer("content").annotate(length=Length("content")).order_by("sha256")
    return {
        one.sha256: {
            "url": absolute(reverse("verification:evidence", args=[run.tool.slug, run.pk, one.sha256]))
            if one.length
            else None,  # what is no text is not kept
            "type": one.mime,
            "bytes": one.size,
            "cut": one.cut,
            "redacted": one.redacted,
            "kept_until": _moment(one.expires_at),
        }
        for one in kept
    }


def _moment(value: dt.datetime | None) -> str | None:
    return moment(value) if value else None
