"""Submissions, proofs of ownership, decisions, lists of people."""

from __future__ import annotations

from django.urls import URLPattern, path

from api import submission_views as submissions

urlpatterns: list[URLPattern] = [
    path("submissions", submissions.Submissions.as_view(), name="submissions"),
    path("submissions/validate", submissions.Validation.as_view(), name="validation"),
    path("submissions/<slug:key>", submissions.OneSubmission.as_view(), name="submission"),
    path("submissions/<slug:key>/checks", submissions.Checks.as_view(), name="checks"),
    path("submissions/<slug:key>/send", submissions.Sending.as_view(), name="sending"),
    path("submissions/<slug:key>/withdraw", submissions.Withdrawal.as_view(), name="withdrawal"),
    path("submissions/<slug:key>/decisions", submissions.DecisionsOfSubmission.as_view(), name="decisions_of"),
]
