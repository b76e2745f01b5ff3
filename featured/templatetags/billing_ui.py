"""Tags of the billing pages."""

from __future__ import annotations

from django import template

from featured.money import money

register = template.Library()
register.filter("money", money)
