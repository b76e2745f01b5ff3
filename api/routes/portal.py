"""Submissions, proofs of ownership, decisions, lists of people."""

from __future__ import annotations

from django.urls import URLPattern, path

from api import decision_views as decisions
from api import list_views as lists
from api import submission_views as submissions

urlpatterns: list[URLPattern] = [
    path("submissions", submissions.Submissions.as_view(), name="submissions"),
    path("submissions/validate", submissions.Validation.as_view(), name="validation"),
    path("submissions/<slug:key>", submissions.OneSubmission.as_view(), name="submission"),
    path("submissions/<slug:key>/checks", submissions.Checks.as_view(), name="checks"),
    path("submissions/<slug:key>/send", submissions.Sending.as_view(), name="sending"),
    path("submissions/<slug:key>/withdraw", submissions.Withdrawal.as_view(), name="withdrawal"),
    path("submissions/<slug:key>/decisions", submissions.DecisionsOfSubmission.as_view(), name="decisions_of"),
    path("decisions", decisions.Decisions.as_view(), name="decisions"),
    path("lists", lists.Lists.as_view(), name="lists"),
    path("lists/<slug:list>", lists.OneList.as_view(), name="list"),
    path("lists/<slug:list>/tools/<slug:tool>", lists.ToolOfList.as_view(), name="list_tool"),
    path("saved", lists.SavedTools.as_view(), name="saved"),
    path("saved/<slug:tool>", lists.SavedTool.as_view(), name="saved_tool"),
]
