"""Forms of the pages of webhooks."""

from __future__ import annotations

from django import forms

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
        label="Tools", required=False, max_length=100 * 90, widget=forms.Textarea(attrs={"rows": 4})
    )

    @property
    def wanted(self) -> Wanted:
        """What was asked for."""
        said = self.cleaned_data
        return Wanted(
            said["url"], said["types"], said["only"], said["slugs"].replace(",", " ").split(), said["description"]
        )

    def refuse(self, error: services.Wrong) -> None:
        """Show what is wrong beside the field."""
        self.add_error(error.where, str(error))


class RotateForm(SentOnce):
    """Nothing but a mark, so that a reload rotates nothing twice."""
