"""What reviewers type."""

from __future__ import annotations

import re
from typing import Any

from django import forms

from core.clean_forms import CleanTexts
from submissions.reviewing.phrases import all_of_them
from submissions.rules import RULES
from verification.domains import host_of, registrable

CHECKED_ANEW = "The checks were run again meanwhile. Look at what they say now, and tick what your decision rests on."
NO_SENTENCE = "Say why, in a sentence for whom it concerns, or choose one of the phrases."


class Reasons(CleanTexts, forms.Form):
    """A rule and a sentence; a phrase stands for the sentence, or before it."""

    ground = forms.ChoiceField(choices=[(key, rule.title) for key, rule in RULES.items()])
    phrase = forms.ChoiceField(
        required=False, choices=[("", ""), *((str(n), text) for n, (_, text) in enumerate(all_of_them()))]
    )
    sentence = forms.CharField(required=False, max_length=2_000, widget=forms.Textarea(attrs={"rows": 4}))

    needs_sentence = True

    def clean(self) -> dict[str, Any] | None:
        """Put the phrase before what was typed, once."""
        data = super().clean() or self.cleaned_data
        typed, number = str(data.get("sentence") or "").strip(), data.get("phrase") or ""
        phrase = all_of_them()[int(number)][1] if number else ""
        data["sentence"] = typed if phrase in typed else f"{phrase} {typed}".strip()
        if len(data["sentence"]) > 2_000:
            self.add_error("sentence", "Is longer than 2,000 characters.")
        if self.needs_sentence and not data["sentence"] and "sentence" not in self.errors:
            self.add_error("sentence", NO_SENTENCE)
        return data


class DecisionForm(Reasons):
    """What to do with a submission."""

    action = forms.ChoiceField(
        choices=[("approve", "Approve"), ("request_changes", "Ask for changes"), ("reject", "Reject")]
    )
    evidence = forms.MultipleChoiceField(required=False, error_messages={"invalid_choice": CHECKED_ANEW})
    needs_sentence = False

    def __init__(self, *args: Any, offered: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["evidence"].choices = offered  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any] | None:
        """Ask for a sentence, but for an approval."""
        data = super().clean() or self.cleaned_data
        if data.get("action") in {"request_changes", "reject"} and not data.get("sentence"):
            self.add_error("sentence", NO_SENTENCE)
        return data


class SecondForm(CleanTexts, forms.Form):
    """Whether a second reviewer agrees."""

    agrees = forms.ChoiceField(choices=[("yes", "I agree"), ("no", "I do not agree")])
    sentence = forms.CharField(required=False, max_length=300, widget=forms.Textarea(attrs={"rows": 3}))

    def clean(self) -> dict[str, Any] | None:
        """Ask for a sentence from who does not agree."""
        data = super().clean() or self.cleaned_data
        if data.get("agrees") == "no" and not data.get("sentence") and "sentence" not in self.errors:
            self.add_error("sentence", "Say why you do not agree; the first reviewer reads it.")
        return data


class ListingForm(Reasons):
    """What to do with a listed tool."""

    action = forms.ChoiceField(choices=[])
    evidence = forms.CharField(required=False, max_length=500)

    def __init__(self, *args: Any, actions: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["action"].choices = actions  # type: ignore[attr-defined]

    def clean_evidence(self) -> str:
        """Take an address only."""
        typed = str(self.cleaned_data["evidence"]).strip()
        # two slashes, and in browsers a backslash, lead to another host
        if typed and (not typed.startswith(("https://", "http://", "/")) or typed.startswith(("//", "/\\"))):
            raise forms.ValidationError("Begin with https://, or with / for a page of this site.")
        return typed


class AppealDecisionForm(CleanTexts, forms.Form):
    """What comes of an appeal."""

    outcome = forms.ChoiceField(choices=[("upheld", "The decision stands"), ("overturned", "Take the decision back")])
    sentence = forms.CharField(max_length=2_000, widget=forms.Textarea(attrs={"rows": 4}))


class ReportDecisionForm(Reasons):
    """What comes of a report."""

    action = forms.ChoiceField(
        choices=[
            ("dismiss", "Refuse it: the listing stays as it is"),
            ("correct", "Follow it: the listing was corrected"),
            ("suspend", "Follow it: suspend the tool"),
        ]
    )
    to_owner = forms.CharField(required=False, max_length=2_000, widget=forms.Textarea(attrs={"rows": 3}))

    def clean(self) -> dict[str, Any] | None:
        """Ask for a sentence to the owner when the tool is suspended."""
        data = super().clean() or self.cleaned_data
        if data.get("action") == "suspend" and not data.get("to_owner") and "to_owner" not in self.errors:
            self.add_error("to_owner", "Say to the owner why the tool is suspended; do not say who reported it.")
        return data


class AffiliationForm(CleanTexts, forms.Form):
    """A domain whose company a reviewer works for."""

    domain = forms.CharField(max_length=255)

    def clean_domain(self) -> str:
        """Return the registrable domain of what was typed: an address or a name."""
        typed = str(self.cleaned_data["domain"]).strip().lower()
        found = registrable(host_of(typed if "://" in typed else f"https://{typed}"))
        if not re.fullmatch(r"[a-z0-9-]+(\.[a-z0-9-]+)+", found):
            raise forms.ValidationError("This is no domain. It looks like example.com.")
        return found
