"""Slots that nobody bought, drawn by lot among open-source tools."""

from __future__ import annotations


def draw() -> int:
    """Not built yet; does nothing and returns 0."""
    return 0
