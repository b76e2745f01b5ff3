"""The manifest of a tool, made of its rows. What is not known is left out, never guessed."""

from __future__ import annotations

import re
from typing import Any

from api.shapes.tool import named_interfaces
from catalog import pricing
from catalog.choices import Auth
from catalog.models import Interface, Plan, Tool
from catalog.records import LINKS, path_of
from core.site import absolute

SCHEMA = "/schemas/manifest/2026-12-01.json"
METER = re.compile(r"(?:(?P<per>[\d.,]+)\s*(?P<many>million|thousand|[km])?\s+)?(?P<what>[a-z ]+?)s?", re.IGNORECASE)
MANY = {"": 1, "thousand": 1_000, "k": 1_000, "million": 1_000_000, "m": 1_000_000}
UNITS = {
    "request": "request", "call": "request", "input token": "input_token", "output token": "output_token",
    "cached input token": "cached_input_token", "image": "image", "second": "second", "minute": "minute",
    "character": "character", "page": "page", "gb": "gb", "seat": "seat", "user": "seat", "credit": "credit",
}  # fmt: skip
WHERE = {  # where the field of a record that somebody states stands here
    "homepage": "/homepage", "vendor": "/vendor", "kind": "/kind", "category": "/categories", "pricing": "/pricing",
    "licence": "/licence", "launched": "/launched", "platforms": "/platforms", "modality": "/modalities",
}  # fmt: skip


def manifest(tool: Tool) -> dict[str, Any]:
    """Return what a tool's listing says, without the number of its version; fetched by `with_record_rows`.

    Nothing of what verification sees stands in it: that changes every hour, and a manifest stays as it is.
    """
    interfaces = named_interfaces(tool)
    schemes = _schemes(row for _, row in interfaces)
    links = {name: url for name in LINKS if (url := getattr(tool, f"{name}_url"))}
    also = sorted(tool.alsoin_set.all(), key=lambda row: row.position)
    known: dict[str, Any] = {
        "vendor": tool.vendor,
        "licence": tool.licence,
        "launched": tool.launched,
        "platforms": list(tool.platforms),
        "modalities": {name: list(found) for name, found in tool.modality.items() if found},
        "links": links,
        "interfaces": [_interface(name, row, schemes) for name, row in interfaces],
        "authSchemes": {name: _scheme(kind, env) for (kind, env), name in schemes.items()},
    }
    found = {
        "$schema": absolute(SCHEMA),
        "tool": tool.slug,
        "name": tool.name,
        "tagline": tool.tagline,
        "description": tool.description,
        "homepage": tool.homepage,
        "kind": tool.kind,
        "status": tool.status,
        "categories": [path_of(tool.category), *(path_of(row.category) for row in also)],
        "tags": list(tool.tags),
        "pricing": _pricing(tool),
        **{name: value for name, value in known.items() if value},
    }
    return found | {"provenance": _provenance(tool, found)}


def _interface(name: str, row: Interface, schemes: dict[tuple[str, str], str]) -> dict[str, Any]:
    names = {"base_url": "baseUrl", "url": "url", "image": "image", "docs": "docs", "openapi": "openapi"}
    found: dict[str, Any] = {"id": name, "kind": row.kind}
    found |= {said: value for field, said in names.items() if (value := getattr(row, field))}
    if row.package:
        found["package"] = {"name": row.package} | ({"registry": row.registry} if row.registry else {})
    if row.install:
        found["install"] = row.install
    if row.env and row.auth in {"", Auth.NONE}:
        found["environment"] = [row.env]
    if row.auth:
        found["auth"] = [] if row.auth == Auth.NONE else [schemes[row.auth, row.env]]
    return found


def _schemes(rows: Any) -> dict[tuple[str, str], str]:
    """Return the names of the ways to sign in, by kind and variable: the kind, numbered from the second on."""
    found: dict[tuple[str, str], str] = {}
    for row in rows:
        if row.auth not in {"", Auth.NONE} and (row.auth, row.env) not in found:
            before = sum(1 for kind, _ in found if kind == row.auth)
            found[row.auth, row.env] = f"{row.auth}-{before + 1}" if before else row.auth
    return found


def _scheme(kind: str, env: str) -> dict[str, str]:
    return {"type": kind} | ({"env": env} if env else {})


def _pricing(tool: Tool) -> dict[str, Any]:
    plans, meters = [], []
    for row in tool.plans.all():
        price = {"name": row.name, "currency": row.currency, "seenOn": row.seen_on.isoformat()}
        amount = f"{row.amount.normalize():f}"
        if row.period == Plan.Period.UNIT:
            meters.append(price | {"price": amount} | _meter(row.unit))
        else:
            plans.append(price | {"amount": amount, "period": row.period})
    found: dict[str, Any] = {"label": pricing.label(tool), "access": tool.access, "source": tool.source}
    more = {"models": list(tool.price_model), "plans": plans, "meters": meters}
    return found | {name: value for name, value in more.items() if value}


def _meter(unit: str) -> dict[str, str]:
    """Return what a price per unit counts, and per how many: "1,000 characters" is character, per 1000."""
    match = METER.fullmatch(unit.strip().removeprefix("per "))
    what = UNITS.get(match["what"].lower()) if match else None
    if match is None or what is None:
        return {"unit": "other", "per": "1", "told": unit or "not said"}
    number = (match["per"] or "1").replace(",", "")
    if not number.isdigit():
        return {"unit": "other", "per": "1", "told": unit}
    return {"unit": what, "per": str(int(number) * MANY[(match["many"] or "").lower()])}


def _provenance(tool: Tool, found: dict[str, Any]) -> dict[str, dict[str, str]]:
    """Return who says what, by JSON pointer: facts of the listing, its interfaces and its prices."""
    said = {
        WHERE[row.field]: {"by": row.said_by, "on": row.said_on.isoformat()}
        | ({"evidence": row.evidence} if row.evidence else {})
        for row in sorted(tool.facts.all(), key=lambda row: row.field)
        if row.field in WHERE and WHERE[row.field][1:] in found
    }
    said |= {f"/interfaces/{number}": {"by": row.said_by} for number, row in enumerate(tool.interfaces.all())}
    return said
