"""Checking a lockfile: what became of each tool in it, by one request and the manifests that are others now."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any

from aicatalog.errors import CatalogUnavailable
from aicatalog.lock.comparing import Finding, State, compare, not_compared, state_of
from aicatalog.lock.entries import document_of
from aicatalog.lock.locking import fitting, manifest_of, same_catalog, settled
from aicatalog.lock.shapes import Entry, Lock
from aicatalog.shapes import Pin
from aicatalog.source import Source


@dataclass(frozen=True)
class Verdict:
    """What became of a locked tool.

    `unseen`: the interfaces whose tools are locked and were not seen lately. `unlocked`: those whose tools were seen
    only after it was locked. Neither are compared.
    """

    tool: str
    state: State
    findings: list[Finding]
    unseen: list[str] = field(default_factory=list)
    unlocked: list[str] = field(default_factory=list)

    @property
    def fails(self) -> bool:
        """Whether it makes the check fail."""
        return any(one.fails for one in self.findings)

    def as_json(self) -> dict[str, Any]:
        """Return it as `check --json` prints it."""
        return {
            "tool": self.tool,
            "state": self.state,
            "fails": self.fails,
            "findings": [asdict(one) for one in self.findings],
            "unseen": self.unseen,
            "unlocked": self.unlocked,
        }


def check(
    source: Source, lock: Lock, *, strict: bool = False, waiting: Callable[[], object] = lambda: None
) -> list[Verdict]:
    """Return what became of each tool of a lockfile, by slug. Raises CatalogError.

    `waiting` is called once where the catalog needs a moment. Nothing is downloaded but the pins and the manifests
    whose hash is another.
    """
    slugs = sorted(lock["tools"])
    pins = settled(source, slugs, waiting)
    same_catalog(lock, pins["catalog"])
    there = {pin["asked"]: pin for pin in pins["pins"]}
    return [_verdict(source, slug, lock["tools"][slug], there.get(slug), strict=strict) for slug in slugs]


def _verdict(source: Source, slug: str, entry: Entry, pin: Pin | None, *, strict: bool) -> Verdict:
    manifest = _manifest(source, entry, pin) if pin else None
    found = compare(slug, entry, pin, manifest, strict=strict)
    unseen, unlocked = not_compared(entry, pin, manifest) if pin else ([], [])
    return Verdict(slug, state_of(found), found, unseen, unlocked)


def _manifest(source: Source, entry: Entry, pin: Pin) -> dict[str, Any] | None:
    named = pin["manifest"]
    if named is None:
        return None
    if named["version"] < entry["version"]:
        raise _older(source, pin["slug"], named["version"], entry["version"])
    same = named["sha256"] == entry["sha256"]
    return fitting(entry["manifest"] if same else document_of(manifest_of(source, pin)), pin)


def _older(source: Source, slug: str, there: int, locked: int) -> CatalogUnavailable:
    """Return the error for what was locked of a newer catalog: it would tell all changes the wrong way round."""
    export = source.exported_at is not None
    return CatalogUnavailable(
        f"{'The export' if export else 'The catalog'} is older than the lockfile: of “{slug}” it has version {there},"
        f" and {locked} is locked.",
        "Fetch a newer one (“aicatalog export FOLDER”), or ask the site."
        if export
        else "As after going back to a copy. Ask those who run it, or take the tool out and lock it anew.",
    )
