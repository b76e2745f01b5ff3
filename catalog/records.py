"""A tool as a record (catalog/data/README.md) and back: one shape for seed files, export, change log and diff."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from catalog import launch
from catalog.choices import SaidBy, Status
from catalog.models import AlsoIn, Category, Interface, Plan, Tool
from catalog.text import fold

Record = dict[str, Any]

# The order in which a record's fields stand in a file.
FIELDS = [
    "slug",
    "name",
    "vendor",
    "homepage",
    "tagline",
    "description",
    "kind",
    "category",
    "also",
    "pricing",
    "plans",
    "licence",
    "launched",
    "launched_said_by",
    "platforms",
    "modality",
    "tags",
    "links",
    "interfaces",
    "status",
    "note",
    "listed",
]
LINKS = ("docs", "repo", "pricing", "api", "status")
PLAN_FIELDS = ("name", "amount", "currency", "period", "unit", "seen")
# The seed was listed by the editors on this day; a record of another day says so in `listed`.
SEED_LISTED_ON = dt.date(2026, 11, 25)

# Which fields of a record are facts that somebody states (they get provenance), and where a record says who.
FACTS = ("homepage", "vendor", "kind", "category", "pricing", "licence", "launched", "platforms", "modality")


def with_record_rows(tools: Any) -> Any:
    """Fetch along all that `record_of` reads, in a constant number of queries."""
    return tools.select_related("category__parent").prefetch_related(
        "alsoin_set__category__parent", "interfaces", "plans", "facts"
    )


def path_of(category: Category) -> str:
    """Return "parent/child" for a sub-category, "parent" for an upper one."""
    return f"{category.parent.slug}/{category.slug}" if category.parent else category.slug


def record_of(tool: Tool) -> Record:
    """Return the tool as a record; fields that are not known are left out (as in the files)."""
    facts = {fact.field: fact.said_by for fact in tool.facts.all()}
    also = sorted(tool.alsoin_set.all(), key=lambda row: row.position)
    links = {name: getattr(tool, f"{name}_url") for name in LINKS}
    found: Record = {
        "slug": tool.slug,
        "name": tool.name,
        "vendor": tool.vendor,
        "homepage": tool.homepage,
        "tagline": tool.tagline,
        "description": tool.description,
        "kind": tool.kind,
        "category": path_of(tool.category),
        "also": [path_of(row.category) for row in also],
        "pricing": {
            "access": tool.access,
            "model": list(tool.price_model),
            "source": tool.source,
            "said_by": facts.get("pricing", SaidBy.NONE.value),
        },
        "plans": [_plan_record(plan) for plan in tool.plans.all()],
        "licence": tool.licence,
        "launched": tool.launched,
        "launched_said_by": facts.get("launched", "") if tool.launched else "",
        "platforms": list(tool.platforms),
        "modality": {k: list(v) for k, v in tool.modality.items()} if any(tool.modality.values()) else {},
        "tags": list(tool.tags),
        "links": {name: url for name, url in links.items() if url},
        "interfaces": [_interface_record(row) for row in tool.interfaces.all()],
        "status": "" if tool.status == Status.ACTIVE else tool.status,
        "note": tool.note,
        "listed": "" if tool.listed_on == SEED_LISTED_ON else tool.listed_on.isoformat(),
    }
    return {name: found[name] for name in FIELDS if found[name] not in ("", [], {})}


def _interface_record(row: Interface) -> Record:
    values = {name: getattr(row, name) for name in Interface.FIELDS}
    if values["said_by"] == SaidBy.LIST:
        values["said_by"] = ""
    return {"kind": row.kind, **{name: value for name, value in values.items() if value}}


def _plan_record(plan: Plan) -> Record:
    values = {
        "name": plan.name,
        "amount": f"{plan.amount.normalize():f}",
        "currency": plan.currency,
        "period": plan.period,
        "unit": plan.unit,
        "seen": plan.seen_on.isoformat(),
    }
    return {name: value for name, value in values.items() if value}


def columns(record: Record, categories: dict[str, Category]) -> dict[str, Any]:
    """Return the values of Tool's own columns for a valid record.

    `categories` maps slugs of sub-categories to rows. Raises KeyError for an unknown category.
    """
    pricing, modality, links = record["pricing"], record.get("modality", {}), record.get("links", {})
    values: dict[str, Any] = {
        name: record.get(name, "")
        for name in ("slug", "name", "vendor", "homepage", "tagline", "kind", "licence", "launched", "note")
    }
    values |= {
        "description": record["description"].strip(),
        "category": categories[record["category"].split("/")[-1]],
        "access": pricing["access"],
        "price_model": pricing["model"],
        "source": pricing["source"],
        "platforms": record.get("platforms", []),
        "modality_in": modality.get("in", []),
        "modality_out": modality.get("out", []),
        "tags": record["tags"],
        "status": record.get("status", Status.ACTIVE.value),
        "listed_on": dt.date.fromisoformat(record["listed"]) if record.get("listed") else SEED_LISTED_ON,
        **{f"{name}_url": links.get(name, "") for name in LINKS},
    }
    return values


def derive(tool: Tool) -> None:
    """Fill the columns that follow from others: the sorting name and the launch period."""
    tool.sort_name = fold(tool.name)[:100]
    tool.description = "\n".join(tool.description.splitlines()).strip()  # browsers send CR LF
    tool.launched_on, tool.launched_until = launch.period(tool.launched) if tool.launched else (None, None)


def also_rows(tool: Tool, record: Record, categories: dict[str, Category]) -> list[AlsoIn]:
    """Return the unsaved rows for the record's further sub-categories."""
    return [
        AlsoIn(tool=tool, category=categories[path.split("/")[-1]], position=position)
        for position, path in enumerate(record.get("also", []))
    ]


def interface_rows(tool: Tool, record: Record) -> list[Interface]:
    """Return the unsaved rows for the record's interfaces."""
    return [
        Interface(tool=tool, position=position, **{"said_by": SaidBy.LIST.value, **row})
        for position, row in enumerate(record.get("interfaces", []))
    ]


def plan_rows(tool: Tool, record: Record) -> list[Plan]:
    """Return the unsaved rows for the record's plans."""
    rows = []
    for position, row in enumerate(record.get("plans", [])):
        values = {name: row[name] for name in ("name", "currency", "period", "unit") if name in row}
        seen = dt.date.fromisoformat(row["seen"])
        rows.append(Plan(tool=tool, position=position, amount=Decimal(str(row["amount"])), seen_on=seen, **values))
    return rows


def said_by(record: Record, field: str) -> str:
    """Return who states this field of the record."""
    if field == "pricing":
        return str(record["pricing"].get("said_by", SaidBy.NONE))
    if field == "launched":
        return str(record.get("launched_said_by", SaidBy.EDITOR))
    return SaidBy.EDITOR.value


def known_facts(record: Record) -> Iterable[str]:
    """Yield the fact fields that the record states."""
    return (field for field in FACTS if record.get(field) not in (None, "", [], {}))


def differences(before: Record, after: Record) -> dict[str, list[Any]]:
    """Return {field: [before, after]} for every field that differs (None = absent)."""
    return {name: [before.get(name), after.get(name)] for name in FIELDS if before.get(name) != after.get(name)}
