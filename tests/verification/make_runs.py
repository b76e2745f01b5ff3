"""Makers of runs as the engine leaves them, without calling anybody."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.utils import timezone

from catalog.models import Tool
from verification import evidence
from verification.common import COMMON
from verification.contract import Code
from verification.models import Run, RunStep, StepResult
from verification.steps import registry
from verification.verdicts import Verdict
from verification.version import CHECKER

BEGUN = dt.datetime(2031, 3, 4, 14, 3, 50, tzinfo=dt.UTC)


def run(tool: Tool, *rows: dict[str, Any], finished: bool = True, **changes: Any) -> Run:
    """Return a run whose steps are `rows`: the arguments of `step`."""
    begun = changes.pop("created_at", BEGUN)
    values = {"trigger": Run.Trigger.SCHEDULE, "fingerprint": "f" * 64, "checker": CHECKER, **changes}
    made = Run.objects.create(tool=tool, created_at=begun, deadline=timezone.now() + dt.timedelta(hours=1), **values)
    for row in rows:
        step(made, **row)
    if finished:
        finish(made)
    return made


def finish(made: Run) -> None:
    """End a run as the engine does."""
    made.state, made.finished_at = Run.State.FINISHED, made.created_at + dt.timedelta(seconds=16.6)
    for verdict in made.results.values_list("verdict", flat=True):
        made.counts[verdict] = made.counts.get(verdict, 0) + 1
    made.save()


def step(made: Run, key: str = "home", code: str = "", *, state: str = "done", **changes: Any) -> RunStep:
    """Add a step to a run; one that is done says `code` (a fixed pass where none is named)."""
    lease = timezone.now() + dt.timedelta(seconds=90) if state == RunStep.State.RUNNING else None
    position = made.steps.count()
    planned = RunStep.objects.create(
        run=made, position=position, key=key, subject=changes.pop("subject", ""), state=state, lease_until=lease,
        note=changes.pop("note", ""), attempt=1,
    )  # fmt: skip
    if state == RunStep.State.DONE:
        say(planned, code, **changes)
    return planned


def say(planned: RunStep, code: str = "", **changes: Any) -> StepResult:
    """Write what a step said."""
    made, known = planned.run, _code(planned.key, code)
    begun = made.created_at + dt.timedelta(milliseconds=400 * planned.position)
    values = {
        "verdict": known.verdict, "code": code or "seen", "sentence": known.sentence, "soft": known.soft, "attempt": 1,
        "started_at": begun, "ended_at": begun + dt.timedelta(milliseconds=412), **changes,
    }  # fmt: skip
    if "exchanges" in values:
        values.setdefault("requests", sum(len(one["hops"]) for one in values["exchanges"]))
    lasted = StepResult.objects.create(run=made, step=planned, key=planned.key, subject=planned.subject, **values)
    RunStep.objects.filter(pk=planned.pk).update(state=RunStep.State.DONE, lease_until=None, note="")
    return lasted


def _code(key: str, code: str) -> Code:
    step_codes = registry()[key].codes if key in registry() else {}
    return step_codes.get(code) or COMMON.get(code) or Code(Verdict.PASS, "It answered as it should.")


def exchange(
    url: str = "https://made.example.com/", *, received: bytes = b"", sent: bytes = b"", mime: str = "text/html",
    status: int | None = 200, headers: dict[str, str] | None = None, method: str = "GET",
) -> dict[str, Any]:  # fmt: skip
    """Return one exchange as a result stores it, after storing its bodies."""
    bodies = {name: evidence.body_of(data, mime) for name, data in (("sent", sent), ("received", received)) if data}
    evidence.store(bodies.values())
    return {
        "at": BEGUN.isoformat(timespec="milliseconds"),
        "url": url,
        "verdict": "ok" if status else "timeout",
        "code": str(status or "connect_timeout"),
        "message": "It answered." if status else "The connection was not made in time.",
        "flags": [],
        "hops": [hop(url, status=status, headers=headers or {"content-type": mime}, method=method)],
        "sent": bodies["sent"].sha256 if "sent" in bodies else "",
        "received": bodies["received"].sha256 if "received" in bodies else "",
    }


def hop(url: str, *, status: int | None, headers: dict[str, str], method: str = "GET") -> dict[str, Any]:
    """Return one hop as a result stores it."""
    return {
        "method": method,
        "url": url,
        "answers": ["192.0.2.7", "2001:db8::7"],
        "dialled": "192.0.2.7",
        "status": status,
        "sent": [["Host", url.split("/")[2]], ["User-Agent", "AIAppsBot/1.0"]],
        "headers": [[name, value] for name, value in headers.items()],
        "timings": {"dns": 12.0, "connect": 20.5, "tls": 41.0, "first_byte": 310.0, "total": 401.5},
        "certificate": {
            "sha256": "c" * 64,
            "subject": "made.example.com",
            "issuer": "Example Trust",
            "names": ["made.example.com"],
            "not_before": BEGUN.timestamp() - 86_400,
            "not_after": BEGUN.timestamp() + 86_400 * 60,
            "version": "TLSv1.3",
        },
    }
