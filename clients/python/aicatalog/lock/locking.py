"""Locking tools: what is written down is what the catalog says and verification saw at that moment."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from aicatalog.checking import WrongShape
from aicatalog.errors import BadFile, BadRequest, CatalogError, CatalogUnavailable, NotFound
from aicatalog.lock import matching
from aicatalog.lock.entries import document_of, entry
from aicatalog.lock.files import VERSION, is_whole
from aicatalog.lock.shapes import Entry, Lock, LockedTools
from aicatalog.shapes import Pin, Pins
from aicatalog.source import Manifest, Source

WAIT, PAUSE = 25, 2  # seconds: the catalog makes manifests every 10
OF_VERSION = re.compile(r"/tools/([a-z0-9-]+)/manifests/\d+$")


def empty(catalog: str) -> Lock:
    """Return a lockfile of a catalog that holds nothing yet."""
    return {"lockfileVersion": VERSION, "catalog": catalog.rstrip("/"), "tools": {}}


def lock(
    source: Source,
    before: Lock | None,
    slugs: Sequence[str],
    interfaces: Mapping[str, str] | None = None,
    waiting: Callable[[], object] = lambda: None,
) -> Lock:
    """Return a lockfile in which these tools are added or renewed, under the slugs that they have now.

    `interfaces`: the only one that is used, by slug; "" for all again. `waiting` is called once where the catalog needs
    a moment. What is not named stays as it was. Raises CatalogError where a tool is not listed or has no manifest yet:
    nothing of it is to be written then.
    """
    pins = settled(source, slugs, waiting)
    after: Lock = before or empty(pins["catalog"])
    same_catalog(after, pins["catalog"])
    tools = dict(after["tools"])
    if pins["missing"]:
        first = pins["missing"][0]
        raise _missing(source, first, f"Take it out of the file: --remove {first}" if first in tools else "")
    for pin in pins["pins"]:
        old = tools.pop(pin["asked"], None) or tools.get(pin["slug"])
        tools[pin["slug"]] = _entry(source, pin, old, (interfaces or {}).get(pin["asked"]))
    return {**after, "tools": tools}


def _entry(source: Source, pin: Pin, old: Entry | None, chosen: str | None) -> Entry:
    """Return the entry of a tool; the interface that was chosen is followed by what it is, not by its id."""
    version = manifest_of(source, pin)
    manifest = fitting(document_of(version), pin)
    ids = {one["id"]: one["id"] for one in pin["interfaces"]}
    known: dict[str, LockedTools] = {}
    if old and _is_whole(old):
        ids = matching.ids(old["manifest"], manifest)
        known = _known(old, manifest, ids, pin)
    if chosen is None:
        before = old.get("interface", "") if old else ""
        chosen = ids.get(before, before)
        there = before in ids or not before
    else:
        there = not chosen or chosen in [one["id"] for one in pin["interfaces"]]
    if not there:
        raise _no_interface(pin, chosen)
    return entry(pin, version, chosen, known)


def _known(old: Entry, manifest: Mapping[str, Any], ids: Mapping[str, str], pin: Pin) -> dict[str, LockedTools]:
    """Return the tools that are locked of MCP servers at the same address which were not seen lately: they stay."""
    unseen = {one["id"] for one in pin["interfaces"] if one["tools"] is None}
    before, now = (
        {one["id"]: (one.get("url"), one.get("baseUrl")) for one in said.get("interfaces", [])}
        for said in (old["manifest"], manifest)
    )
    return {
        ids[name]: tools
        for name, tools in old.get("tools", {}).items()
        if ids.get(name) in unseen and before[name] == now[ids[name]]
    }


def _is_whole(old: Entry) -> bool:
    try:
        return is_whole(old)
    except WrongShape:
        return False


def _no_interface(pin: Pin, name: str) -> BadRequest:
    ids = [one["id"] for one in pin["interfaces"]]
    there = f"It has: {', '.join(ids)}." if ids else "It has none."
    return BadRequest(
        f"“{pin['slug']}” has no interface “{name[:80]}”.",
        f"{there} --interface {pin['slug']}=ID; “{pin['slug']}=” stands for all again.",
    )


def settled(source: Source, slugs: Sequence[str], waiting: Callable[[], object]) -> Pins:
    """Return pins; of a site once it has manifests of all, for which it needs some seconds after an edit, or WAIT."""
    until = time.monotonic() + WAIT
    pins = source.pins(slugs)
    if source.exported_at is None and not _complete(pins):
        waiting()
        while not _complete(pins) and time.monotonic() < until:
            time.sleep(PAUSE)
            pins = source.pins(slugs)
    return pins


def _complete(pins: Pins) -> bool:
    return all(one["manifest"] for one in pins["pins"])


def same_catalog(known: Lock, catalog: str) -> None:
    """Refuse another catalog than the lockfile's. Raises BadFile."""
    if known["catalog"].rstrip("/") != catalog.rstrip("/"):
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
            "It is made within seconds: ask again then.",
        )
    of_then = OF_VERSION.search(named.get("url", "")) if source.exported_at is None else None
    found = source.manifest_version(of_then[1] if of_then else pin["slug"], named["version"])
    if found.sha256 != named["sha256"]:
        raise BadFile(f"The manifest of “{pin['slug']}” is not the one that the catalog names.", "Ask again.")
    return found


def fitting(manifest: dict[str, Any], pin: Pin) -> dict[str, Any]:
    """Return a manifest that is of its pin's tool and moment. Raises CatalogUnavailable where it is not."""
    ids = sorted(one["id"] for one in pin["interfaces"])
    if manifest["tool"] != pin["slug"] or ids != sorted(one["id"] for one in manifest.get("interfaces", [])):
        raise CatalogUnavailable(
            f"What the catalog says of “{pin['slug'][:80]}” does not fit together, as while it is being changed.",
            "Ask again. Where that does not help, tell those who run the catalog.",
        )
    return manifest


def _missing(source: Source, slug: str, hint: str) -> CatalogError:
    """Return the error for a tool that is not listed, with what may be meant."""
    suggestions: list[str] = []
    try:
        source.tool(slug)
    except NotFound as error:
        suggestions = error.suggestions
    except CatalogError:
        pass
    return NotFound(f"No tool is listed as “{slug}”.", hint, suggestions)
