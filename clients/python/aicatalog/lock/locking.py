"""Locking tools: what is written down is what the catalog says and verification saw at that moment."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from aicatalog.errors import BadFile, BadRequest, CatalogError, CatalogUnavailable, NotFound
from aicatalog.lock.entries import entry
from aicatalog.lock.files import VERSION
from aicatalog.lock.shapes import Lock
from aicatalog.shapes import Pin
from aicatalog.source import Manifest, Source

OF_VERSION = re.compile(r"/tools/([a-z0-9-]+)/manifests/\d+$")


def empty(catalog: str) -> Lock:
    """Return a lockfile of a catalog that holds nothing yet."""
    return {"lockfileVersion": VERSION, "catalog": catalog.rstrip("/"), "tools": {}}


def lock(
    source: Source, before: Lock | None, slugs: Sequence[str], interfaces: Mapping[str, str] | None = None
) -> Lock:
    """Return a lockfile in which these tools are added or renewed, under the slugs that they have now.

    `interfaces`: the only one that is used, by slug; "" for all again. What is not named stays as it was. Raises
    CatalogError where a tool is not listed or has no manifest yet: nothing of it is to be written then.
    """
    pins = source.pins(slugs)
    after: Lock = before or empty(pins["catalog"])
    same_catalog(after, pins["catalog"])
    tools = dict(after["tools"])
    if pins["missing"]:
        raise _missing(source, pins["missing"][0], locked=pins["missing"][0] in tools)
    for pin in pins["pins"]:
        old = tools.pop(pin["asked"], None) or tools.get(pin["slug"])
        chosen = (interfaces or {}).get(pin["asked"], old.get("interface", "") if old else "")
        if chosen and chosen not in (ids := [one["id"] for one in pin["interfaces"]]):
            there = f"It has: {', '.join(ids)}." if ids else "It has none."
            raise BadRequest(
                f"“{pin['slug']}” has no interface “{chosen[:80]}”.", f"{there} --interface {pin['slug']}=ID"
            )
        tools[pin["slug"]] = entry(pin, manifest_of(source, pin), chosen)
    return {**after, "tools": tools}


def same_catalog(known: Lock, catalog: str) -> None:
    """Refuse another catalog than the lockfile's. Raises BadFile."""
    if known["catalog"] != catalog.rstrip("/"):
        raise BadFile(
            f"The lockfile is of {known['catalog'][:200]}, and this catalog is {catalog.rstrip('/')[:200]}.",
            f"Name the right one: --from {known['catalog'][:200]}, or another file: --file.",
        )


def manifest_of(source: Source, pin: Pin) -> Manifest:
    """Return the manifest that a pin names. Raises CatalogError where there is none yet, or it is another."""
    named = pin["manifest"]
    if named is None:
        raise CatalogUnavailable(
            f"“{pin['slug']}” has no manifest yet of what its listing says.",
            "It is made within a minute: ask again then.",
        )
    of_then = OF_VERSION.search(named.get("url", "")) if source.exported_at is None else None
    found = source.manifest_version(of_then[1] if of_then else pin["slug"], named["version"])
    if found.sha256 != named["sha256"]:
        raise BadFile(f"The manifest of “{pin['slug']}” is not the one that the catalog names.", "Ask again.")
    return found


def _missing(source: Source, slug: str, *, locked: bool) -> CatalogError:
    """Return the error for a tool that is not listed, with what may be meant."""
    hint = f"Take it out: aicatalog lock --remove {slug}" if locked else ""
    suggestions: list[str] = []
    try:
        source.tool(slug)
    except NotFound as error:
        suggestions = error.suggestions
    except CatalogError:
        pass
    return NotFound(f"No tool is listed as “{slug}”.", hint, suggestions)
