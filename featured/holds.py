"""Holds and offers whose time is over."""

from __future__ import annotations


def sweep() -> int:
    """Not built yet; does nothing and returns 0."""
    return 0
