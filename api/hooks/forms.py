"""Forms of the pages of webhooks."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.conf import settings

from api.hooks import events, services
from api.hooks.services import Wanted
from api.models import WebhookEndpoint
from core.clean_forms import CleanTexts
from core.sent_forms import SentOnce


class WebhookForm(CleanTexts, SentOnce):
    """Where something is told, what, and of which tools."""

    url = forms.CharField(
        label="Address", max_length=2_048, widget=forms.TextInput(attrs={"inputmode": "url", "autocomplete": "off"})
    )
    description = forms.CharField(label="What it is for", max_length=200, required=False)
    types = forms.MultipleChoiceField(choices=list(events.TYPES.items()), widget=forms.CheckboxSelectMultiple)
    only = forms.ChoiceField(choices=WebhookEndpoint.Only.choices, widget=forms.RadioSelect)
    slugs = forms.CharField(
        label="Tools", required=False, max_length=100 * 200, widget=forms.Textarea(attrs={"rows": 4})
    )

    def clean_url(self) -> str:
        """Return the address in one spelling; what is wrong with it is shown together with all else."""
        if self.cleaned_data["url"] == self.initial.get("url"):
            return str(self.initial["url"])
        try:
            return services.checked_url(self.cleaned_data["url"])
        except services.Wrong as error:
            raise forms.ValidationError(str(error)) from None

    def clean_slugs(self) -> list[str]:
        """Return slugs; of an address of a tool of this site its slug."""
        return [slug_of(word) for word in self.cleaned_data["slugs"].replace(",", " ").split()]

    def clean(self) -> dict[str, Any]:
        """See that the tools are those that are told of."""
        said: dict[str, Any] = super().clean() or self.cleaned_data
        if {"only", "slugs"} <= set(said):
            try:
                services.checked_slugs(said["only"], said["slugs"], self.initial.get("slugs", "").split())
            except services.Wrong as error:
                self.refuse(error)
        return said

    @property
    def wanted(self) -> Wanted:
        """What was asked for."""
        said = self.cleaned_data
        return Wanted(said["url"], said["types"], said["only"], said["slugs"], said["description"])

    def refuse(self, error: services.Wrong) -> None:
        """Show what is wrong beside the field."""
        self.add_error(error.where, str(error))


def slug_of(word: str) -> str:
    """Return the slug of a tool by the address of its page here, whole or its path; what is no such address stays."""
    parts = urlsplit(word) if re.fullmatch(r"(https?://[^\[\]]+)?/[^\[\]]*", word) else None
    if parts is None or parts.netloc not in {"", urlsplit(settings.SITE_URL).netloc}:
        return word
    found = re.match(r"/tools/([-a-zA-Z0-9_]+)(?:/|\.md|$)", parts.path)
    return found[1] if found else word


class RotateForm(SentOnce):
    """Nothing but a mark, so that a reload rotates nothing twice."""
