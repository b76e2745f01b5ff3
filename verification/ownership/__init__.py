"""Proof of ownership: who controls a domain, a host or a package, and since when. See docs/ownership.md."""

from __future__ import annotations

from verification.ownership.owners import neighbours, owners_of
from verification.ownership.recheck import recheck, recheck_due
from verification.ownership.scope import BadName, covers
from verification.ownership.services import (
    NotEvictable,
    Started,
    check,
    confirm,
    evict,
    release,
    start,
)

__all__ = [
    "BadName",
    "NotEvictable",
    "Started",
    "check",
    "confirm",
    "covers",
    "evict",
    "neighbours",
    "owners_of",
    "recheck",
    "recheck_due",
    "release",
    "start",
]
