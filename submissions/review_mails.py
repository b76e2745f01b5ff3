"""What is told by mail about listed tools, reports and appeals: one mail for each event and person."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.core import signing
from django.urls import reverse
from django.utils import timezone

from catalog.models import Tool
from core import outbox
from core.site import absolute
from submissions.mails import may_be_appealed
from submissions.models import Appeal, Decision, Report
from submissions.rules import RULES
from verification.ownership.owners import owners_of

SIGNER = signing.Signer(salt="submissions.report")
TOLD_A_DAY = 5  # reports of one tool of which its owners get a mail
APPEAL_HERE = "You can appeal there within six months, free of charge; another reviewer decides."
DONE = {
    "suspend": "The listing is not shown for now.",
    "archive": "The listing was taken out of the lists for good.",
    "reinstate": "The listing is shown again.",
}
SUBJECTS = {"suspend": "was suspended", "archive": "was archived", "reinstate": "is back"}


def notice_path(report: Report) -> str:
    """Return the path of a report's page for whoever sent it; who has the address needs no account."""
    return reverse("submissions:notice", args=[report.key, SIGNER.signature(report.key)])


def listing(decision: Decision) -> None:
    """Tell the owners of a listed tool what was decided; who sent it is told by the move of their submission."""
    tool = decision.tool
    if tool is None:
        return
    told = decision.submission.submitter_id if decision.submission else None
    rule = RULES[decision.ground].title if decision.ground in RULES else decision.ground
    lines = [DONE[decision.action], decision.sentence, f"The rule: {rule}."]
    if may_be_appealed(decision):
        lines.append(APPEAL_HERE)
    for user in owners(tool):
        if user.pk != told:
            subject = f"{tool.name} {SUBJECTS[decision.action]}"
            _post(user.email, user, f"listing.{decision.action}", subject, lines, decision, f"{decision.pk}:{user.pk}")


def owners(tool: Tool) -> list[Any]:
    """Return the accounts that proved to own a tool, each once."""
    return list({claim.account_id: claim.account for claim in owners_of(tool) if claim.account_id}.values())


def report_received(report: Report) -> None:
    """Send the receipt to the notifier, if there is an address, and the report to the owners for their reply."""
    lines = [
        f"We have your report about {report.tool.name} ({report.get_reason_display().lower()}).",
        "A reviewer reads it. What is decided, and why, is sent to this address and stands on this page:",
    ]
    _notifier(report, "report.received", f"your report about {report.tool.name}", lines, f"{report.pk}")
    today = Report.objects.filter(tool=report.tool, created_at__gt=timezone.now() - dt.timedelta(days=1))
    if today.count() > TOLD_A_DAY:
        return  # its page lists the others: whoever reports often must not fill a mailbox
    for user in owners(report.tool):
        lines = [
            f"Somebody reported your tool {report.tool.name}: {report.get_reason_display().lower()}.",
            "We do not say who it was. Nothing is decided yet. Read it, and say what you have to say to it:",
        ]
        path = reverse("submissions:report_reply", args=[report.key])
        _send(user.email, user, "report.told", f"a report about {report.tool.name}", lines, path,
              f"{report.pk}:{user.pk}")  # fmt: skip


def report_decided(report: Report, decision: Decision) -> None:
    """Tell the notifier what came of a report."""
    refused = decision.action == Decision.Action.DISMISS
    lines = [
        "We looked into it, and the listing stays as it is." if refused else "We looked into it, and did something.",
        decision.sentence,
    ]
    if refused:
        lines.append(APPEAL_HERE)
    _notifier(report, "report.decided", f"what came of your report about {report.tool.name}", lines, f"{decision.pk}")


def appeal_received(appeal: Appeal) -> None:
    """Send a receipt that says until when there is an answer."""
    lines = [
        "We have your appeal. A reviewer who had no part in the decision looks at it.",
        f"You have an answer by {appeal.due_at.day} {appeal.due_at:%B %Y}.",
    ]
    _appellant(appeal, "appeal.received", "your appeal", lines)


def appeal_decided(appeal: Appeal) -> None:
    """Tell who appealed what came of it."""
    lines = [f"{appeal.get_outcome_display()}.", appeal.sentence]
    _appellant(appeal, "appeal.decided", "what came of your appeal", lines)


def _appellant(appeal: Appeal, kind: str, subject: str, lines: Sequence[str]) -> None:
    decision = appeal.decision
    if appeal.by is not None:
        _post(appeal.by.email, appeal.by, kind, subject, lines, decision, f"{appeal.pk}")
    elif decision.report is not None:
        _notifier(decision.report, kind, subject, lines, f"{appeal.pk}")


def _notifier(report: Report, kind: str, subject: str, lines: Sequence[str], key: str) -> None:
    if report.email:
        _send(report.email, report.by, kind, subject, lines, notice_path(report), key)


def _post(  # noqa: PLR0913, PLR0917 - what a mail consists of
    to: str, user: Any, kind: str, subject: str, lines: Sequence[str], decision: Decision, key: str
) -> None:
    _send(to, user, kind, subject, lines, decision.get_absolute_url(), key)


def _send(  # noqa: PLR0913, PLR0917
    to: str, user: Any, kind: str, subject: str, lines: Sequence[str], path: str, key: str
) -> None:
    context = {"subject": subject, "lines": lines, "link": absolute(path)}
    outbox.post(to=to, kind=kind, template="review_told", context=context, key=f"{kind}:{key}", user=user)
