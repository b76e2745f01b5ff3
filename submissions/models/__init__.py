"""Submissions, what was decided about them, and who speaks for a tool."""

from submissions.models.curation import BulkEdit
from submissions.models.decision import Appeal, Decision, Report
from submissions.models.flow import Prefill, SubmissionLogo
from submissions.models.owners import Handover, Reply
from submissions.models.people import Affiliation, Maintainer
from submissions.models.submission import Move, Revision, State, Submission

__all__ = [
    "Affiliation",
    "Appeal",
    "BulkEdit",
    "Decision",
    "Handover",
    "Maintainer",
    "Move",
    "Prefill",
    "Reply",
    "Report",
    "Revision",
    "State",
    "Submission",
    "SubmissionLogo",
]
