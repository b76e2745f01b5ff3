"""The form of an order."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from django import forms

from catalog.models import Tool
from core.clean_forms import CleanTexts
from featured import weeks
from featured.models import Order
from featured.money import money
from featured.orders import PAYER
from featured.slots import Place

WEEKLY = "weekly"


class BookForm(CleanTexts, forms.Form):
    """Which tool, for how long, who pays."""

    tool = forms.ChoiceField(label="For which tool", widget=forms.RadioSelect)
    term = forms.ChoiceField(label="For how long", widget=forms.RadioSelect)
    payer = forms.CharField(label="Who pays", max_length=PAYER)
    may_move = forms.BooleanField(required=False)
    agree = forms.BooleanField()

    def __init__(  # noqa: PLR0913 - a form has that many sides
        self, *args: object, tools: Sequence[Tool], place: Place, first: dt.datetime, longest: int, currency: str,
        further: Mapping[str, str],
    ) -> None:  # fmt: skip
        super().__init__(*args)
        self.further = further
        of_tool, of_term = self.fields["tool"], self.fields["term"]
        assert isinstance(of_tool, forms.ChoiceField)
        assert isinstance(of_term, forms.ChoiceField)
        of_tool.choices = [(tool.slug, tool.name) for tool in tools]
        of_tool.error_messages = {"required": "Choose a tool.", "invalid_choice": "Choose one of these tools."}
        of_term.choices = terms(place, first, longest, currency, weekly=not all(further.values()))
        of_term.error_messages = {
            "required": "Choose for how long.", "invalid_choice": "So many weeks in a row are not free any more.",
        }  # fmt: skip
        if len(tools) == 1:
            of_tool.initial = tools[0].slug
        of_term.initial = "1"

    def clean(self) -> dict[str, Any]:
        """Refuse a week after the other that would end after the first."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        why = self.further.get(data.get("tool", ""), "")
        if data.get("term") == WEEKLY and why:
            self.add_error("term", why)
        return data

    @property
    def count(self) -> int:
        """How many weeks are ordered; a subscription begins with one."""
        return 1 if self.cleaned_data["term"] == WEEKLY else int(self.cleaned_data["term"])

    @property
    def kind(self) -> str:
        """How it is paid."""
        return Order.Kind.WEEKLY if self.cleaned_data["term"] == WEEKLY else Order.Kind.ONCE


def terms(
    place: Place, first: dt.datetime, longest: int, currency: str, *, weekly: bool = True
) -> list[tuple[str, str]]:
    """Return what can be ordered, each with its end and its price: the sum stands there before anything is sent."""

    def said(count: int) -> str:
        last = first + count * weeks.WEEK - dt.timedelta(days=1)
        until = f"to {last.day} {last:%b %Y}"
        return f"{count} {'week' if count == 1 else 'weeks'}, {until}: {money(place.price * count, currency)}"

    once = [(str(count), said(count)) for count in range(1, longest + 1)]
    every = (WEEKLY, f"Every week until you stop it: {money(place.price, currency)} a week")
    return [*once, every] if once and weekly else once
