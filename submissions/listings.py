"""Decisions about listed tools: suspending, archiving, listing again. Each is one transaction.

A suspension stands at once, because harm does not wait; a second reviewer confirms it within seven days, or it ends by
itself. What takes a listing out for good, archiving, has no effect before a second reviewer has agreed.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone

from catalog import services as catalog
from catalog.models import Tool
from core import audit
from submissions import changes, review_mails, speakers
from submissions.models import Decision, State, Submission
from submissions.moving import move
from submissions.rules import RULES
from submissions.services import Refused

CONFIRMED_WITHIN = dt.timedelta(days=7)
SUSPENDED, ARCHIVED = "suspended", "archived"
LAPSED = "No second reviewer confirmed the suspension within seven days, so it has ended by itself."


def domain_of(tool: Tool) -> str:
    """Return the registrable domain of a tool's home page, which is whose business a decision about it is."""
    return changes.domain({"homepage": tool.homepage})[:255]


def origin(tool: Tool) -> Submission | None:
    """Return the submission by which a tool came into the catalog, the latest one; None where editors listed it."""
    came = tool.submissions.filter(kind=Submission.Kind.NEW).select_related("submitter")
    return came.filter(state__in=[State.PUBLISHED, State.SUSPENDED, State.ARCHIVED]).order_by("-id").first()


def conflict(reviewer: Any, tool: Tool) -> str:
    """Return why a reviewer may not decide about a listed tool; "" when nothing is in the way."""
    came = origin(tool)
    submitter = came.submitter if came else None
    return speakers.conflict(reviewer, domain=domain_of(tool), tool=tool, submitter=submitter)


def in_force(tool: Tool) -> Decision | None:
    """Return the suspension or the archiving that holds a tool out of the lists; None when nothing does."""
    if tool.is_listed:
        return None
    found = Decision.objects.of_listing().filter(tool=tool, ended_at=None).exclude(action="reinstate")
    held = found.filter(action="suspend") | found.filter(action="archive", seconded_at__isnull=False)
    return held.order_by("-created_at", "-id").first()


def proposed(tool: Tool) -> Decision | None:
    """Return the archiving that waits for a second reviewer; None when there is none."""
    return Decision.objects.unconfirmed().filter(tool=tool, action="archive").first()


@transaction.atomic
def suspend(tool: Tool, *, by: Any, ground: str, sentence: str, evidence: Sequence[Any] = ()) -> Decision:
    """Take a listed tool out of the lists for now; return the decision. Raises Refused."""
    tool = _held(tool)
    _refuse(tool, by, ground, sentence)
    if not tool.is_listed:
        raise Refused("This tool is not listed, so it cannot be suspended.")
    decision = _decide(tool, "suspend", ground, sentence, by=by, evidence=evidence)
    _take_out(tool, decision, by)
    return decision


@transaction.atomic
def archive(tool: Tool, *, by: Any, ground: str, sentence: str, evidence: Sequence[Any] = ()) -> Decision:
    """Propose to take a listed or suspended tool out for good; a second reviewer does it. Raises Refused."""
    tool = _held(tool)
    _refuse(tool, by, ground, sentence)
    held = in_force(tool)
    if not tool.is_listed and (held is None or held.action != "suspend"):
        raise Refused("This tool is neither listed nor suspended, so it cannot be archived.")
    if proposed(tool) is not None:
        raise Refused("Somebody proposed this already. Open that proposal and say whether you agree.")
    decision = _decide(tool, "archive", ground, sentence, by=by, evidence=evidence)
    audit.record(actor=by, action="listing.archive_proposed", obj=tool)
    return decision


@transaction.atomic
def reinstate(tool: Tool, *, by: Any, ground: str, sentence: str, evidence: Sequence[Any] = ()) -> Decision:
    """List a suspended or archived tool again; return the decision. `by` None: the site itself. Raises Refused."""
    tool = _held(tool)
    _refuse(tool, by, ground, sentence)
    if in_force(tool) is None:
        raise Refused("This tool is neither suspended nor archived by now, so there is nothing to take back.")
    decision = _decide(tool, "reinstate", ground, sentence, by=by, evidence=evidence)
    _end(tool)
    catalog.relist_tools([tool], actor=by)
    _move_along(tool, "reinstate", decision, by)
    review_mails.listing(decision)
    return decision


@transaction.atomic
def confirm(decision: Decision, *, by: Any) -> None:
    """Let a second reviewer agree: a suspension stands then, an archiving takes effect. Raises Refused."""
    decision, tool = _second(decision, by)
    Decision.objects.filter(pk=decision.pk).update(second_by=by, seconded_at=Now())
    decision.refresh_from_db()
    audit.record(actor=by, action=f"listing.{decision.action}_confirmed", obj=tool)
    if decision.action == "archive":
        Decision.objects.of_listing().filter(tool=tool, action="suspend", ended_at=None).update(ended_at=Now())
        _take_out(tool, decision, by)


@transaction.atomic
def refuse(decision: Decision, *, by: Any, sentence: str) -> None:
    """Let a second reviewer disagree: a suspension ends at once, a proposal to archive comes to nothing.

    Raises Refused.
    """
    if not sentence.strip():
        raise Refused("Say why you do not agree, in a sentence.")
    decision, tool = _second(decision, by)
    Decision.objects.filter(pk=decision.pk).update(ended_at=Now())
    audit.record(actor=by, action=f"listing.{decision.action}_refused", obj=tool)
    if decision.action == "suspend":
        _back(tool, by, sentence)


def sweep(at: dt.datetime | None = None) -> int:
    """End what no second reviewer confirmed in time; return how much it was. For the scheduler."""
    ended = 0
    overdue = Decision.objects.unconfirmed().filter(confirm_by__lte=at or timezone.now())
    for pk in list(overdue.values_list("pk", flat=True)):
        with transaction.atomic():
            free = Decision.objects.select_for_update(skip_locked=True, of=("self",)).unconfirmed()
            decision = free.filter(pk=pk).select_related("tool").first()
            if decision is None:
                continue  # a second one, or another sweep, was quicker
            Decision.objects.filter(pk=pk).update(ended_at=Now())
            ended += 1
            if decision.action == "suspend" and decision.tool is not None:
                _back(_held(decision.tool), None, LAPSED)
    return ended


def _back(tool: Tool, by: Any, sentence: str) -> None:
    """List a tool again whose suspension has just ended."""
    if tool.is_listed:
        return
    made = Decision.objects.create(
        tool=tool, submission=origin(tool), domain=domain_of(tool), action="reinstate", ground="all-rules",
        sentence=sentence, automated=by is None, decided_by=by,
    )  # fmt: skip
    catalog.relist_tools([tool], actor=by)
    _move_along(tool, "reinstate", made, by)
    review_mails.listing(made)


def _held(tool: Tool) -> Tool:
    """Return the tool as it is now, with nobody else writing it until the transaction ends."""
    catalog.hold([tool.pk])
    return Tool.objects.get(pk=tool.pk)


def _refuse(tool: Tool, by: Any, ground: str, sentence: str) -> None:
    if ground not in RULES:
        raise Refused("Name the rule that this rests on.")
    if not sentence.strip():
        raise Refused("Say why, in a sentence for whom it concerns.")
    why = conflict(by, tool) if by is not None else ""
    if why:
        raise Refused(why)


def _decide(  # noqa: PLR0913 - by name
    tool: Tool, action: str, ground: str, sentence: str, *, by: Any, evidence: Sequence[Any]
) -> Decision:
    until = timezone.now() + CONFIRMED_WITHIN if action in {"suspend", "archive"} else None
    return Decision.objects.create(
        tool=tool, submission=origin(tool), domain=domain_of(tool), action=action, ground=ground,
        sentence=sentence, evidence=list(evidence), automated=by is None, decided_by=by, confirm_by=until,
    )  # fmt: skip


def _second(decision: Decision, by: Any) -> tuple[Decision, Tool]:
    """Return the decision, locked, and its tool, when this reviewer may be its second. Raises Refused."""
    if decision.tool is None:
        raise Refused("The tool is gone, so there is nothing to decide any more.")
    tool = _held(decision.tool)
    decision = Decision.objects.select_for_update(of=("self",)).get(pk=decision.pk)
    if not decision.is_unconfirmed:
        raise Refused("Somebody else answered this meanwhile, or its time is over. Load the page again.")
    if decision.decided_by_id == by.pk:
        raise Refused("You decided this yourself: somebody else has to agree.")
    if why := conflict(by, tool):
        raise Refused(why)
    return decision, tool


def _take_out(tool: Tool, decision: Decision, by: Any) -> None:
    catalog.delist_tools([tool], actor=by)
    _move_along(tool, decision.action, decision, by)
    review_mails.listing(decision)


def _end(tool: Tool) -> None:
    Decision.objects.of_listing().filter(tool=tool, ended_at=None).exclude(action="reinstate").update(ended_at=Now())


def _move_along(tool: Tool, event: str, decision: Decision, by: Any) -> None:
    """Let the submission by which the tool came move as the tool does; who sent it is told by that move."""
    old = {"suspend": [State.PUBLISHED], "archive": [State.PUBLISHED, State.SUSPENDED]}
    came = Submission.objects.filter(tool=tool, kind=Submission.Kind.NEW)
    for one in came.filter(state__in=old.get(event, [State.SUSPENDED, State.ARCHIVED])).order_by("id"):
        move(one, event, by=by, decision=decision)
