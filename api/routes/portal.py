"""Submissions, proofs of ownership, decisions, lists of people."""

from __future__ import annotations

from django.urls import URLPattern, path

from api import decision_views as decisions
from api import list_views as lists
from api import ownership_views as ownership
from api import submission_step_views as steps
from api import submission_views as submissions

urlpatterns: list[URLPattern] = [
    path("submissions", submissions.Submissions.as_view(), name="submissions"),
    path("submissions/validate", submissions.Validation.as_view(), name="validation"),
    path("submissions/<slug:key>", submissions.OneSubmission.as_view(), name="submission"),
    path("submissions/<slug:key>/checks", steps.Checks.as_view(), name="checks"),
    path("submissions/<slug:key>/send", steps.Sending.as_view(), name="sending"),
    path("submissions/<slug:key>/withdraw", steps.Withdrawal.as_view(), name="withdrawal"),
    path("submissions/<slug:key>/reopen", steps.Reopening.as_view(), name="reopening"),
    path("submissions/<slug:key>/appeal", steps.Filing.as_view(), name="appeal"),
    path("submissions/<slug:key>/decisions", steps.DecisionsOfSubmission.as_view(), name="decisions_of"),
    path("ownership/claims", ownership.OwnershipClaims.as_view(), name="ownership_claims"),
    path("ownership/challenges", ownership.Challenges.as_view(), name="challenges"),
    path("ownership/challenges/<slug:token_id>", ownership.OneChallenge.as_view(), name="challenge"),
    path("ownership/challenges/<slug:token_id>/check", ownership.CheckOfChallenge.as_view(), name="challenge_check"),
    path("decisions", decisions.Decisions.as_view(), name="decisions"),
    path("lists", lists.Lists.as_view(), name="lists"),
    path("lists/<slug:list>", lists.OneList.as_view(), name="list"),
    path("lists/<slug:list>/tools/<slug:tool>", lists.ToolOfList.as_view(), name="list_tool"),
    path("saved", lists.SavedTools.as_view(), name="saved"),
    path("saved/<slug:tool>", lists.SavedTool.as_view(), name="saved_tool"),
]
