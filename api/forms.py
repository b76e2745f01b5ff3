"""Forms of the pages of keys."""

from __future__ import annotations

import datetime as dt

from django import forms

from api.scopes import SCOPES
from core.clean_forms import CleanTexts
from core.sent_forms import SentOnce

DAY = dt.timedelta(days=1)
LASTS = {"30": "30 days", "90": "90 days", "365": "A year", "": "Until you revoke it"}
OVERLAPS = {"0": "Stop it at once", "1": "Keep it for a day", "7": "Keep it for a week", "30": "Keep it for 30 days"}


class KeyForm(CleanTexts, SentOnce):
    """What a key is for, what it may, how long."""

    name = forms.CharField(label="Name", max_length=80)
    scopes = forms.MultipleChoiceField(choices=list(SCOPES.items()), widget=forms.CheckboxSelectMultiple)
    lasts = forms.ChoiceField(choices=list(LASTS.items()), required=False, widget=forms.RadioSelect, initial="90")

    @property
    def until(self) -> dt.timedelta | None:
        """How long the key works; None: until it is revoked."""
        days = self.cleaned_data["lasts"]
        return int(days) * DAY if days else None


class RotateForm(SentOnce):
    """When the old key ends."""

    overlap = forms.ChoiceField(choices=list(OVERLAPS.items()), widget=forms.RadioSelect, initial="1")
