"""What visitors, owners and submitters type about decisions and reports."""

from __future__ import annotations

from django import forms

from core.clean_forms import CleanTexts
from submissions.models import Report


class ReportForm(CleanTexts, forms.Form):
    """What is wrong with a listing."""

    reason = forms.ChoiceField(choices=Report.Reason.choices, widget=forms.RadioSelect)
    text = forms.CharField(max_length=4_000, widget=forms.Textarea(attrs={"rows": 6}))
    email = forms.EmailField(required=False, max_length=254)


class AnswerForm(CleanTexts, forms.Form):
    """An appeal, or a reply to a report."""

    text = forms.CharField(max_length=4_000, widget=forms.Textarea(attrs={"rows": 6}))
