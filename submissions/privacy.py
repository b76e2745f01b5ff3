"""What the portal knows of a person (accounts.privacy), and how long its rows are kept (core.retention)."""

from __future__ import annotations

import datetime as dt
from typing import Any

from allauth.account.models import EmailAddress
from django.db.models import Q

from accounts.models import User
from accounts.privacy.registry import personal, pseudonymous
from catalog.models import Tool
from core.retention import Kept, delete, keep
from submissions import reports
from submissions.models import Affiliation, Appeal, Maintainer, Prefill, Report, State, Submission
from submissions.models.submission import WITH_THE_SUBMITTER

READING_KEPT = dt.timedelta(days=90)
DECIDED = "a decision keeps its date and reason; who took it is an account without a name then"


def register() -> None:
    """Say both."""
    personal(
        "submissions", export=_exported, erase=_erase,
        covers=[
            "submissions.submission.submitter", "submissions.maintainer.user", "submissions.maintainer.email",
            "submissions.affiliation.user", "submissions.report.by", "submissions.report.email",
            "catalog.tool.drafted_by", "submissions.prefill.by",
        ],
        told="your drafts, and that you sent a submission, maintain a tool or reported one; what is published stays",
    )  # fmt: skip
    for field in (
        "submission.assigned_to", "revision.by", "move.by", "decision.decided_by", "decision.second_by", "appeal.by",
        "appeal.against", "appeal.decided_by", "report.replied_by", "maintainer.invited_by", "maintainer.ended_by",
        "bulkedit.by", "bulkedit.undone_by",
    ):  # fmt: skip
        pseudonymous(f"submissions.{field}", DECIDED)
    keep(
        Kept(
            "report-addresses", "E-mail addresses of people who reported a listing", "200 days after the decision",
            "one can appeal against it for six months", remove=reports.forget,
        )
    )  # fmt: skip
    keep(
        Kept(
            "readings", "Which site an account had read for a draft, and what was found beside it", "90 days",
            "its draft offers what was found; that of an open draft stays as long", remove=_forget_readings,
        )
    )  # fmt: skip
    keep(
        Kept(
            "submissions", "Submissions, their checks and the decisions about them", "for ever",
            "a decision has to be explained later; persons in them are accounts without a name after an erasure",
            by="nobody",
        )
    )  # fmt: skip


def _forget_readings(at: dt.datetime) -> int:
    """Delete old readings whose draft is not with its submitter any more; return how many."""
    old = Prefill.objects.filter(created_at__lt=at - READING_KEPT)
    return delete(old.exclude(submission__state__in=WITH_THE_SUBMITTER))


def _exported(user: User) -> dict[str, Any]:
    mine = Submission.objects.filter(submitter=user).order_by("pk").prefetch_related("moves", "revisions", "decisions")
    return {
        "submissions": [_submission(one) for one in mine],
        "maintains": [
            {
                "tool": one.tool.slug,
                "invited": _iso(one.invited_at),
                "accepted": _iso(one.accepted_at),
                "ended": _iso(one.ended_at),
            }
            for one in Maintainer.objects.filter(user=user).select_related("tool").order_by("pk")
        ],
        "sites_read": list(Prefill.objects.filter(by=user).order_by("pk").values_list("url", flat=True)),
        "works_for": list(Affiliation.objects.filter(user=user).order_by("domain").values_list("domain", flat=True)),
        "reports": [
            {"tool": one.tool.slug, "reason": one.reason, "text": one.text, "at": _iso(one.created_at)}
            for one in Report.objects.filter(_reported(user)).select_related("tool").order_by("pk")
        ],
        "replies": [
            {"tool": one.tool.slug, "text": one.reply, "at": _iso(one.replied_at)}
            for one in Report.objects.filter(replied_by=user).select_related("tool").order_by("pk")
        ],
        "appeals": [
            {"text": one.text, "at": _iso(one.created_at), "outcome": one.outcome, "sentence": one.sentence}
            for one in Appeal.objects.filter(by=user).order_by("pk")
        ],
    }  # fmt: skip


def _submission(one: Submission) -> dict[str, Any]:
    return {
        "key": one.key,
        "kind": one.kind,
        "state": one.state,
        "begun": _iso(one.created_at),
        "record": one.record,
        "revisions": [{"number": row.number, "at": _iso(row.at), "record": row.record} for row in one.revisions.all()],
        "moves": [{"at": _iso(row.at), "event": row.event, "to": row.new} for row in one.moves.all()],
        "decisions": [
            {"at": _iso(row.created_at), "action": row.action, "ground": row.ground, "sentence": row.sentence}
            for row in one.decisions.all()
        ],
    }


def _erase(user: User) -> None:
    """Delete what was never sent, with the drafts that were checked; take the name off the rest."""
    never = Submission.objects.filter(submitter=user, submitted_at=None)
    for one in never.select_related("shadow").order_by("pk"):
        shadow = one.shadow
        one.delete()
        if shadow is not None:
            shadow.delete()
    Submission.objects.filter(submitter=user, state__in=[State.DRAFT, State.CHANGES_REQUESTED]).update(record={})
    Submission.objects.filter(submitter=user).update(submitter=None)
    Tool.objects.filter(drafted_by=user).update(drafted_by=None)
    Prefill.objects.filter(by=user).delete()
    Maintainer.objects.filter(user=user).delete()
    Affiliation.objects.filter(user=user).delete()
    Report.objects.filter(_sent_by(user)).update(by=None, email="")


def _sent_by(user: User) -> Q:
    """Reports of an account, and those that were sent from its address without one."""
    return Q(by=user) | Q(by=None, email__iexact=user.email)


def _reported(user: User) -> Q:
    """The same for a copy: only an address that is confirmed says that its reports are theirs."""
    confirmed = EmailAddress.objects.filter(user=user, verified=True, email__iexact=user.email)
    return _sent_by(user) if confirmed.exists() else Q(by=user)


def _iso(at: Any) -> str | None:
    return at.isoformat() if at else None
