"""The kinds of claims: what each says and needs, how long it holds, what it is bound to."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from verification.contract import Listing
from verification.listing import texts
from verification.models import Claim

K = Claim.Kind
DAY = dt.timedelta(days=1)


@dataclass(frozen=True)
class ClaimKind:
    """One kind of claim. `grace`: how long it still counts for the level after it lapsed."""

    kind: Claim.Kind
    says: str  # one sentence: what it means, and no more
    holds: dt.timedelta
    bound: Callable[[Listing], Mapping[str, Any]]
    granted_by: str = "a run"
    grace: dt.timedelta = dt.timedelta()


def addresses(listing: Listing) -> Mapping[str, Any]:
    """Return every address of a listing by which its tool is reached: a proof for one says nothing of another."""
    keys = ("kind", "url", "base_url", "openapi", "registry", "package", "image")
    return {
        "homepage": listing.homepage,
        "interfaces": sorted(json.dumps({key: asdict(one)[key] for key in keys}) for one in listing.interfaces),
    }


def scanned(listing: Listing) -> Mapping[str, Any]:
    """Return what a scan has read: every address, and all words of the listing."""
    return {**addresses(listing), "texts": texts(listing)}


def site(listing: Listing) -> Mapping[str, Any]:
    """Return the home page alone."""
    return {"homepage": listing.homepage}


def prices(listing: Listing) -> Mapping[str, Any]:
    """Return what a listing says of prices, and where they are said to stand."""
    return {
        "homepage": listing.homepage,
        "pricing_url": listing.pricing_url,
        "access": listing.access,
        "plans": [asdict(plan) for plan in listing.plans],
    }


def material(listing: Listing) -> Mapping[str, Any]:
    """Return what a reviewer answers for: a change of it needs another look by a person."""
    return {
        **addresses(listing),
        **prices(listing),
        "name": listing.name,
        "vendor": listing.vendor,
        "tagline": listing.tagline,
        "description": listing.description,
        "auth": sorted(f"{one.kind}:{one.auth}" for one in listing.interfaces),
    }


KINDS: dict[Claim.Kind, ClaimKind] = {
    one.kind: one
    for one in (
        # what could not be told for a week is not known any more; until then only a sure failure takes the level away
        ClaimKind(
            K.REACHABLE,
            "Its home page answered, and so did each declared endpoint that can be called from here.",
            DAY,
            addresses,
            grace=6 * DAY,
        ),
        ClaimKind(
            K.PROTOCOL,
            "Those of its interfaces that can be held to a protocol (remote MCP, OpenAI-compatible, GraphQL, A2A, and"
            " what an OpenAPI document describes) speak it.",
            14 * DAY,
            addresses,
        ),
        ClaimKind(
            K.SCANNED,
            "Our rules found nothing against it in the words of its listing and its MCP tools, nor a parked domain;"
            " where this catalog keeps a blocklist, none of its addresses is on it.",
            30 * DAY,
            scanned,
        ),
        ClaimKind(K.DOCUMENTED, "Its site has terms, a privacy policy and a contact.", 30 * DAY, site),
        ClaimKind(K.PRICING_SEEN, "What the listing says of its price stood on its own page.", 30 * DAY, prices),
        ClaimKind(
            K.IDENTITY,
            "An account here proved that it controls the domain.",
            30 * DAY,
            site,
            granted_by="an account's proof",
        ),
        ClaimKind(K.REVIEWED, "A person went through the listing.", 365 * DAY, material, granted_by="a person"),
    )
}
PAID_PRICES = 7 * DAY  # a price that money is paid by goes stale sooner


def holds(kind: Claim.Kind, listing: Listing) -> dt.timedelta:
    """Return how long a claim holds from its last proof."""
    priced = any(plan.amount != "0" for plan in listing.plans)
    return PAID_PRICES if kind == K.PRICING_SEEN and priced else KINDS[kind].holds


def bound(kind: Claim.Kind, listing: Listing) -> str:
    """Return the sha256 of what a claim is bound to: it ends when that changes."""
    text = json.dumps(KINDS[kind].bound(listing), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
