"""From a Tool's rows to the plain Listing that steps work with."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from functools import lru_cache
from typing import Any

from catalog.models import Tool
from verification.contract import Interface, Listing, Plan


def listing_of(tool: Tool) -> Listing:
    """Return the listing of a tool (two queries, none when plans and interfaces were prefetched).

    The draft of a change is checked as the tool that it would change.
    """
    return Listing(
        slug=tool.draft_of.slug if tool.draft_of else tool.slug,
        name=tool.name,
        homepage=tool.homepage,
        tagline=tool.tagline,
        description=tool.description,
        vendor=tool.vendor,
        kind=tool.kind,
        access=tool.access,
        price_model=tuple(tool.price_model),
        source=tool.source,
        licence=tool.licence,
        docs_url=tool.docs_url,
        repo_url=tool.repo_url,
        pricing_url=tool.pricing_url,
        api_url=tool.api_url,
        status_url=tool.status_url,
        tags=tuple(tool.tags),
        plans=tuple(
            Plan(plan.name, f"{plan.amount.normalize():f}", plan.currency, plan.period, plan.unit)
            for plan in tool.plans.all()
        ),
        interfaces=tuple(
            Interface(
                one.kind, one.url, one.base_url, one.openapi, one.docs, one.registry, one.package, one.image, one.auth,
                one.env,
            )
            for one in tool.interfaces.all()
        ),
    )  # fmt: skip


def texts(listing: Listing) -> dict[str, str]:
    """Return the words of a listing by field, as the step on texts reads them."""
    return {
        "name": listing.name,
        "vendor": listing.vendor,
        "tagline": listing.tagline,
        "description": listing.description,
        "tags": " ".join(listing.tags),
        "plans": "\n".join(f"{plan.name} {plan.unit}" for plan in listing.plans),
    }


def to_json(listing: Listing) -> dict[str, Any]:
    """Return the listing as JSON can hold it."""
    return asdict(listing)


@lru_cache(maxsize=64)  # a worker does many steps of one listing, one after the other
def fingerprint(listing: Listing) -> str:
    """Return the sha256 of what is verified: a run belongs to exactly this text."""
    text = json.dumps(to_json(listing), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
