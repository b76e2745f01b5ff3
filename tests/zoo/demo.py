"""The demonstration tools of `make demo`, as records for the catalog; they point to animals of animals/demo.py."""

from __future__ import annotations

from typing import Any

from tests.zoo.animals.demo import ANIMALS
from verification.contract import Interface, Listing, Plan


def records() -> list[dict[str, Any]]:
    """Return one record a tool, each marked as a demonstration by its name, its text and a tag."""
    return [_record(animal.plain_listing(), animal.about) for animal in ANIMALS]


def _record(listing: Listing, about: str) -> dict[str, Any]:
    links = {"docs": listing.docs_url, "pricing": listing.pricing_url, "status": listing.status_url}
    record: dict[str, Any] = {
        "slug": listing.slug,
        "name": listing.name,
        "vendor": "Demonstration",
        "homepage": listing.homepage,
        "tagline": listing.tagline.rstrip("."),  # a tagline has no full stop: who changes one is not to mend ours
        "description": (
            f"A demonstration, not a real tool: it lives on this machine only, so that verification can be watched"
            f" without internet. {about} Sign in with the demonstration account, choose “Verify now”, and read what"
            f" each step sends, receives and concludes."
        ),
        "kind": listing.kind,
        "category": "mcp-tools/mcp-registries-testing",
        "pricing": {
            "access": listing.access, "model": list(listing.price_model), "source": listing.source, "said_by": "editor",
        },
        "plans": [_plan(plan) for plan in listing.plans],
        "platforms": ["web"],
        "modality": {"in": ["text"], "out": ["text"]},
        "tags": ["demonstration", "loopback", "verification"],
        "links": {name: address for name, address in links.items() if address},
        "interfaces": [_interface(one) for one in listing.interfaces],
    }  # fmt: skip
    return {name: value for name, value in record.items() if value not in ({}, [])}


def _plan(plan: Plan) -> dict[str, Any]:
    return {name: getattr(plan, name) for name in ("name", "amount", "currency", "period")} | {"seen": "2026-11-26"}


def _interface(one: Interface) -> dict[str, Any]:
    return {name: value for name, value in vars(one).items() if value} | {"said_by": "docs"}
