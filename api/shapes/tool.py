"""One tool with all that is needed to wire it in: interfaces, prices, who says each fact, and whether it answers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from rest_framework import serializers

from api.rendering import day, moment
from api.shapes.tools import Row, ToolSummaryShape, tool_summary
from catalog import choices, pricing
from catalog.index import words_of
from catalog.models import Fact, Interface, Plan, Tool
from catalog.records import FACTS, LINKS, path_of
from verification.interface_states import subjects
from verification.judgement.judge import State
from verification.models import Endpoint

# after how long a fact is due to be looked at again (docs/curation.md)
LASTS, LASTS_ELSE = {"pricing": pricing.RECHECK_AFTER}, dt.timedelta(days=365)
ANSWERS = [one.value for one in State]


class PlanShape(serializers.Serializer[Any]):
    """A price that somebody has seen."""

    name = serializers.CharField()
    amount = serializers.CharField(help_text="decimal")
    currency = serializers.CharField(help_text="ISO 4217")
    period = serializers.ChoiceField(choices=Plan.Period.values)
    unit = serializers.CharField(allow_null=True, help_text="what one pays for, where the period is “unit”")
    seen_on = serializers.DateField(help_text="when the price page was read")
    stale = serializers.BooleanField(help_text="seen more than 180 days ago")


class WorksShape(serializers.Serializer[Any]):
    """Whether an address answered when it was looked at. Not watched, or not known: “unknown”."""

    state = serializers.ChoiceField(choices=ANSWERS)
    since = serializers.DateTimeField(allow_null=True)
    looked_at = serializers.DateTimeField(allow_null=True, help_text="the last look that could tell")


class InterfaceShape(serializers.Serializer[Any]):
    """A way for a program to reach a tool. What is not known is null, never guessed."""

    id = serializers.CharField(help_text="unique within the tool: its kind, numbered from the second on")
    kind = serializers.ChoiceField(choices=choices.InterfaceKind.values)
    base_url = serializers.CharField(allow_null=True)
    url = serializers.CharField(allow_null=True)
    registry = serializers.ChoiceField(choices=[*choices.Registry.values], allow_null=True)
    package = serializers.CharField(allow_null=True)
    image = serializers.CharField(allow_null=True)
    install = serializers.CharField(allow_null=True, help_text="the command that installs the package")
    docs = serializers.CharField(allow_null=True)
    openapi = serializers.CharField(allow_null=True)
    auth = serializers.ChoiceField(choices=choices.Auth.values, allow_null=True)
    env = serializers.CharField(allow_null=True, help_text="the variable that the vendor's own SDK reads")
    said_by = serializers.ChoiceField(choices=choices.SaidBy.values)
    works = WorksShape()


class FactShape(serializers.Serializer[Any]):
    """Who says what a field of the tool states."""

    field = serializers.ChoiceField(choices=[*FACTS])
    said_by = serializers.ChoiceField(choices=choices.SaidBy.values)
    said_on = serializers.DateField()
    evidence = serializers.CharField(allow_null=True, help_text="an address that shows it")
    look_again_on = serializers.DateField(help_text="when it is due to be looked at again")


class LinksShape(serializers.Serializer[Any]):
    """Pages of the vendor."""

    docs = serializers.CharField(allow_null=True)
    repo = serializers.CharField(allow_null=True)
    pricing = serializers.CharField(allow_null=True)
    api = serializers.CharField(allow_null=True)
    status = serializers.CharField(allow_null=True)


class ToolShape(ToolSummaryShape):
    """One tool."""

    description = serializers.CharField()
    links = LinksShape()
    plans = PlanShape(many=True)
    interfaces = InterfaceShape(many=True)
    facts = FactShape(many=True)
    status = serializers.ChoiceField(choices=[one.value for one in choices.LISTED])


class ToolListedShape(ToolSummaryShape):
    """A tool in a list, with what `expand` names."""

    plans = PlanShape(many=True, required=False)
    interfaces = InterfaceShape(many=True, required=False)
    facts = FactShape(many=True, required=False)


def tool(row: Tool, endpoints: Mapping[str, Endpoint], today: dt.date) -> dict[str, Any]:
    """Return a tool fetched by `with_record_rows`. `endpoints`: what is watched of it, by subject."""
    return {
        **tool_summary(row_of(row)),
        "description": row.description,
        "links": {name: getattr(row, f"{name}_url") or None for name in LINKS},
        "plans": [plan(one, today) for one in row.plans.all()],
        "interfaces": interfaces(row, endpoints),
        "facts": facts(row),
        "status": row.status,
    }


def row_of(row: Tool) -> Row:
    """Return what lists read of a tool, from its rows: also of one that lists leave out."""
    also = sorted(row.alsoin_set.all(), key=lambda one: one.position)
    cheapest = pricing.cheapest(row)
    columns = {name: getattr(row, name) for name in Row._fields[: Row._fields.index("facets")]}
    return Row(
        **columns,
        facets=sorted(set(words_of(row))),
        category=path_of(row.category),
        also_in=[path_of(one.category) for one in also],
        price_from=[str(cheapest.amount), cheapest.currency, cheapest.period] if cheapest else None,
    )


def plan(row: Plan, today: dt.date) -> dict[str, Any]:
    """Return a plan."""
    return {
        "name": row.name,
        "amount": f"{row.amount.normalize():f}",
        "currency": row.currency,
        "period": row.period,
        "unit": row.unit or None,
        "seen_on": day(row.seen_on),
        "stale": pricing.needs_recheck(row.seen_on, today),
    }


def named_interfaces(row: Tool) -> list[tuple[str, Interface]]:
    """Return the interfaces of a tool with their names: the kind, numbered from the second of its kind on."""
    found: list[tuple[str, Interface]] = []
    for one in row.interfaces.all():
        before = sum(1 for _, other in found if other.kind == one.kind)
        found.append((f"{one.kind}-{before + 1}" if before else one.kind, one))
    return found


def interfaces(row: Tool, endpoints: Mapping[str, Endpoint]) -> list[dict[str, Any]]:
    """Return the interfaces of a tool, each with an id and whether it answers."""
    return [_interface(one, name, endpoints) for name, one in named_interfaces(row)]


def _interface(row: Interface, name: str, endpoints: Mapping[str, Endpoint]) -> dict[str, Any]:
    known = ("base_url", "url", "registry", "package", "image", "install", "docs", "openapi", "auth", "env")
    return {
        "id": name,
        "kind": row.kind,
        **{field: getattr(row, field) or None for field in known},
        "said_by": row.said_by,
        "works": works(watched(row, endpoints)),
    }


def watched(row: Interface, endpoints: Mapping[str, Endpoint]) -> Endpoint | None:
    """Return the watched address of an interface, of several the first; None where none is watched."""
    return min((endpoints[one] for one in subjects(row) if one in endpoints), key=lambda one: one.pk, default=None)


def works(endpoint: Endpoint | None) -> dict[str, Any]:
    """Return whether an address answers; nothing is watched: unknown."""
    if endpoint is None:
        return {"state": State.UNKNOWN.value, "since": None, "looked_at": None}
    since = endpoint.down_since or endpoint.since
    return {"state": endpoint.state, "since": moment(since), "looked_at": moment(endpoint.known_at)}


def facts(row: Tool) -> list[dict[str, Any]]:
    """Return who says the facts of a tool, in the order of the record."""
    said = {one.field: one for one in row.facts.all()}
    return [fact(said[name]) for name in FACTS if name in said]


def fact(row: Fact) -> dict[str, Any]:
    """Return who says a fact, and until when that is fresh."""
    return {
        "field": row.field,
        "said_by": row.said_by,
        "said_on": day(row.said_on),
        "evidence": row.evidence or None,
        "look_again_on": day(row.said_on + LASTS.get(row.field, LASTS_ELSE)),
    }
