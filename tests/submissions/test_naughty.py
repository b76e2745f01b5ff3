"""The corpus of awkward strings through every field of reviewers, visitors, owners and appellants."""

from __future__ import annotations

import html
from typing import Any

import pytest
from django.forms import Form
from django.test import Client

from accounts.models import User
from core.clean import Unclean, clean_text
from submissions import reports, review_mails
from submissions.models import Report
from submissions.public.forms import AnswerForm, ReportForm
from submissions.reviewing import forms
from tests import make
from tests.core.test_clean import ROWS, text_of
from tests.submissions.test_review_pages import signed_in

REASONS = {"ground": "true", "phrase": ""}
DECISION = {**REASONS, "action": "reject", "evidence": []}
REPORT = {"reason": "wrong", "email": ""}
SUSPEND = {**REASONS, "action": "suspend", "sentence": "Followed."}


def made(kind: str, data: dict[str, Any]) -> Form:
    """Return a form of this kind, bound."""
    more: dict[str, Any] = {"DecisionForm": {"offered": []}, "ListingForm": {"actions": [("suspend", "Suspend")]}}
    form: Form = (getattr(forms, kind, None) or {"AnswerForm": AnswerForm, "ReportForm": ReportForm}[kind])(
        data, **more.get(kind, {})
    )
    return form


FIELDS = [
    ("DecisionForm", "sentence", DECISION, 2_000),
    ("SecondForm", "sentence", {"agrees": "no"}, 300),
    ("ListingForm", "sentence", {**REASONS, "action": "suspend", "evidence": ""}, 2_000),
    ("AppealDecisionForm", "sentence", {"outcome": "upheld"}, 2_000),
    ("ReportDecisionForm", "sentence", {**REASONS, "action": "dismiss"}, 2_000),
    ("ReportDecisionForm", "to_owner", SUSPEND, 2_000),
    ("AnswerForm", "text", {}, 4_000),
    ("ReportForm", "text", REPORT, 4_000),
]


@pytest.mark.parametrize(
    ("kind", "field", "others", "most"), FIELDS, ids=lambda one: one if isinstance(one, str) else ""
)
def test_every_field_takes_and_refuses_what_the_corpus_says(
    kind: str, field: str, others: dict[str, Any], most: int
) -> None:
    wrong = {}
    for row in ROWS:
        text = text_of(row)
        try:
            wanted: str | None = clean_text(text, max_length=most).strip()
        except Unclean:
            wanted = None
        form = made(kind, {**others, field: text})
        got = str(form.cleaned_data[field]).strip() if form.is_valid() else None
        if got != wanted:
            wrong[row["id"]] = (got, wanted, dict(form.errors))
    assert wrong == {}


def test_no_domain_of_the_corpus_breaks_the_form_of_affiliations() -> None:
    taken = [
        form.cleaned_data["domain"]
        for row in ROWS
        if (form := made("AffiliationForm", {"domain": text_of(row)})).is_valid()
    ]
    assert [one for one in taken if " " in one or "<" in one] == []


@pytest.mark.django_db
def test_what_was_taken_is_shown_as_it_is_and_never_as_markup(rita: User, client: Client) -> None:
    desk, tool = signed_in(rita), make.tool(slug="acme")
    for row in ROWS:
        text = text_of(row)
        if row["text_field"] == "reject" or len(text) > 4_000:
            continue
        client.post("/tools/acme/report/", {**REPORT, "text": text})
        report = Report.objects.latest("id")
        pages = [client.get(review_mails.notice_path(report)), desk.get(report.get_absolute_url())]
        for page in pages:
            shown = page.content.decode()
            assert page.status_code == 200, row["id"]
            assert html.escape(report.text, quote=True) in shown, row["id"]
    assert desk.get("/review/?show=reports").status_code == 200
    assert reports.conflict(rita, Report.objects.latest("id")) == ""
    assert tool.reports.count() > 50
