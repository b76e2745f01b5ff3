"""Rows of the API."""

from __future__ import annotations

from api.models.hooks import WebhookAttempt, WebhookDelivery, WebhookEndpoint
from api.models.idempotency import IdempotencyKey
from api.models.keys import ApiKey
from api.models.manifest import Manifest, ManifestHead
from api.models.usage import Usage

__all__ = [
    "ApiKey", "IdempotencyKey", "Manifest", "ManifestHead", "Usage", "WebhookAttempt", "WebhookDelivery",
    "WebhookEndpoint",
]  # fmt: skip
