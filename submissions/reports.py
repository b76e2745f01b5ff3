"""Reports by visitors (the shape of Art. 16 DSA): filing, the owner's reply, the decision."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.db.models.functions import Now

from catalog.models import Tool
from core import audit
from submissions import listings, review_mails
from submissions.models import Appeal, Decision, Report
from submissions.rules import RULES
from submissions.services import Refused

ADDRESS_KEPT = dt.timedelta(days=200)  # after the decision: six months to appeal, and the answer
TAKEN = "Another reviewer decided this report meanwhile. What you typed is still here; look at what was decided first."


def conflict(reviewer: Any, report: Report) -> str:
    """Return why a reviewer may not decide about a report; "" when nothing is in the way."""
    if report.by_id is not None and report.by_id == reviewer.pk:
        return "You reported this yourself, so somebody else decides."
    return listings.conflict(reviewer, report.tool)


@transaction.atomic
def file(tool: Tool, *, reason: str, text: str, email: str = "", by: Any = None) -> Report:
    """Take up a report; `by` is an account, None for a visitor. A receipt goes to `email`, the text to the owners."""
    report = Report.objects.create(tool=tool, reason=reason, text=text, email=email, by=by)
    review_mails.report_received(report)
    return report


@transaction.atomic
def reply(report: Report, *, by: Any, text: str) -> None:
    """Keep what who speaks for the tool says to a report; a later reply takes its place. Raises Refused."""
    if not Report.objects.filter(pk=report.pk, decided_at=None).update(reply=text, replied_by=by, replied_at=Now()):
        raise Refused("This report is decided by now. If something was done to the listing, appeal against that.")


@transaction.atomic
def dismiss(report: Report, *, by: Any, ground: str, sentence: str) -> Decision:
    """Refuse a report, with the reason; the listing stays as it is. Raises Refused."""
    return _decide(report, "dismiss", by=by, ground=ground, sentence=sentence)


@transaction.atomic
def follow(report: Report, *, by: Any, ground: str, sentence: str, to_owner: str = "") -> Decision:
    """Follow a report: something was corrected, as `sentence` says, or, with `to_owner`, the tool is suspended.

    `to_owner` is the sentence of the suspension. Raises Refused.
    """
    decision = _decide(report, "act", by=by, ground=ground, sentence=sentence)
    if to_owner.strip():
        listings.suspend(report.tool, by=by, ground=ground, sentence=to_owner)
    return decision


def forget(at: dt.datetime) -> int:
    """Take the addresses off reports against whose decision nobody can appeal any more; return how many."""
    over = Report.objects.filter(decided_at__lt=at - ADDRESS_KEPT).exclude(email="")
    open_appeal = Appeal.objects.filter(decision__report=OuterRef("pk"), outcome="")
    return over.exclude(Exists(open_appeal)).update(email="")


def _decide(report: Report, action: str, *, by: Any, ground: str, sentence: str) -> Decision:
    if ground not in RULES:
        raise Refused("Name the rule that this rests on.")
    if not sentence.strip():
        raise Refused("Say why, in a sentence for whoever reported it.")
    if why := conflict(by, report):
        raise Refused(why)
    if not Report.objects.filter(pk=report.pk, decided_at=None).update(decided_at=Now()):
        raise Refused(TAKEN)
    decision = Decision.objects.create(
        report=report, tool=report.tool, domain=listings.domain_of(report.tool), action=action, ground=ground,
        sentence=sentence, decided_by=by,
    )  # fmt: skip
    audit.record(actor=by, action=f"report.{action}", obj=report)
    review_mails.report_decided(report, decision)
    return decision
