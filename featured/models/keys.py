"""Names of rows that stand in addresses and are told to Stripe."""

from __future__ import annotations

import secrets


def new_key() -> str:
    """Return 96 random bits as 16 characters that fit into an address."""
    return secrets.token_urlsafe(12)
