"""Forms of the pages of apps."""

from __future__ import annotations

from typing import Any

from django import forms

from api.oauth import redirects
from api.oauth.clients import Wanted
from api.oauth.tokens import ALL_SCOPES
from core.clean_forms import CleanTexts
from core.sent_forms import SentOnce

KINDS = {
    "public": "Public: it runs on people's devices, where nobody can keep a secret",
    "confidential": "Confidential: it runs on a server that keeps a secret",
}
WAYS = {
    "code": "Ask people in their browser (authorization code)",
    "device": "Show a code on a device without a browser (device code; public apps)",
    "credentials": "Act for my own account, without a person (client credentials; confidential apps)",
}


class AppForm(CleanTexts, SentOnce):
    """What an app is called, what it is, what it may ask for."""

    name = forms.CharField(label="Name", max_length=80)
    kind = forms.ChoiceField(choices=list(KINDS.items()), widget=forms.RadioSelect, initial="public")
    ways = forms.MultipleChoiceField(choices=list(WAYS.items()), widget=forms.CheckboxSelectMultiple, initial=["code"])
    redirect_uris = forms.CharField(
        label="Addresses to lead people back to", required=False, max_length=6_000,
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false"}),
    )  # fmt: skip
    scopes = forms.MultipleChoiceField(
        choices=list(ALL_SCOPES.items()), widget=forms.CheckboxSelectMultiple, initial=["openid", "catalog:read"]
    )

    def clean_redirect_uris(self) -> str:
        """Say what is wrong with the first address that cannot be."""
        lines = self.cleaned_data["redirect_uris"].split()
        if len(lines) > redirects.MOST:
            raise forms.ValidationError(f"These are more than {redirects.MOST}. Keep those that the app uses.")
        for line in lines:
            if told := redirects.wrong_with(line):
                raise forms.ValidationError(told)
        return "\n".join(lines)

    def clean(self) -> dict[str, Any] | None:
        """Say what does not go together."""
        data = super().clean()
        ways, kind = set(self.cleaned_data.get("ways", [])), self.cleaned_data.get("kind")
        addresses = self.cleaned_data.get("redirect_uris")
        if "credentials" in ways and kind == "public":
            self.add_error("ways", "Client credentials need a secret: choose a confidential app, or not this way.")
        if "device" in ways and kind == "confidential":
            self.add_error("ways", "Devices cannot keep a secret: choose a public app, or not this way.")
        if "code" in ways and addresses == "":
            self.add_error("redirect_uris", "Write where people are led back to once they have answered, one a line.")
        if "code" not in ways and addresses:
            self.add_error(
                "redirect_uris", "Only apps that ask people in their browser lead them back. Leave it empty."
            )
        return data

    @property
    def wanted(self) -> Wanted:
        """What was asked for, once it is valid."""
        data = self.cleaned_data
        addresses = data["redirect_uris"].split()
        return Wanted(data["name"], data["kind"] == "confidential", data["ways"], data["scopes"], addresses)
