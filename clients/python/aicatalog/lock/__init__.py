"""Lockfiles: what a pipeline relies on, written down, and checked before it is relied on again (docs/pipelines.md)."""

from aicatalog.lock.comparing import Finding, compare
from aicatalog.lock.files import NAME, read, write
from aicatalog.lock.locking import lock
from aicatalog.lock.shapes import Entry, Lock
from aicatalog.lock.verdicts import Verdict, check

__all__ = ["NAME", "Entry", "Finding", "Lock", "Verdict", "check", "compare", "lock", "read", "write"]
