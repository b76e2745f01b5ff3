"""What people type at the steps. A draft may lack anything: forms refuse only what cannot be stored as text.

What a listing has to be is said by catalog/validation.py, beside the fields (`services.problems`).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms

from catalog import choices
from catalog.records import Record
from catalog.wording import value_at
from core.clean import Unclean, clean_line
from core.clean_forms import CleanTexts
from submissions.flow import places
from submissions.flow.words import with_value

UNSET = [("", "Not chosen yet")]


def _address(label: str, hint: str = "", **attrs: Any) -> forms.CharField:
    widget = forms.TextInput(attrs={"inputmode": "url", "class": "input mono", "autocomplete": "off", **attrs})
    return forms.CharField(label=label, help_text=hint, max_length=500, required=False, widget=widget)


def _line(label: str, hint: str, length: int, **attrs: Any) -> forms.CharField:
    widget = forms.TextInput(attrs={"class": "input", "autocomplete": "off", **attrs})
    return forms.CharField(label=label, help_text=hint, max_length=length, required=False, widget=widget)


def _choice(label: str, hint: str, values: Iterable[Any], *, unset: str = "Not chosen yet") -> forms.ChoiceField:
    return forms.ChoiceField(
        label=label, help_text=hint, choices=[("", unset), *values], required=False,
        widget=forms.Select(attrs={"class": "input"}),
    )  # fmt: skip


def _several(label: str, hint: str, values: Iterable[Any]) -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(
        label=label, help_text=hint, choices=list(values), required=False, widget=forms.CheckboxSelectMultiple
    )


class StepForm(CleanTexts, forms.Form):
    """A form over fields of a record. `PATHS` maps its fields to those of the record, where the names differ."""

    PATHS: dict[str, str] = {}

    def __init__(self, record: Record, data: Any = None, **more: Any) -> None:
        super().__init__(data, initial=self.read(record), **more)

    @classmethod
    def path(cls, name: str) -> str:
        """Return the field of the record that a field of the form is about."""
        return cls.PATHS.get(name, name)

    @classmethod
    def read(cls, record: Record) -> dict[str, Any]:
        """Return what the form shows of a record."""
        return {name: value_at(record, cls.path(name)) for name in cls.base_fields}

    def into(self, record: Record) -> Record:
        """Return the record with what was typed; what cannot be stored stays as it was. Call it on a bound form."""
        self.is_valid()
        for name in self.fields:
            if name not in self.errors:
                record = with_value(record, self.path(name), self.cleaned_data[name])
        return record


class AddressForm(StepForm):
    """Where the tool's home page is."""

    homepage = _address(
        "Home page of the tool", "The page that says what it is. Readers are led there, and our robot looks at it."
    )


class WhatForm(StepForm):
    """What it is."""

    PATHS = {f"link_{name}": f"links.{name}" for name in ("docs", "repo", "api", "status")}
    name = _line("Name", "As its makers write it. Readers look for it by this.", 100)
    vendor = _line("Who makes it", "The company, project or person. Leave it empty when it is the tool itself.", 100)
    tagline = _line(
        "Tagline", "What it does, in 20 to 90 characters, without a full stop.", 200, **{"data-count": "90"}
    )
    description = forms.CharField(
        label="Description", max_length=3_000, required=False,
        help_text="In 35 to 90 words: what it does, for whom, how it is used, and one limit worth knowing.",
        widget=forms.Textarea(attrs={"class": "input", "rows": 7, "data-words": "90"}),
    )  # fmt: skip
    kind = _choice("Kind", "The form it comes in. People filter by it.", choices.Kind.choices)
    licence = _line(
        "Licence", "Only when there is one to name, as an SPDX identifier such as Apache-2.0.", 120, spellcheck="false"
    )
    launched = _line("Launched", "YYYY, YYYY-MM or YYYY-MM-DD; empty when not known.", 10, inputmode="numeric")
    link_docs = _address("Documentation")
    link_repo = _address("Source code")
    link_api = _address("API documents")
    link_status = _address("Status page")


class PlaceForm(StepForm):
    """Under what people find it."""

    PATHS = {"goes_in": "modality.in", "comes_out": "modality.out"}
    category = _choice("Category", "The job for which most people come to it.", [])
    also_1 = _choice("Second category", "Only when people look for it there too.", [], unset="None")
    also_2 = _choice("Third category", "", [], unset="None")
    also_3 = _choice("Fourth category", "", [], unset="None")
    tags = _line("Tags", "3 to 6 words or short phrases that people search for, with commas between.", 300)
    platforms = _several("Where it runs", "People filter by it.", choices.Platform.choices)
    goes_in = _several("What goes in", "What one gives to it.", choices.Modality.choices)
    comes_out = _several("What comes out", "What one gets of it.", choices.Modality.choices)

    def __init__(self, record: Record, data: Any = None, **more: Any) -> None:
        super().__init__(record, data, **more)
        grouped = places.grouped()
        for name in ("category", "also_1", "also_2", "also_3"):
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = [("", "None" if name != "category" else "Not chosen yet"), *grouped]

    @classmethod
    def path(cls, name: str) -> str:
        """Return "also" for each of the further categories."""
        return "also" if name.startswith("also_") else super().path(name)

    @classmethod
    def read(cls, record: Record) -> dict[str, Any]:
        """Return what the form shows of a record."""
        also = [*record.get("also", []), "", "", ""]
        further = {f"also_{number}": also[number - 1] for number in (1, 2, 3)}
        return super().read(record) | further | {"tags": ", ".join(record.get("tags", []))}

    def clean_tags(self) -> list[str]:
        """Return the tags as they are stored: lower case, hyphens for spaces, each once."""
        typed = str(self.cleaned_data.get("tags") or "")
        if not typed.strip():
            return []
        try:
            line = clean_line(typed, max_length=300)
        except Unclean as error:
            raise forms.ValidationError(error.sentence) from error
        return list(dict.fromkeys("-".join(one.lower().split()) for one in line.split(",") if one.strip()))

    def into(self, record: Record) -> Record:
        """Return the record with what was typed; the further categories as one list, each once."""
        rest = super().into({**record, "also": None})
        further = [self.cleaned_data.get(f"also_{number}", "") for number in (1, 2, 3)]
        main = rest.get("category")
        return with_value(rest, "also", list(dict.fromkeys(one for one in further if one and one != main)))


class PriceForm(StepForm):
    """What it costs, in three answers."""

    PATHS = {"access": "pricing.access", "model": "pricing.model", "source": "pricing.source",
             "link_pricing": "links.pricing"}  # fmt: skip
    access = forms.ChoiceField(
        label="How does one start to use it?", required=False, widget=forms.RadioSelect,
        help_text="Asked because readers filter by it first. “Not known” is a good answer; a wrong one is not.",
        choices=[
            ("free", "Free: all of it costs nothing"),
            ("free_tier", "Free tier: a part costs nothing, for as long as one likes"),
            ("trial", "Free trial: it costs nothing for some days"),
            ("paid_only", "Paid only: nothing without paying"),
            ("contact_sales", "Contact sales: one has to talk to somebody first"),
            ("waitlist", "Waiting list: one cannot start at once"),
            ("unknown", "Not known"),
        ],
    )  # fmt: skip
    model = _several(
        "What is charged for?",
        "Asked because a sum means something else per month, per seat or per call. Empty means not known.",
        choices.PriceModel.choices,
    )
    source = forms.ChoiceField(
        label="Can its source or its weights be had?", required=False, widget=forms.RadioSelect,
        help_text="Asked because many look only for what they can run or read themselves.",
        choices=[
            ("open_source", "Open source: under a licence that the OSI approves"),
            ("source_available", "Source available: it can be read, with limits on use"),
            ("open_weights", "Open weights: the model can be downloaded"),
            ("proprietary", "Proprietary: none of it"),
            ("unknown", "Not known"),
        ],
    )  # fmt: skip
    link_pricing = _address("Price page", "Where its prices stand. We look there again, so that yours stay true.")
