"""How often somebody may do something with featured listings (docs/limits.md)."""

from __future__ import annotations

from core.ratelimit import Limit

# Stripe sends a burst from one address; a signature costs less than a page
WEBHOOK = Limit("stripe-webhook", 3_000, 60, "open", "Your network sent more than {quota} events in {window}.")
BOOK = Limit(
    "featured-book", 60, 3_600, "closed", "You ordered, cancelled or waited more than {quota} times in {window}."
)
