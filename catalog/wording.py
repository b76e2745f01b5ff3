"""A record in words: how its fields are called, and what stands in them, for forms, differences and the change log."""

from __future__ import annotations

import re
from typing import Any

from catalog import choices
from catalog.models import Category
from catalog.records import FIELDS, LINKS, PLAN_FIELDS, Record, differences

LABELS = {
    "homepage": "Home page",
    "name": "Name",
    "vendor": "Who makes it",
    "tagline": "Tagline",
    "description": "Description",
    "kind": "Kind",
    "category": "Category",
    "also": "Further categories",
    "pricing": "Price",
    "pricing.access": "How one starts to use it",
    "pricing.model": "What is charged for",
    "pricing.source": "Source",
    "plans": "Plans",
    "licence": "Licence",
    "launched": "Launched",
    "platforms": "Where it runs",
    "modality": "Input and output",
    "modality.in": "What goes in",
    "modality.out": "What comes out",
    "tags": "Tags",
    "links": "Links",
    "links.docs": "Documentation",
    "links.repo": "Source code",
    "links.pricing": "Price page",
    "links.api": "API documents",
    "links.status": "Status page",
    "interfaces": "Interfaces",
    "slug": "Address here",
    "status": "State",
}
PARTS = {
    "url": "address",
    "base_url": "base address",
    "docs": "documentation",
    "openapi": "OpenAPI document",
    "registry": "registry",
    "package": "package",
    "image": "image",
    "auth": "sign-in",
    "env": "environment variable",
    "kind": "kind",
    "amount": "amount",
    "currency": "currency",
    "period": "period",
    "unit": "unit",
    "seen": "day seen",
    "name": "name",
}
LISTED = {
    "kind": choices.Kind,
    "pricing.access": choices.Access,
    "pricing.model": choices.PriceModel,
    "pricing.source": choices.Source,
    "platforms": choices.Platform,
    "modality.in": choices.Modality,
    "modality.out": choices.Modality,
}
SPLIT = {
    "pricing": ("access", "model", "source"),
    "modality": ("in", "out"),
    "links": LINKS,
}
ROW = re.compile(r"(?P<list>[a-z]+)\[(?P<at>\d+)\](?:\.(?P<part>\w+))?")


def label(name: str) -> str:
    """Return how a field of a record, or a part of one ("interfaces[1].url"), is called on pages."""
    row = ROW.fullmatch(name)
    if row is None:
        return LABELS.get(name, name)
    kind = {"plans": "Plan", "interfaces": "Interface", "tags": "Tag", "also": "Further category"}.get(row["list"])
    which = f"{kind or LABELS.get(row['list'], row['list'])} {int(row['at']) + 1}"
    return f"{which}, {PARTS.get(row['part'], row['part'])}" if row["part"] else which


def words(name: str, value: Any) -> str:
    """Return a value of a record as text: closed lists by their labels, rows one on a line; "" for nothing."""
    if value in (None, "", [], {}):
        return ""
    if name in LISTED:
        named = dict(LISTED[name].choices)
        return ", ".join(str(named.get(one, one)) for one in (value if isinstance(value, list) else [value]))
    if name == "plans":
        return "\n".join(_plan(row) for row in value)
    if name == "interfaces":
        return "\n".join(_interface(row) for row in value)
    if name in {"category", "also"}:
        return _places([str(one) for one in (value if isinstance(value, list) else [value])])
    if isinstance(value, list):
        return ", ".join(map(str, value))
    if isinstance(value, dict):
        return "\n".join(f"{key}: {words('', one)}" for key, one in value.items())
    return str(value)


def _places(paths: list[str]) -> str:
    """Return sub-categories by their names, as the form offers them; an unknown one as it is written. One statement."""
    names = dict(Category.objects.filter(slug__in=[path.split("/")[-1] for path in paths]).values_list("slug", "name"))
    return "\n".join(names.get(path.split("/")[-1], path) for path in paths)


def _plan(row: Any) -> str:
    if not isinstance(row, dict):
        return str(row)
    said = {name: str(row[name]) for name in PLAN_FIELDS if row.get(name)}
    period = said.get("period", "")
    each = {"month": "per month", "year": "per year", "unit": f"per {said.get('unit', 'unit')}"}.get(period, period)
    price = " ".join(filter(None, (said.get("amount"), said.get("currency"), each)))
    return " · ".join(filter(None, (said.get("name"), price, f"seen {said['seen']}" if "seen" in said else "")))


def _interface(row: Any) -> str:
    if not isinstance(row, dict):
        return str(row)
    said = {name: str(row[name]) for name in dict.fromkeys(("kind", *PARTS)) if row.get(name)}
    for name, choice in (("kind", choices.InterfaceKind), ("auth", choices.Auth), ("registry", choices.Registry)):
        if name in said:
            said[name] = str(dict(choice.choices).get(said[name], said[name]))
    if "auth" in said:
        said["auth"] = f"sign-in: {said['auth']}"
    if "openapi" in said:
        said["openapi"] = f"OpenAPI: {said['openapi']}"
    return " · ".join(said.values())


def difference(before: Record, after: Record) -> list[dict[str, str]]:
    """Return what differs between two records, or parts of them, in words and in the order of fields.

    One entry for each field or part of one: {"name", "label", "before", "after"}.
    """
    found = differences(before, after)
    rows = []
    for name in (name for name in FIELDS if name in found):
        for path in paths(name):
            old, new = (words(path, value_at(one, path)) for one in (before, after))
            if old != new:
                rows.append({"name": path, "label": label(path), "before": old, "after": new})
    return rows


def paths(name: str) -> list[str]:
    """Return the parts of a field that are told one by one ("links.docs"), or the field itself."""
    return [f"{name}.{part}" for part in SPLIT[name]] if name in SPLIT else [name]


def value_at(record: Record, name: str) -> Any:
    """Return what stands at a field or inside of one ("links.docs"); None where nothing does."""
    found: Any = record
    for part in name.split("."):
        found = found.get(part) if isinstance(found, dict) else None
    return found
