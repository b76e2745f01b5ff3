"""How often somebody may set the verification to work, or answer a mailed link (docs/limits.md)."""

from __future__ import annotations

from core.ratelimit import Limit

START = Limit("verify-now", 60, 3_600, "closed", "You asked for more than {quota} verifications in {window}.")
CONFIRM = Limit(
    "ownership-confirm", 30, 3_600, "closed", "Your network answered more than {quota} mailed links in {window}."
)
