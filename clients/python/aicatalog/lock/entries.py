"""What a lockfile says of a tool, made of its pin and its manifest."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, cast

from aicatalog.checking import WrongShape, shaped
from aicatalog.errors import BadFile
from aicatalog.lock.canonical import canonical
from aicatalog.lock.shapes import Entry, LockedTools, Manifest, Price
from aicatalog.shapes import Pin
from aicatalog.source import Manifest as Version
from aicatalog.source import digest

LABELS = {
    "free-open-source": "Free, open source",
    "free": "Free",
    "free-tier": "Free tier",
    "free-trial": "Free trial",
    "pay-as-you-go": "Pay as you go",
    "paid": "Paid",
    "contact-sales": "Contact sales",
    "unknown": "Price unknown",
}
PERIODS = {"month": "/mo", "year": "/year", "once": " once"}
NOT_KNOWN = "not known"
LEVELS = 32  # of a manifest: a handful, and as many again for what is compared of it


def document_of(version: Version) -> dict[str, Any]:
    """Return what a manifest says, where it can be read, compared and written down. Raises BadFile."""
    try:
        found = version.document
        understood(found)
        if canonical(found) != version.body:
            raise ValueError("its bytes are not canonical JSON")
        if found["version"] != version.version:
            raise ValueError("it says that it is another version")
    except (ValueError, RecursionError) as error:  # also WrongShape
        why = "it is nested too deeply" if isinstance(error, RecursionError) else error
        raise BadFile(f"Version {version.version} of the manifest of “{version.slug}” cannot be read: {why}.") from None
    return found


def understood(manifest: Any) -> Manifest:
    """Return a manifest as what is read of it by name. Raises ValueError, also WrongShape, where it is none."""
    found = shaped(Manifest, manifest)
    canonical(found, LEVELS)
    ids = [one["id"] for one in found.get("interfaces", [])]
    if len({*ids}) != len(ids):
        raise WrongShape("“/interfaces” has an id twice")
    return found


def entry(pin: Pin, version: Version, interface: str = "", known: Mapping[str, LockedTools] | None = None) -> Entry:
    """Return the entry of a tool, with `interface` as the only one that is used. Raises BadFile.

    `known`: by id, the tools of MCP servers that were locked before, for those which were not seen lately.
    """
    manifest = document_of(version)
    found: Entry = {
        "version": version.version,
        "sha256": version.sha256,
        "integrity": "",
        "price": price(manifest),
        "licence": licence(manifest),
        "manifest": manifest,
    }
    if interface:
        found["interface"] = interface
    seen = {one["id"]: _tools(one["tools"]) for one in pin["interfaces"] if one["tools"]}
    if tools := {**(known or {}), **seen}:
        found["tools"] = tools
    try:
        found["integrity"] = integrity(found)
    except ValueError as error:
        raise BadFile(f"What was seen of “{pin['slug'][:80]}” cannot be written down: {error}.") from None
    return found


def integrity(entry: Entry) -> str:
    """Return the hash of an entry, of which `sha256` stands for the manifest. Raises ValueError for half characters."""
    said = {name: value for name, value in entry.items() if name not in {"integrity", "manifest"}}
    return digest(canonical(said))


def licence(manifest: dict[str, Any]) -> str:
    """Return the licence that a manifest states, as an SPDX expression."""
    return cast("str", manifest.get("licence", NOT_KNOWN))


def price(manifest: dict[str, Any]) -> str:
    """Return in words what a manifest says of the price: its label and the lowest price that is named."""
    said = cast("Manifest", manifest)["pricing"]
    label = LABELS.get(said["label"], said["label"])
    plans = [one for one in said.get("plans", []) if _number(one.get("amount", ""))]
    if plans:
        least = min(plans, key=lambda one: (_number(one.get("amount", "")), one["name"]))
        return f"{label}, from {least.get('amount')} {least['currency']}{PERIODS.get(least.get('period', ''), '')}"
    meters = [one for one in said.get("meters", []) if _number(one.get("price", ""))]
    return f"{label}, {_metered(meters[0])}" if meters else label


def _metered(one: Price) -> str:
    unit, per = one.get("unit", ""), one.get("per", "1")
    what = one.get("told", "") if unit == "other" else unit.replace("_", " ")
    return f"{one.get('price')} {one['currency']} per {'' if per == '1' else per + ' '}{what}".rstrip()


def _number(text: str) -> Decimal:
    try:
        found = Decimal(text)
    except InvalidOperation:
        return Decimal(0)
    return found if found.is_finite() else Decimal(0)


def _tools(seen: Any) -> LockedTools:
    return {"sha256": seen["sha256"], "count": seen["count"], "each": seen["each"]}
