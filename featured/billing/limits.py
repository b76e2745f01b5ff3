"""How often who looks after money may send forms (docs/limits.md)."""

from __future__ import annotations

from core.ratelimit import Limit

BILLING = Limit("billing", 300, 3_600, "closed", "You sent more than {quota} forms of the billing pages in {window}.")
