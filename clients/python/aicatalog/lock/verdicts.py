"""Checking a lockfile: what became of each tool in it, by one request and the manifests that are others now."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from aicatalog.lock.comparing import Finding, State, compare, not_compared, state_of
from aicatalog.lock.entries import document_of
from aicatalog.lock.locking import fitting, manifest_of, same_catalog
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


def check(source: Source, lock: Lock, *, strict: bool = False) -> list[Verdict]:
    """Return what became of each tool of a lockfile, by slug. Raises CatalogError.

    Nothing is downloaded but the pins and the manifests whose hash is another.
    """
    slugs = sorted(lock["tools"])
    pins = source.pins(slugs)
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
    same = named["sha256"] == entry["sha256"]
    return fitting(entry["manifest"] if same else document_of(manifest_of(source, pin)), pin)
