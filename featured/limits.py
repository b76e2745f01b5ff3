"""How often somebody may buy and change what they bought (docs/limits.md)."""

from __future__ import annotations

from core.ratelimit import Limit

BOOK = Limit(
    "featured-book", 60, 3_600, "closed", "You ordered, cancelled or waited more than {quota} times in {window}."
)
