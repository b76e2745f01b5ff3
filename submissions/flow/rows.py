"""Rows that can be added and removed at a step, with and without script: plans and interfaces."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils import timezone

from catalog import choices
from catalog.records import Record
from catalog.wording import PARTS
from core.clean_forms import CleanTexts

MOST = 40  # rows of a list
PERIODS = [("month", "a month"), ("year", "a year"), ("once", "once"), ("unit", "a unit")]
# what each kind of interface asks for; nothing else is shown for it
ASKED: dict[str, tuple[str, ...]] = {
    "rest": ("base_url", "openapi", "docs", "auth", "env"),
    "graphql": ("base_url", "docs", "auth", "env"),
    "openai-compatible": ("base_url", "docs", "auth", "env"),
    "mcp-remote": ("url", "docs", "auth", "env"),
    "mcp-package": ("registry", "package", "docs", "auth", "env"),
    "sdk": ("registry", "package", "docs", "env"),
    "cli": ("registry", "package", "docs", "env"),
    "container": ("image", "docs"),
    "webhook": ("docs", "auth"),
    "a2a": ("url", "docs", "auth"),
    "web-app": ("url",),
}
HINTS = {
    "url": "Starts with https. Readers copy it from your page, so we call it before we print it.",
    "base_url": "What all its addresses begin with. A part that differs by customer stands in braces: https://{team}.example.com",
    "openapi": "The address of the description, as JSON or YAML.",
    "docs": "Where a developer reads how to use it.",
    "registry": "Where the package is published.",
    "package": "Its name there.",
    "image": "As it is pulled: ghcr.io/example/server",
    "auth": "We never ask for a key. We only check that the door is where you say.",
    "env": "The name of the variable in which a client keeps its key, such as EXAMPLE_API_KEY. Never the key itself.",
}


class Row(CleanTexts, forms.Form):
    """One row; what is empty in it is left out of the record."""

    def value(self, before: Any) -> dict[str, str]:
        """Return the row as a record has it; what cannot be stored is as before."""
        self.is_valid()
        old = before if isinstance(before, dict) else {}
        kept = {name: self.cleaned_data[name] if name not in self.errors else old.get(name) for name in self.fields}
        return {name: str(one) for name, one in kept.items() if one}


class PlanRow(Row):
    """A price that somebody has seen."""

    name = forms.CharField(label="Plan", max_length=80, required=False)
    amount = forms.CharField(label="Amount", max_length=20, required=False)
    currency = forms.CharField(label="Currency", max_length=10, required=False, initial="USD")
    period = forms.ChoiceField(label="For", choices=PERIODS, required=False)
    unit = forms.CharField(label="Unit, if it is for one", max_length=60, required=False)
    seen = forms.CharField(label="Seen on", max_length=10, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["seen"].initial = f"{timezone.now():%Y-%m-%d}"
        for field in self.fields.values():
            field.widget.attrs |= {"class": "input"}
        self.fields["amount"].widget.attrs["inputmode"] = "decimal"

    def value(self, before: Any) -> dict[str, str]:
        """Return the row; nothing when it has neither name nor amount."""
        row = super().value(before)
        return row if row.get("name") or row.get("amount") else {}


class InterfaceRow(Row):
    """A way for a program to reach the tool: of one kind, with the fields that this kind has."""

    kind = forms.ChoiceField(choices=choices.InterfaceKind.choices, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        typed = self.data.get(self.add_prefix("kind")) if self.is_bound else None
        self.of = str(typed or self.initial.get("kind", ""))
        for name in (*ASKED.get(self.of, ()), *(one for one in PARTS if self.initial.get(one))):
            if name in HINTS and name not in self.fields:
                self.fields[name] = _field(name)
        for field in self.fields.values():
            if isinstance(field, forms.CharField):
                field.strip = False

    @property
    def title(self) -> str:
        """What this kind of interface is called."""
        return dict(choices.InterfaceKind.choices).get(self.of, "Interface")


def _field(name: str) -> forms.Field:
    label = PARTS[name][:1].upper() + PARTS[name][1:]
    if name == "auth":
        label = "How does a client sign in?"
    listed = {"auth": choices.Auth.choices, "registry": choices.Registry.choices}.get(name)
    if listed:
        return forms.ChoiceField(
            label=label, help_text=HINTS[name], choices=[("", "Not known"), *listed], required=False,
            widget=forms.Select(attrs={"class": "input"}),
        )  # fmt: skip
    mono = {"class": "input mono", "autocomplete": "off", "spellcheck": "false"}
    widget = forms.TextInput(attrs=mono)
    return forms.CharField(label=label, help_text=HINTS[name], max_length=500, required=False, widget=widget)


class Rows:
    """All rows of a list of the record, as shown or as sent."""

    def __init__(self, name: str, form: type[Row], record: Record, data: Mapping[str, Any] | None = None) -> None:
        stored = record.get(name)
        self.name, self.data, self.form = name, data, form
        self.before = stored if isinstance(stored, list) else []
        initial = [one if isinstance(one, dict) else {} for one in self.before]
        count = len(initial) if data is None else _number(data.get(name, "0"))
        gone = _number(str(data.get("remove", "")).removeprefix(f"{name}-"), -1) if data else -1
        self.forms = [
            form(data, prefix=f"{name}-{at}", initial=initial[at] if at < len(initial) else {})
            for at in range(min(count, MOST))
            if at != gone
        ]

    def add_blank(self) -> None:
        """Show one more row, an empty one."""
        self.forms.append(self.form(prefix=f"{self.name}-{len(self.forms)}"))

    @property
    def count(self) -> int:
        """How many rows are shown."""
        return len(self.forms)

    @property
    def clean(self) -> bool:
        """Whether all that was typed can be stored."""
        return all(form.is_valid() for form in self.forms)

    def value(self) -> list[dict[str, str]]:
        """Return the list as a record has it."""
        found = []
        for form in self.forms:
            at = int(str(form.prefix).rsplit("-", 1)[1])
            found.append(form.value(self.before[at] if at < len(self.before) else None))
        wanted = self.data.get("add-kind", "") if self.data and self.data.get("add") == self.name else ""
        if self.name == "interfaces" and wanted in ASKED and len(found) < MOST:
            found.append({"kind": wanted})  # its page asks for the rest
        return [row for row in found if row]


def _number(text: str, otherwise: int = 0) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 4 else otherwise
