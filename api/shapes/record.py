"""A record as a program sends it: what the document says of it. Read by submissions/record_parts.py."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from catalog import choices
from catalog.records import LINKS


def _line(told: str = "") -> serializers.CharField:
    return serializers.CharField(required=False, allow_null=True, allow_blank=True, help_text=told)


def _one_of(values: Iterable[str]) -> serializers.CharField:
    """A draft keeps other values too, and says that they cannot be: so no enumeration."""
    return _line(f"one of {', '.join(values)}")


def _lines(told: str) -> serializers.ListField:
    return serializers.ListField(child=serializers.CharField(), required=False, allow_null=True, help_text=told)


class RecordPricingShape(serializers.Serializer[Any]):
    """How one can start to use it, what is charged for, whether its source is open."""

    access = _one_of(choices.Access.values)
    model = _lines(f"what is charged for: any of {', '.join(choices.PriceModel.values)}")
    source = _one_of(choices.Source.values)  # type: ignore[assignment]  # its name, not the field's source


class RecordPlanShape(serializers.Serializer[Any]):
    """A price, as it stands on the price page."""

    name = _line()
    amount = _line("a decimal: 20, 0.015")
    currency = _line("ISO 4217: USD")
    period = _one_of(("month", "year", "once", "unit"))
    unit = _line("of a price for each unit: page")
    seen = _line("the day on which it was read: 2026-11-01")


class RecordInterfaceShape(serializers.Serializer[Any]):
    """How a program reaches it."""

    kind = _one_of(choices.InterfaceKind.values)
    url = _line()
    base_url = _line()
    registry = _one_of(choices.Registry.values)
    package = _line()
    image = _line("of a container")
    docs = _line()
    openapi = _line()
    auth = _one_of(choices.Auth.values)
    env = _line("the variable in which clients keep the key")


class RecordLinksShape(serializers.Serializer[Any]):
    """Further pages of it."""


for _name in LINKS:
    RecordLinksShape._declared_fields[_name] = _line()


class RecordModalityShape(serializers.Serializer[Any]):
    """What it takes and what it makes."""


for _name in ("in", "out"):
    RecordModalityShape._declared_fields[_name] = _lines(f"any of {', '.join(choices.Modality.values)}")


class RecordShape(serializers.Serializer[Any]):
    """What is stated of a tool. A draft may lack anything; `problems` say what keeps it from being sent."""

    name = _line()
    vendor = _line()
    homepage = _line("https://…")
    tagline = _line("20 to 90 characters, no full stop at the end")
    description = _line("35 to 90 words: what it does, for whom, and a limit")
    kind = _one_of(choices.Kind.values)
    category = _line("category/sub-category: /api/v1/categories has all")
    also = _lines("up to three further sub-categories")
    pricing = RecordPricingShape(required=False, allow_null=True)
    plans = serializers.ListField(child=RecordPlanShape(), required=False, allow_null=True)
    licence = _line("SPDX: Apache-2.0")
    launched = _line("2026, 2026-11 or 2026-11-01")
    platforms = _lines(f"any of {', '.join(choices.Platform.values)}")
    modality = RecordModalityShape(required=False, allow_null=True)
    tags = _lines("three to six words, lower-case, hyphenated")
    links = RecordLinksShape(required=False, allow_null=True)
    interfaces = serializers.ListField(child=RecordInterfaceShape(), required=False, allow_null=True)


@extend_schema_field(RecordShape)
class RecordField(serializers.DictField):
    """A record in a body: any object here, `record_of` of the view says all that is wrong with it."""
