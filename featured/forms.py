"""The form of an order."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

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

    def __init__(
        self, *args: object, tools: Sequence[Tool], place: Place, first: dt.datetime, longest: int, currency: str
    ) -> None:
        super().__init__(*args)
        of_tool, of_term = self.fields["tool"], self.fields["term"]
        assert isinstance(of_tool, forms.ChoiceField)
        assert isinstance(of_term, forms.ChoiceField)
        of_tool.choices = [(tool.slug, tool.name) for tool in tools]
        of_tool.error_messages = {"required": "Choose a tool.", "invalid_choice": "Choose one of these tools."}
        of_term.choices = terms(place, first, longest, currency)
        of_term.error_messages = {
            "required": "Choose for how long.", "invalid_choice": "So many weeks in a row are not free any more.",
        }  # fmt: skip
        if len(tools) == 1:
            of_tool.initial = tools[0].slug
        of_term.initial = "1"

    @property
    def count(self) -> int:
        """How many weeks are ordered; a subscription begins with one."""
        return 1 if self.cleaned_data["term"] == WEEKLY else int(self.cleaned_data["term"])

    @property
    def kind(self) -> str:
        """How it is paid."""
        return Order.Kind.WEEKLY if self.cleaned_data["term"] == WEEKLY else Order.Kind.ONCE


def terms(place: Place, first: dt.datetime, longest: int, currency: str) -> list[tuple[str, str]]:
    """Return what can be ordered, each with its end and its price: the sum stands there before anything is sent."""

    def said(count: int) -> str:
        last = first + count * weeks.WEEK - dt.timedelta(days=1)
        until = f"to {last.day} {last:%b %Y}"
        return f"{count} {'week' if count == 1 else 'weeks'}, {until}: {money(place.price * count, currency)}"

    once = [(str(count), said(count)) for count in range(1, longest + 1)]
    return [*once, (WEEKLY, f"Every week until you stop it: {money(place.price, currency)} a week")] if once else []
