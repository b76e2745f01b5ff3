"""Listings are changed as people change them: each change is one finding; what matters to nobody is none."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any, cast

import pytest

from aicatalog.lock.comparing import Finding, compare
from aicatalog.lock.entries import entry as entry_of
from aicatalog.lock.shapes import Entry
from aicatalog.shapes import Pin
from aicatalog.source import Manifest
from api import pins
from api.manifests import keeping
from api.models import Manifest as Version
from catalog import services
from catalog.models import Category, Tool
from catalog.records import FIELDS, record_of, with_record_rows
from tests import make

pytestmark = pytest.mark.django_db
Record = dict[str, Any]
Change = Callable[[Record], Any]
RECORD: Record = {
    "slug": "one",
    "name": "One",
    "vendor": "One Inc",
    "homepage": "https://one.example.com",
    "tagline": "Does one thing",
    "description": "It does one thing and does it well, day and night.",
    "kind": "api",
    "pricing": {"access": "paid_only", "model": ["subscription"], "source": "proprietary"},
    "plans": [
        {"name": "Pro", "amount": "20", "currency": "USD", "period": "month", "seen": "2026-11-01"},
        {"name": "Pro", "amount": "200", "currency": "USD", "period": "year", "seen": "2026-11-01"},
        {
            "name": "Tokens",
            "amount": "0.15",
            "currency": "USD",
            "period": "unit",
            "unit": "1 million input tokens",
            "seen": "2026-11-01",
        },
    ],
    "licence": "MIT",
    "launched": "2026-01",
    "platforms": ["web", "linux"],
    "modality": {"in": ["text"], "out": ["text", "image"]},
    "tags": ["one", "two"],
    "links": {"docs": "https://one.example.com/docs", "repo": "https://github.com/one/one"},
    "interfaces": [
        {
            "kind": "rest",
            "base_url": "https://api.example.com/v1",
            "docs": "https://one.example.com/rest",
            "openapi": "https://api.example.com/openapi.json",
            "auth": "apiKey",
            "env": "ONE_KEY",
            "said_by": "docs",
        },
        {
            "kind": "rest",
            "base_url": "https://eu.example.com/v1",
            "auth": "apiKey",
            "env": "ONE_EU_KEY",
            "said_by": "docs",
        },
        {"kind": "mcp-remote", "url": "https://mcp.example.com/mcp", "auth": "oauth2", "said_by": "owner"},
        {"kind": "mcp-remote", "url": "https://eu.example.com/mcp", "auth": "none", "said_by": "docs"},
        {"kind": "sdk", "registry": "pypi", "package": "one", "said_by": "docs"},
        {"kind": "sdk", "registry": "npm", "package": "@one/one", "said_by": "docs"},
        {"kind": "mcp-package", "registry": "npm", "package": "@one/mcp", "env": "ONE_REGION", "said_by": "docs"},
    ],
    "status": "active",
}
SDK = {"kind": "sdk", "registry": "cargo", "package": "one-rs", "said_by": "docs"}


def listed() -> Tool:
    return make.tool(**copy.deepcopy(RECORD))


def changed(tool: Tool, change: Change) -> None:
    record = record_of(with_record_rows(Tool.objects.all()).get(pk=tool.pk))
    change(record)
    Category.objects.get_or_create(slug="review", parent=tool.category.parent, defaults={"name": "Review"})
    services.update_tool(tool, record, categories=make.categories())


def now() -> tuple[Pin, dict[str, Any]]:
    """Return pin and manifest as a catalog gives them now."""
    keeping.sweep()
    ((pin,), _missing) = pins.asked(["one"])
    return cast("Pin", pin), version(pin).document


def version(pin: Any) -> Manifest:
    named = pin["manifest"]
    row = Version.objects.get(slug=named["slug"] if "slug" in named else pin["slug"], version=named["version"])
    return Manifest(row.slug, row.version, row.sha256, bytes(row.body))


def locked(interface: str = "") -> Entry:
    pin, _document = now()
    return entry_of(pin, version(pin), interface)


def found(change: Change, interface: str = "") -> list[Finding]:
    """Return what a check finds after a change of the listing."""
    tool = listed()
    entry = locked(interface)
    changed(tool, change)
    pin, document = now()
    return compare("one", entry, pin, document)


def interface(number: int, **values: Any) -> Change:
    return lambda record: record["interfaces"][number].update(values)


def without(number: int, *names: str) -> Change:
    return lambda record: [record["interfaces"][number].pop(name) for name in names]


def swapped(first: int, second: int) -> Change:
    def change(record: Record) -> None:
        rows = record["interfaces"]
        rows[first], rows[second] = rows[second], rows[first]

    return change


def plan(number: int, **values: Any) -> Change:
    return lambda record: record["plans"][number].update(values)


def put(**values: Any) -> Change:
    return lambda record: record.update(values)


def pricing(**values: Any) -> Change:
    return lambda record: record["pricing"].update(values)


# what somebody does: the area and place of the only finding
ONE: dict[str, tuple[Change, str, str]] = {
    "another name": (put(name="Uno"), "text", "/name"),
    "another vendor": (put(vendor="Two Inc"), "terms", "/vendor"),
    "another homepage": (put(homepage="https://two.example.com"), "address", "/homepage"),
    "another line": (put(tagline="Does two things"), "text", "/tagline"),
    "another description": (put(description="It does two things and does them well."), "text", "/description"),
    "another kind": (put(kind="app"), "text", "/kind"),
    "another category": (put(category="coding/review"), "text", "/categories"),
    "another status": (put(status="watch"), "status", "/status"),
    "another licence": (put(licence="GPL-3.0-only"), "licence", "/licence"),
    "no licence": (lambda record: record.pop("licence"), "licence", "/licence"),
    "launched another month": (put(launched="2026-02"), "text", "/launched"),
    "a platform more": (put(platforms=["web", "linux", "ios"]), "text", "/platforms"),
    "another modality": (
        put(modality={"in": ["text", "image"], "out": ["text", "image"]}),
        "interface",
        "/modalities/in",
    ),
    "no modality": (lambda record: record.pop("modality"), "interface", "/modalities"),
    "a tag more": (put(tags=["one", "three", "two"]), "text", "/tags"),
    "another link": (lambda record: record["links"].update(docs="https://one.example.com/d"), "text", "/links/docs"),
    "a link less": (lambda record: record["links"].pop("repo"), "text", "/links/repo"),
    "no links": (lambda record: record.pop("links"), "text", "/links"),
    # prices
    "free": (pricing(access="free"), "price", "/pricing/access"),
    "another model": (pricing(model=["usage"]), "price", "/pricing/models"),
    "open source": (pricing(source="open_source"), "licence", "/pricing/source"),
    "dearer": (plan(0, amount="25"), "price", "/pricing/plans/0/amount"),
    "dearer, seen today": (plan(0, amount="25", seen="2026-11-20"), "price", "/pricing/plans/0/amount"),
    "in another currency": (plan(0, amount="18", currency="EUR"), "price", "/pricing/plans/0"),
    "seen again": (plan(0, seen="2026-11-20"), "provenance", "/pricing/plans/0/seenOn"),
    "a plan of another name": (plan(1, name="Pro by the year"), "price", "/pricing/plans/1/name"),
    "a plan that is per unit": (plan(1, period="unit", unit="seat"), "price", "/pricing/meters/0"),
    "a price per unit that is by the month": (plan(2, period="month", unit=""), "price", "/pricing/plans/2"),
    "a price per unit of something else": (plan(2, unit="1 million output tokens"), "price", "/pricing/meters/0/unit"),
    "a plan less": (lambda record: record["plans"].pop(0), "price", "/pricing/plans/0"),
    "a plan more": (
        lambda record: record["plans"].insert(
            0, {"name": "Team", "amount": "40", "currency": "USD", "period": "month", "seen": "2026-11-01"}
        ),
        "price",
        "/pricing/plans/0",
    ),
    # interfaces
    "another address": (interface(0, base_url="https://api.example.com/v2"), "interface", "/interfaces/0/baseUrl"),
    "another address and description": (
        interface(0, base_url="https://api.example.com/v2", openapi="https://api.example.com/v2.json"),
        "interface",
        "/interfaces/0",
    ),
    "another page": (interface(0, docs="https://one.example.com/api"), "text", "/interfaces/0/docs"),
    "said by somebody else": (interface(0, said_by="owner"), "provenance", "/provenance/~1interfaces~10/by"),
    "another description of it": (
        interface(0, openapi="https://api.example.com/2.json"),
        "interface",
        "/interfaces/0/openapi",
    ),
    "another kind of interface": (interface(0, kind="graphql"), "interface", "/interfaces/0/kind"),
    "another package": (
        interface(4, package="two"),
        "interface",
        "/interfaces/4/package/name",
    ),
    "the first SDK is gone": (lambda record: record["interfaces"].pop(4), "interface", "/interfaces/4"),
    "an SDK before the first": (lambda record: record["interfaces"].insert(4, dict(SDK)), "interface", "/interfaces/4"),
    "an SDK after the last": (lambda record: record["interfaces"].append(dict(SDK)), "interface", "/interfaces/7"),
    "the first MCP server is gone": (lambda record: record["interfaces"].pop(2), "interface", "/interfaces/2"),
    "no interfaces": (lambda record: record.pop("interfaces"), "interface", "/interfaces"),
    # signing in
    "another variable": (interface(0, env="ONE_TOKEN"), "auth", "/authSchemes/apiKey/env"),
    "another way to sign in": (interface(0, auth="oauth2"), "auth", "/authSchemes/oauth2/type"),
    "another way and variable": (interface(0, auth="http", env="ONE_TOKEN"), "auth", "/authSchemes/http"),
    "signing in is needed now": (interface(3, auth="apiKey", env="ONE_MCP_KEY"), "auth", "/interfaces/3/auth"),
    "signing in is not needed now": (interface(2, auth="none"), "auth", "/interfaces/2/auth"),
    "it is not known how to sign in": (without(2, "auth"), "auth", "/interfaces/2/auth"),
    "a variable that signs in now": (interface(6, auth="apiKey"), "auth", "/interfaces/6/auth"),
    "another variable of a program": (interface(6, env="ONE_MODE"), "interface", "/interfaces/6/environment"),
    "the variable of another": (interface(1, env="ONE_KEY"), "auth", "/authSchemes/apiKey/env"),
}
NONE: dict[str, Change] = {
    "nothing": lambda _record: None,
    "two APIs in another order": swapped(0, 1),
    "two MCP servers in another order": swapped(2, 3),
    "two SDKs in another order": swapped(4, 5),
    "all in another order": lambda record: record["interfaces"].reverse(),
    "plans in another order": lambda record: record["plans"].reverse(),
}


@pytest.mark.parametrize("name", ONE)
def test_one_change_of_a_listing_is_one_finding(name: str) -> None:
    change, area, where = ONE[name]
    assert [(one.area, one.where) for one in found(change)] == [(area, where)]


@pytest.mark.parametrize("name", NONE)
def test_what_changes_nothing_for_those_who_use_it_is_no_finding(name: str) -> None:
    assert found(NONE[name]) == []


def test_each_field_of_a_record_is_changed_here_but_those_that_no_manifest_has() -> None:
    """`listed` and `note` are said of the listing, not of the tool; `also` follows from the category."""
    tried = set()
    for change, _area, _where in ONE.values():
        before, after = make.record(**copy.deepcopy(RECORD)), make.record(**copy.deepcopy(RECORD))
        change(after)
        tried |= {name for name in FIELDS if before.get(name) != after.get(name)}
    assert {*FIELDS} - tried == {"slug", "also", "launched_said_by", "note", "listed"}


PINNED: dict[str, tuple[str, Change, list[bool]]] = {
    "the second API, and both change places": ("rest-2", swapped(0, 1), []),
    "the second API, and the first is gone": ("rest-2", lambda record: record["interfaces"].pop(0), [False]),
    "the second API, which is gone": ("rest-2", lambda record: record["interfaces"].pop(1), [True]),
    "the first API, and one comes before it": (
        "rest",
        lambda record: record["interfaces"].insert(0, {"kind": "rest", "base_url": "https://us.example.com/v1"}),
        [False],
    ),
    "the second API, and the first asks for another variable": ("rest-2", interface(0, env="OTHER"), [False]),
    "the second API, which asks for another variable": ("rest-2", interface(1, env="OTHER"), [True]),
    "the second API, and the price changes": ("rest-2", plan(0, amount="25"), [True]),
}


@pytest.mark.parametrize("name", PINNED)
def test_the_only_interface_that_is_used_is_followed_by_what_it_is(name: str) -> None:
    pinned, change, fails = PINNED[name]
    assert [one.fails for one in found(change, pinned)] == fails
