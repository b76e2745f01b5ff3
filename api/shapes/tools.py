"""A tool in a list, as a serializer that describes it and a function that makes it of one row of a plain statement."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from rest_framework import serializers

from api.rendering import day, moment
from catalog import choices
from catalog.choices import InterfaceKind, PricingLabel
from catalog.index import UNKNOWN
from core.site import absolute

YES_NO = ("yes", "no", UNKNOWN)
SEEN = [one or "not_checked" for one in choices.Seen.values]


class PriceFromShape(serializers.Serializer[Any]):
    """The lowest price per month that was seen; a yearly price counts a twelfth."""

    amount = serializers.CharField(help_text="decimal, as it was seen")
    currency = serializers.CharField(help_text="ISO 4217")
    period = serializers.ChoiceField(choices=["month", "year"])


class PricingShape(serializers.Serializer[Any]):
    """What a tool costs, in four words of closed lists and the lowest price that was seen."""

    label = serializers.ChoiceField(  # type: ignore[assignment]  # its name, not the field's label
        choices=PricingLabel.values, help_text="derived from the other three"
    )
    access = serializers.ChoiceField(choices=choices.Access.values)
    model = serializers.ListField(child=serializers.ChoiceField(choices=choices.PriceModel.values))
    source = serializers.ChoiceField(choices=choices.Source.values)  # type: ignore[assignment]
    price_from = PriceFromShape(allow_null=True)


class StandingShape(serializers.Serializer[Any]):
    """What verification says of a tool at this moment: a level with its date, and how it was seen last."""

    level = serializers.IntegerField(min_value=0, max_value=5)
    name = serializers.ChoiceField(choices=[one.lower() for one in choices.LEVELS])
    since = serializers.DateTimeField(allow_null=True, help_text="since when it has this level")
    seen = serializers.ChoiceField(choices=SEEN, help_text="at the last look")
    checked_at = serializers.DateTimeField(allow_null=True, help_text="when that was")
    away = serializers.ChoiceField(choices=[one or "no" for one in choices.Away.values])


class ToolSummaryShape(serializers.Serializer[Any]):
    """A tool in a list."""

    slug = serializers.SlugField()
    name = serializers.CharField()
    vendor = serializers.CharField(allow_null=True, help_text="null: it goes by the name of the tool")
    tagline = serializers.CharField()
    kind = serializers.ChoiceField(choices=choices.Kind.values)
    homepage = serializers.URLField()
    category = serializers.CharField(help_text="category/sub-category")
    also_in = serializers.ListField(child=serializers.CharField())
    pricing = PricingShape()
    licence = serializers.CharField(allow_null=True, help_text="SPDX expression")
    launched = serializers.CharField(allow_null=True, help_text="as exactly as it is known: 2026, 2026-03, 2026-03-31")
    listed_on = serializers.DateField()
    platforms = serializers.ListField(child=serializers.ChoiceField(choices=choices.Platform.values))
    input = serializers.ListField(child=serializers.ChoiceField(choices=choices.Modality.values))
    output = serializers.ListField(child=serializers.ChoiceField(choices=choices.Modality.values))
    tags = serializers.ListField(child=serializers.CharField())
    interface_kinds = serializers.ListField(child=serializers.ChoiceField(choices=InterfaceKind.values))
    auth = serializers.ListField(child=serializers.ChoiceField(choices=choices.Auth.values))
    has_api = serializers.ChoiceField(choices=YES_NO)
    has_mcp = serializers.ChoiceField(choices=YES_NO)
    self_hosted = serializers.ChoiceField(choices=YES_NO)
    verification = StandingShape()
    logo = serializers.URLField(allow_null=True)
    url = serializers.URLField(help_text="its page")
    changed_at = serializers.DateTimeField(help_text="when its listing changed last")


FIELDS = tuple(ToolSummaryShape().fields)
for _name in FIELDS:  # `fields` leaves out what it does not name, but the slug
    ToolSummaryShape._declared_fields[_name]._kwargs["required"] = _name == "slug"  # type: ignore[attr-defined]


class Row(NamedTuple):
    """What COLUMNS select: the columns of a tool, its words in the index, its categories and its lowest price.

    COLUMNS give the keys of categories; who reads them puts "category/sub-category" in their place.
    """

    id: int
    slug: str
    name: str
    vendor: str
    tagline: str
    kind: str
    homepage: str
    access: str
    price_model: list[str]
    source: str
    licence: str
    launched: str
    listed_on: dt.date
    platforms: list[str]
    modality_in: list[str]
    modality_out: list[str]
    tags: list[str]
    level: int
    level_since: dt.datetime | None
    seen: str
    checked_at: dt.datetime | None
    away: str
    logo_key: str
    changed_at: dt.datetime
    facets: list[str]
    category: str
    also_in: list[str]
    price_from: list[str] | None


COLUMNS = """
t.id, t.slug, t.name, t.vendor, t.tagline, t.kind, t.homepage, t.access, t.price_model, t.source, t.licence, t.launched,
t.listed_on, t.platforms, t.modality_in, t.modality_out, t.tags, t.level, t.level_since, t.seen, t.checked_at, t.away,
t.logo_key, t.changed_at, i.facets,
t.category_id, (SELECT array_agg(a.category_id ORDER BY a.position) FROM catalog_alsoin a WHERE a.tool_id = t.id),
(SELECT ARRAY[amount::text, currency, period] FROM catalog_plan
 WHERE tool_id = t.id AND amount > 0 AND period IN ('month', 'year')
 ORDER BY CASE period WHEN 'year' THEN amount / 12 ELSE amount END, position, id LIMIT 1)
"""


def tool_summary(row: Row) -> dict[str, Any]:
    """Return a tool in a list."""
    words: dict[str, list[str]] = {}
    for word in row.facets:
        name, _, value = word.partition(":")
        words.setdefault(name, []).append(value)
    return {
        "slug": row.slug,
        "name": row.name,
        "vendor": row.vendor or None,
        "tagline": row.tagline,
        "kind": row.kind,
        "homepage": row.homepage,
        "category": row.category,
        "also_in": row.also_in,
        "pricing": {
            "label": words["pricing"][0],
            "access": row.access,
            "model": row.price_model,
            "source": row.source,
            "price_from": _price(row.price_from),
        },
        "licence": row.licence or None,
        "launched": row.launched or None,
        "listed_on": day(row.listed_on),
        "platforms": row.platforms,
        "input": row.modality_in,
        "output": row.modality_out,
        "tags": row.tags,
        "interface_kinds": _known(words, "interface"),
        "auth": _known(words, "auth"),
        "has_api": words["has_api"][0],
        "has_mcp": words["has_mcp"][0],
        "self_hosted": words["self_hosted"][0],
        "verification": {
            "level": row.level,
            "name": LEVEL_NAMES[row.level],
            "since": moment(row.level_since),
            "seen": row.seen or SEEN[0],
            "checked_at": moment(row.checked_at),
            "away": row.away or "no",
        },
        "logo": absolute(f"/tools/{row.slug}/logo-{row.logo_key}.png") if row.logo_key else None,
        "url": absolute(f"/tools/{row.slug}/"),
        "changed_at": moment(row.changed_at),
    }


LEVEL_NAMES = [one.lower() for one in choices.LEVELS]


def _known(words: Mapping[str, Sequence[str]], name: str) -> list[str]:
    return [value for value in words[name] if value != UNKNOWN]


def _price(found: list[str] | None) -> dict[str, str] | None:
    if found is None:
        return None
    amount, currency, period = found
    return {"amount": f"{Decimal(amount).normalize():f}", "currency": currency, "period": period}
