"""The right of reply: who speaks for a tool says something in public about an incident or a negative verdict."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from catalog.models import Tool
from core import audit
from submissions import speakers
from submissions.models import Reply
from submissions.services import Refused
from verification.models import Incident, Run, StepResult
from verification.verdicts import Verdict

LONGEST = 600  # characters


def answerable(tool: Tool) -> Q:
    """Return which results of a tool's runs can be answered: those that failed."""
    return Q(run__tool=tool, verdict=Verdict.FAIL)


def negative(run: Run | None) -> list[StepResult]:
    """Return what a run saw against its tool, in the order of the steps."""
    if run is None:
        return []
    return list(StepResult.objects.filter(answerable(run.tool), run=run).order_by("step__position", "id"))


@transaction.atomic
def reply(tool: Tool, *, about: Incident | StepResult, text: str, by: Any) -> Reply:
    """Say `text` (cleaned) about an incident or a result of this tool; it replaces what was said of it before.

    Raises Refused for who does not speak for the tool.
    """
    Tool.objects.select_for_update(of=("self",)).get(pk=tool.pk)  # one after the other
    if not speakers.speaks_for(by, tool):
        raise Refused(f"Only who speaks for {tool.name} can reply here.")
    target: dict[str, Any] = {"incident": about} if isinstance(about, Incident) else {"result": about}
    now = timezone.now()
    Reply.objects.filter(**target, ended_at=None).update(ended_at=now)
    row = Reply.objects.create(tool=tool, text=text, by=by, at=now, **target)
    audit.record(actor=by, action="reply.posted", obj=row, detail={"tool": tool.slug, **_ref(row)})
    return row


@transaction.atomic
def take_back(row: Reply, *, by: Any) -> None:
    """Show a reply no more. Raises Refused."""
    if not speakers.speaks_for(by, row.tool):
        raise Refused(f"Only who speaks for {row.tool.name} can take that back.")
    _end(row, "reply.taken_back", by)


@transaction.atomic
def take_down(row: Reply, *, by: Any) -> None:
    """Show a reply no more, as the operator: the desk checks the right. Raises Refused."""
    _end(row, "reply.taken_down", by)


def _end(row: Reply, action: str, by: Any) -> None:
    if not Reply.objects.filter(pk=row.pk, ended_at=None).update(ended_at=timezone.now()):
        raise Refused("That was taken back already.")
    audit.record(actor=by, action=action, obj=row, detail={"tool": row.tool.slug, **_ref(row)})


def _ref(row: Reply) -> dict[str, int | None]:
    return {"incident": row.incident_id} if row.incident_id else {"result": row.result_id}


def shown_for(tool: Tool) -> list[Reply]:
    """Return what stands on the page of a tool's verification, the latest first. One statement."""
    rows = Reply.objects.shown().filter(tool=tool).select_related("tool", "incident__endpoint", "result")
    return list(rows[:20])


def shown_for_run(run: Run) -> list[Reply]:
    """Return what stands on the page of one run. One statement."""
    return list(Reply.objects.shown().filter(result__run=run).select_related("tool", "result"))
