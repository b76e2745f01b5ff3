"""Slugs: what one looks like, and which may be meant by one that there is not."""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import SequenceMatcher

SLUG = re.compile(r"[a-zA-Z0-9_-]{1,100}", re.ASCII)
MOST = 3


def nearest(slug: str, found: Iterable[str], alike: float = 0.0) -> list[str]:
    """Return at most three slugs, the most alike first; `alike` is the least likeness, from 0 to 1."""
    wanted = slug.lower()
    rated = [(_alike(wanted, one), one) for one in found]
    return [one for rate, one in sorted(rated, key=lambda pair: (-pair[0], pair[1])) if rate >= alike][:MOST]


def _alike(one: str, other: str) -> float:
    matcher = SequenceMatcher(None, one, other)
    return matcher.ratio() if matcher.real_quick_ratio() > 0.3 else 0.0
