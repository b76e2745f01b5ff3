"""What people type about who speaks for a tool."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms

from core.clean_forms import CleanTexts
from submissions import proving, replying
from verification.domains import registrable
from verification.models.ownership import Method
from verification.ownership import BadName
from verification.ownership.methods.email import MAILBOXES

OTHER = "other"
# which answer has to change for a name that cannot be proved so (docs/ownership.md, "Codes")
FIELD_OF = {
    "bad_name": "name", "public_suffix": "name", "bad_package": "name", "shared_host": "method", "webmail": "method",
    "user_content": "method", "no_registry": "method", "bad_mailbox": "mailbox", "too_many_mails": "mailbox",
}  # fmt: skip


class ProveForm(CleanTexts, forms.Form):
    """What to prove, how, and by e-mail to which mailbox."""

    name = forms.CharField(max_length=300, label="What do you want to prove?")
    method = forms.ChoiceField(choices=Method.choices, initial=Method.DNS_TXT)
    mailbox = forms.ChoiceField(
        choices=[(box, f"{box}@") for box in MAILBOXES] + [(OTHER, "another")], required=False, initial="admin"
    )
    contact = forms.CharField(max_length=254, required=False)

    ways = proving.WAYS

    def clean(self) -> dict[str, Any]:
        """Put the address of the mailbox together, and leave "www." out where DNS proves the domain."""
        data = super().clean() or {}
        name, method = data.get("name", ""), data.get("method")
        host = name.rpartition("://")[2].partition("/")[0].lower()
        if method == Method.DNS_TXT and host.startswith("www.") and registrable(host) == host[4:]:
            data["name"] = host[4:]
        if method == Method.EMAIL and name:
            box = data.get("mailbox") or "admin"
            data["address"] = data.get("contact", "") if box == OTHER else f"{box}@{registrable(host)}"
            if box == OTHER and not data["address"]:
                self.add_error("contact", "Write the address that security.txt names.")
        return data

    def refuse(self, error: BadName) -> None:
        """Say beside the answer that has to change why a proof cannot be begun."""
        self.add_error(FIELD_OF.get(error.code), error.message)


class EmailForm(CleanTexts, forms.Form):
    """Whom to invite, or to hand a tool over to."""

    email = forms.EmailField(max_length=254, label="E-mail address")


class ReplyForm(CleanTexts, forms.Form):
    """A public sentence about an incident or a verdict."""

    text = forms.CharField(max_length=replying.LONGEST, widget=forms.Textarea(attrs={"rows": 4}), label="Your reply")


class MaintenanceForm(CleanTexts, forms.Form):
    """A time in which the tool may be away, in UTC."""

    starts_at = forms.DateTimeField(
        label="From (UTC)", widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
    )
    hours = forms.IntegerField(min_value=1, max_value=24, initial=2, label="For how many hours")
    reason = forms.CharField(max_length=300, label="What for")

    @property
    def span(self) -> tuple[dt.datetime, dt.datetime]:
        """Return when it begins and ends."""
        begins: dt.datetime = self.cleaned_data["starts_at"]
        return begins, begins + dt.timedelta(hours=self.cleaned_data["hours"])
