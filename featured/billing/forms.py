"""What people who look after money type."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms

from catalog.choices import LISTED
from catalog.models import Tool
from core.clean_forms import CleanTexts
from featured import slots, weeks
from featured.models import Booking, LedgerEntry, Order
from featured.money import digits, money


class Reason(CleanTexts, forms.Form):
    """A sentence for whom it concerns."""

    why = forms.CharField(max_length=300, label="Why")


class GrantForm(Reason):
    """A slot for a tool, for nothing."""

    tool = forms.CharField(max_length=80, label="The tool")
    place = forms.ChoiceField(label="The place")
    week = forms.ChoiceField(label="The first week")
    count = forms.IntegerField(min_value=1, max_value=weeks.MOST_WEEKS, initial=1, label="Weeks")
    field_order = ["tool", "place", "week", "count", "why"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.places = {one.name: one for one in slots.every()}
        fields: Any = self.fields
        fields["place"].choices = [(name, f"{one.label} ({name})") for name, one in self.places.items()]
        starts = weeks.upcoming()
        fields["week"].choices = [(f"{one:%Y-%m-%d}", f"{one:%-d %B %Y}") for one in starts]

    def clean_tool(self) -> Tool:
        """Find the tool by what its address ends in."""
        found = Tool.objects.filter(slug=self.cleaned_data["tool"].strip(), status__in=LISTED).first()
        if found is None:
            raise forms.ValidationError("No tool is listed under this address. Copy what stands after /tools/ there.")
        return found

    def clean_week(self) -> dt.datetime:
        """Read the date of its Monday."""
        return weeks.read(self.cleaned_data["week"])


class RefundForm(Reason):
    """Money that goes back without a rule that says so."""

    amount = forms.CharField(max_length=12, label="Amount")
    field_order = ["amount", "why"]

    def __init__(self, *args: Any, order: Order, most: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.order, self.most = order, most
        paid = order.bookings.filter(entries__kind=LedgerEntry.Kind.PAYMENT).distinct().order_by("during", "pk")
        self.bookings = {one.key: one for one in paid}
        if len(self.bookings) > 1:
            offered = [(one.key, f"{one.tool_name}, from {one.starts_at:%-d %B %Y}") for one in paid]
            self.fields["booking"] = forms.ChoiceField(choices=offered, label="For which week")

    def booking(self) -> Booking | None:
        """Return the booking whose payment goes back; None where none was booked."""
        return self.bookings.get(self.cleaned_data.get("booking") or next(iter(self.bookings), ""))

    def clean_amount(self) -> int:
        """Read a decimal number in the currency of the order as minor units; no more than is left of what was paid."""
        places = digits(self.order.currency)
        whole, _, part = self.cleaned_data["amount"].strip().partition(".")
        if not (whole.isascii() and whole.isdigit()) or (part and not (part.isascii() and part.isdigit())):
            raise forms.ValidationError("Write a number such as 12.50, with a point and without the currency.")
        if len(part) > places:
            raise forms.ValidationError(f"{self.order.currency.upper()} has {places} digits after the point.")
        amount = int(whole + part.ljust(places, "0"))
        if not 0 < amount <= self.most:
            left = money(self.most, self.order.currency)
            raise forms.ValidationError(f"Between the smallest unit and {left}: more has not been paid, or went back.")
        return amount


class AnswerForm(CleanTexts, forms.Form):
    """Whether a refund is sent."""

    answer = forms.ChoiceField(choices=[("approve", "Send it"), ("refuse", "Do not send it")])
    why = forms.CharField(max_length=300, required=False, label="Why not")

    def clean(self) -> dict[str, Any] | None:
        """Ask for a reason where money stays here."""
        data = super().clean() or self.cleaned_data
        if data.get("answer") == "refuse" and not data.get("why"):
            self.add_error("why", "Say why not: who paid reads it.")
        return data
