"""What Stripe tells us - stored as it comes, applied by a worker."""

from __future__ import annotations


def work() -> int:
    """Not built yet; does nothing and returns 0."""
    return 0
