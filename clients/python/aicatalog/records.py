"""Tools of an export in the shapes that the API answers with. What an export cannot know is None or "unknown".

The rules are those of the site: docs/catalog.md says how the pricing label follows from access, model and source.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from aicatalog.shapes import Fact, Interface, Plan, PriceFrom, Tool

UNKNOWN = "unknown"
API_KINDS = {"rest", "graphql", "openai-compatible"}
MCP_KINDS = {"mcp-remote", "mcp-package"}
BINDING = {"subscription", "per_seat", "negotiated"}  # with one of these, usage is not all that is paid
STALE = dt.timedelta(days=180)  # after which a price is due to be looked at again
OLD = dt.timedelta(days=365)  # the same for all other facts
LINKS = ("docs", "repo", "pricing", "api", "status")
INTERFACE = ("base_url", "url", "registry", "package", "image", "docs", "openapi", "auth", "env")
FACTS = ("homepage", "vendor", "kind", "category", "pricing", "licence", "launched", "platforms", "modality")
INSTALLS = {
    "pypi": "pip install", "npm": "npm install", "go": "go get", "cargo": "cargo add", "homebrew": "brew install",
    "nuget": "dotnet add package", "rubygems": "gem install", "packagist": "composer require",
}  # fmt: skip
Record = dict[str, Any]


def tool(line: dict[str, Any], site: str, today: dt.date) -> Tool:
    """Return a line of tools.jsonl as /api/v1/tools/{slug} answers. Raises KeyError, TypeError, ValueError."""
    record: Record = line["record"]
    pricing, modality = record["pricing"], record.get("modality", {})
    words = words_of(record)
    links = record.get("links", {})
    return {
        "slug": record["slug"],
        "name": record["name"],
        "vendor": record.get("vendor"),
        "tagline": record["tagline"],
        "kind": record["kind"],
        "homepage": record["homepage"],
        "category": record["category"],
        "also_in": record.get("also", []),
        "pricing": {
            "label": words["pricing"][0],
            "access": pricing["access"],
            "model": pricing["model"],
            "source": pricing["source"],
            "price_from": price_from(record),
        },
        "licence": record.get("licence"),
        "launched": record.get("launched"),
        "listed_on": record.get("listed"),
        "platforms": record.get("platforms", []),
        "input": modality.get("in", []),
        "output": modality.get("out", []),
        "tags": record.get("tags", []),
        "interface_kinds": [one for one in words["interface"] if one != UNKNOWN],
        "auth": [one for one in words["auth"] if one != UNKNOWN],
        "has_api": words["has_api"][0],
        "has_mcp": words["has_mcp"][0],
        "self_hosted": words["self_hosted"][0],
        "verification": {
            "level": None, "name": UNKNOWN, "since": None, "seen": UNKNOWN, "checked_at": None, "away": UNKNOWN,
        },
        "logo": None,
        "url": f"{site}/tools/{record['slug']}/",
        "changed_at": None,
        "description": record["description"],
        "links": {name: links.get(name) for name in LINKS},
        "plans": [_plan(one, today) for one in record.get("plans", [])],
        "interfaces": _interfaces(record.get("interfaces", [])),
        "facts": sorted((_fact(one) for one in line.get("facts", [])), key=_place),
        "status": record.get("status", "active"),
    }  # fmt: skip


def words_of(record: Record) -> dict[str, list[str]]:
    """Return what a tool can be narrowed by: for each filter its values, “unknown” where none is on record."""
    interfaces = record.get("interfaces", [])
    kinds = {one["kind"] for one in interfaces}
    platforms, modality = record.get("platforms", []), record.get("modality", {})
    has_api = kinds & API_KINDS or "api" in platforms or record.get("links", {}).get("api")
    found = {
        "category": sorted(
            {slug for path in [record["category"], *record.get("also", [])] for slug in path.split("/")}
        ),
        "pricing": [label(record)],
        "access": [record["pricing"]["access"]],
        "model": record["pricing"]["model"],
        "source": [record["pricing"]["source"]],
        "kind": [record["kind"]],
        "interface": sorted(kinds),
        "auth": sorted({one["auth"] for one in interfaces if one.get("auth")}),
        "platform": platforms,
        "input": modality.get("in", []),
        "output": modality.get("out", []),
        "licence": [part for part in re.split(r" (?:AND|OR|WITH) |[()]", record.get("licence", "")) if part],
        "self_hosted": [_self_hosted(record, kinds)],
        "has_api": ["yes"] if has_api else [],
        "has_mcp": ["yes"] if record["kind"] == "mcp_server" or kinds & MCP_KINDS else [],
    }
    return {name: values or [UNKNOWN] for name, values in found.items()}


def _self_hosted(record: Record, kinds: set[str]) -> str:
    platforms = record.get("platforms", [])
    if "self-hosted" in platforms or "container" in kinds:
        return "yes"
    return "no" if platforms and record["pricing"]["source"] == "proprietary" else UNKNOWN


def label(record: Record) -> str:
    """Return the pricing label: the first that fits."""
    access, model, source = (record["pricing"][name] for name in ("access", "model", "source"))
    if access == "free":
        return "free-open-source" if source == "open_source" else "free"
    if access in {"free_tier", "trial"}:
        return "free-tier" if access == "free_tier" else "free-trial"
    if "usage" in model and not BINDING.intersection(model):
        return "pay-as-you-go"
    if price_from(record) is not None or access == "paid_only":
        return "paid"
    return "contact-sales" if access == "contact_sales" else UNKNOWN


def price_from(record: Record) -> PriceFrom | None:
    """Return the lowest price per month; a yearly one counts a twelfth."""
    priced = list(_monthly(record))
    if not priced:
        return None
    _, plan = min(priced, key=lambda one: one[0])
    return {"amount": _amount(plan["amount"]), "currency": plan["currency"], "period": plan["period"]}


def _monthly(record: Record) -> Iterator[tuple[Decimal, Record]]:
    for plan in record.get("plans", []):
        amount = Decimal(plan["amount"])
        if amount > 0 and plan["period"] in {"month", "year"}:
            yield (amount / 12 if plan["period"] == "year" else amount), plan


def _amount(text: str) -> str:
    return f"{Decimal(text).normalize():f}"


def _plan(plan: Record, today: dt.date) -> Plan:
    return {
        "name": plan["name"],
        "amount": _amount(plan["amount"]),
        "currency": plan["currency"],
        "period": plan["period"],
        "unit": plan.get("unit"),
        "seen_on": plan["seen"],
        "stale": today - dt.date.fromisoformat(plan["seen"]) > STALE,
    }


def _interfaces(rows: list[Record]) -> list[Interface]:
    """Return interfaces with their ids: the kind, numbered from the second of its kind on."""
    found: list[Interface] = []
    for one in rows:
        before = sum(1 for other in found if other["kind"] == one["kind"])
        row: Any = {
            "id": f"{one['kind']}-{before + 1}" if before else one["kind"],
            "kind": one["kind"],
            **{name: one.get(name) for name in INTERFACE},
            "install": _install(one),
            "said_by": one.get("said_by", "list"),
            "works": {"state": UNKNOWN, "since": None, "looked_at": None},
        }
        found.append(row)
    return found


def _install(one: Record) -> str | None:
    """Return the command that installs a package, None where there is none to give."""
    if one.get("image"):
        return f"docker pull {one['image']}"
    begins = INSTALLS.get(one.get("registry", ""))
    return f"{begins} {one['package']}" if begins and one.get("package") else None


def _place(fact: Fact) -> tuple[int, str]:
    return (FACTS.index(fact["field"]) if fact["field"] in FACTS else len(FACTS), fact["field"])


def _fact(fact: Record) -> Fact:
    lasts = STALE if fact["field"] == "pricing" else OLD
    return {
        "field": fact["field"],
        "said_by": fact["by"],
        "said_on": fact["on"],
        "evidence": fact.get("evidence"),
        "look_again_on": (dt.date.fromisoformat(fact["on"]) + lasts).isoformat(),
    }
