"""Amounts on pages."""

from __future__ import annotations

from django import template

from featured.money import money

register = template.Library()


@register.filter
def amount(value: int, currency: str) -> str:
    """Return an amount in minor units for people: "$149"."""
    return money(value, currency)
