"""Signatures of what is sent (Standard Webhooks 1.0): HMAC-SHA-256 over id, time and body, by a shared secret."""

from __future__ import annotations

import base64
import datetime as dt
import hmac
import secrets
from contextlib import suppress

from api.models import WebhookEndpoint
from core import sealed

PURPOSE = "api.hooks"
START = "whsec_"
OVERLAP = dt.timedelta(hours=24)  # so long the secret before the last signs too


def new_secret() -> bytes:
    """Return 256 random bits (the specification asks for 192 to 512)."""
    return secrets.token_bytes(32)


def written(secret: bytes) -> str:
    """Return a secret as people copy it and libraries read it."""
    return START + base64.b64encode(secret).decode("ascii")


def secrets_of(endpoint: WebhookEndpoint, at: dt.datetime) -> list[bytes]:
    """Return the secrets that sign at a moment, the present one first. Raises sealed.CannotOpen.

    One that was replaced because it cannot be read any more signs nothing, and keeps the present one from nothing.
    """
    found = [sealed.unseal(bytes(endpoint.secret), PURPOSE)]
    if endpoint.previous_secret is not None and endpoint.previous_until and endpoint.previous_until > at:
        with suppress(sealed.CannotOpen):
            found.append(sealed.unseal(bytes(endpoint.previous_secret), PURPOSE))
    return found


def readable(endpoint: WebhookEndpoint) -> bool:
    """Return whether what is sent can be signed: no longer after SECRET_KEY was replaced without a fallback."""
    try:
        sealed.unseal(bytes(endpoint.secret), PURPOSE)
    except sealed.CannotOpen:
        return False
    return True


def headers(event_id: str, at: dt.datetime, body: bytes, signers: list[bytes]) -> dict[str, str]:
    """Return the three headers of the standard; of several secrets each signs, as the receiver may have either."""
    moment = str(int(at.timestamp()))
    said = b".".join([event_id.encode(), moment.encode(), body])
    signatures = [base64.b64encode(hmac.digest(one, said, "sha256")).decode("ascii") for one in signers]
    return {
        "webhook-id": event_id,
        "webhook-timestamp": moment,
        "webhook-signature": " ".join(f"v1,{one}" for one in signatures),
    }
