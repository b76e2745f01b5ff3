"""JSON in the one form that everybody writes alike (RFC 8785), so that the hash of a manifest can be computed again.

Manifests hold whole numbers only: amounts are texts there.
"""

from __future__ import annotations

import json
from typing import Any

DEPTH = 64  # levels, of which a manifest has a handful
GREATEST = 2**53 - 1  # beyond this programs that read numbers as doubles lose digits (RFC 7493, section 2.2)


def canonical(value: Any, depth: int = DEPTH) -> bytes:
    """Return a value as canonical JSON. Raises ValueError for what has no such form here, or more levels."""
    return json.dumps(_ordered(value, depth), ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()


def _ordered(value: Any, depth: int) -> Any:
    if depth < 0:
        raise ValueError("it is nested too deeply")
    if isinstance(value, dict):
        return {
            name: _ordered(value[name], depth - 1) for name in sorted(value, key=lambda name: name.encode("utf-16-be"))
        }
    if isinstance(value, list):
        return [_ordered(one, depth - 1) for one in value]
    if isinstance(value, float):
        raise ValueError(f"{value!r} is no whole number")
    if isinstance(value, int) and abs(value) > GREATEST:
        raise ValueError(f"{value} is more than programs can read exactly")
    return value
