"""How much a submission asks a reviewer to look twice: a sum of points, each with its reason as a sentence."""

from __future__ import annotations

import datetime as dt

from django.utils import timezone

from submissions.changes import domain
from submissions.models import State, Submission
from verification.models import Run, StepResult
from verification.verdicts import Verdict

TWO_PEOPLE = 50  # from here on two reviewers have to agree
YOUNG = dt.timedelta(days=7)
SENSITIVE = {
    "business-ops/finance": "It is about money.",
    "business-ops/legal": "It gives legal advice.",
    "industry/healthcare": "It is about health.",
    "personal/wellness": "It is about health.",
}


def of(submission: Submission, run: Run | None) -> tuple[int, list[str]]:
    """Return the points and why. `run` is the run of its checks."""
    found: list[tuple[int, str]] = []
    who = submission.submitter
    if who is None or timezone.now() - who.date_joined < YOUNG:
        found.append((10, "The account is younger than a week."))
    if who is not None and not who.submissions.filter(state=State.PUBLISHED).exclude(pk=submission.pk).exists():
        found.append((5, "It is the first submission of this account."))
    if not submission.by_owner:
        found.append((10, "Who sent it has not proved to own the tool."))
    filed = [submission.record.get("category", ""), *submission.record.get("also", [])]
    found += [(20, why) for why in dict.fromkeys(SENSITIVE[one] for one in filed if one in SENSITIVE)]
    if submission.kind == Submission.Kind.CHANGE and domain(submission.base) != domain(submission.record):
        found.append((30, "The home page moves to another domain."))
    if submission.kind == Submission.Kind.CHANGE and submission.base.get("name") != submission.record.get("name"):
        found.append((20, "The name changes."))
    found += _of_run(run)
    return sum(points for points, _ in found), [why for _, why in found]


def _of_run(run: Run | None) -> list[tuple[int, str]]:
    if run is None:
        return [(15, "Nothing about it could be checked by our robot.")]
    rows = list(StepResult.objects.filter(run=run).values_list("key", "verdict", "sentence"))
    found = []
    warned = sum(verdict == Verdict.WARN for _, verdict, _ in rows)
    if warned >= 3:
        found.append((10, f"{warned} checks warn."))
    for key, verdict, sentence in rows:
        if verdict in {Verdict.WARN, Verdict.FAIL} and key in {"duplicates", "mcp_twins", "blocklist", "mcp_poisoning"}:
            found.append((20, sentence))
    return found[:6]
