"""Editors do not look after what is their own, or their employer's."""

from __future__ import annotations

from typing import Any

from catalog.models import Tool
from submissions import listings


def own(editor: Any, *tools: Tool) -> str:
    """Return why an editor may not edit one of these tools, as a sentence; "" when nothing is in the way."""
    return next(filter(None, (listings.conflict(editor, tool) for tool in tools)), "")
